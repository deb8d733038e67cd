#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/wrapper/fd.h"
#include "exporter/wrapper/limits.h"

namespace batchslo {

// An event that waits on disk.
struct SpoolEntry {
  std::string url, job, body;
};

// An entry's file, in the hands of this process until it is removed or this goes: nobody else sends it meanwhile.
struct Held {
  std::string name;
  Fd directory, lock;
  SpoolEntry entry;
};

// Where an entry stands: the name of its file. Sorted as texts, the events of a run are in order, and runs by start.
std::string SpoolName(Micros run_started, std::string_view job, std::string_view run_id, int order);
std::string_view JobPartOf(std::string_view spool_name);
std::string_view RunPartOf(std::string_view spool_name);  // with the job's

std::string RenderSpoolFile(const SpoolEntry& entry);
bool ParseSpoolFile(std::string_view text, SpoolEntry& entry);

// A directory of entries, one file each (0600), shared by all invocations of a user. It must be that user's, or root's, and
// no link: in another's, its owner would choose where our files go.
class Spool {
 public:
  explicit Spool(std::string directory) : directory_(std::move(directory)) {}

  // Durable when it returns true. Makes room by dropping the oldest when full.
  bool Add(const std::string& name, const SpoolEntry& entry, Held& held, std::string& fault) const;
  // Names in order; those of `first_job` before the others.
  std::vector<std::string> List(std::string_view first_job) const;
  enum class Taken { kHeld, kGone, kBusy, kUnreadable };
  Taken Take(const std::string& name, Held& held) const;

  static void Remove(Held held);
  // The exporter will never take it: kept for a person to see, but not sent again.
  static void SetAside(Held held);

 private:
  Fd Open() const;  // none: errno tells why
  std::string directory_;
};

}  // namespace batchslo
