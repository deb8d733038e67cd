#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "exporter/core/result.h"
#include "exporter/sql/database.h"

namespace batchslo {

// Held while the ledger is open: a second daemon on the file would not know of what the first one writes.
class FileLock {
 public:
  // Takes "<path>.lock" and writes our process id into it. Errors: another process has it; it can't be written.
  static Result<std::unique_ptr<FileLock>> Take(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

// Which files a name stood for when they were opened: what is written to a file that has lost its name is lost, and without
// the name of its lock another daemon may write to it, too.
class FileIdentity {
 public:
  explicit FileIdentity(const std::string& path);
  bool Holds() const;
  std::uint64_t Bytes() const;  // with the -wal

 private:
  struct Id {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const Id&) const = default;
  };
  static Id IdOf(const std::string& path);
  std::string path_;
  Id file_, wal_, lock_;
};

// Resolves links and makes the name absolute, its folder first if need be. Errors: what is there is no file; no right
// to make the folder.
Result<std::string> PreparePath(const std::string& path);

struct OpenedFile {
  std::unique_ptr<Session> session;  // the one connection that writes
  std::string notice;                // that a corrupt file was set aside; empty: none was
};

// Opens the ledger's file, or makes it (readable by its owner alone), its tables brought to this version's. A file that
// is corrupt, or has a corrupt -wal, is set aside and a new one begun; one that is another database's, or a text, is refused.
Result<OpenedFile> OpenFile(const std::string& path);

// A connection that only reads, beside a daemon that writes.
Result<std::unique_ptr<Session>> OpenForReading(const std::string& path);

// Whether the head of a write-ahead log is damaged: SQLite would take such a log for an empty one and lose what is in
// it. A log that is not there, or is cut short before its first record, is sound.
bool IsDamagedWal(const std::string& wal_path);

}  // namespace batchslo
