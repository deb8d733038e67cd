#include "exporter/store/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "exporter/core/time.h"
#include "exporter/store/schema.h"

namespace batchslo {
namespace {

constexpr std::size_t kWalHead = 32, kWalFrameHead = 24;
constexpr std::uint32_t kWalMagic = 0x377f0682;  // or one more: checksums are then of big-endian numbers

Error CannotWrite(const std::string& path) {
  if (errno == ELOOP) return Error{"ledger: " + path + " is a link; remove it"};
  return Error{"ledger: " + path + " can't be written: " + std::strerror(errno) +
               "; is the disk full, or has this user no right?"};
}

// SQLite would make it readable by all, and excerpts of failures are in it. Its name is made durable, too.
Result<void> Touch(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return CannotWrite(path);
  close(fd);
  const int folder = open(std::filesystem::path(path).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return CannotWrite(path);
  const int synced = fsync(folder);
  close(folder);
  return synced == 0 ? Result<void>() : CannotWrite(path);
}

std::string UrlOf(const std::string& path) {
  std::string url = "sqlite://";
  for (const char c : path) url += c == '%' ? std::string("%25") : std::string(1, c);
  return url;
}

Result<std::unique_ptr<Session>> Connect(const std::string& path, SqlFault& fault) {
  DatabaseOptions options;
  options.url = UrlOf(path);
  options.writes = true;
  auto session = Session::Open(options, &fault);
  if (!session) return session;
  const auto sound = [&]() -> Result<void> {
    // The first statement that reads is the one that meets a damaged head.
    if (const auto ours = RefuseOthers(**session); !ours) return ours;
    for (const char* pragma : {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA mmap_size=0",
                               "PRAGMA cache_size=-8000", "PRAGMA journal_size_limit=67108864"}) {
      const auto done = (*session)->Execute({pragma, {}, 0});
      if (!done) return done;
    }
    const auto check = (*session)->Query({"PRAGMA quick_check(1)", {}, 1});
    if (!check) return check.GetError();
    const bool ok = !check->empty() && check->front()[0] == "ok";
    return ok ? Migrate(**session) : Result<void>(Error{"ledger: " + path + " is corrupt"});
  }();
  fault = (*session)->LastFault();
  if (sound) return session;
  if (sound.Message().ends_with(" is corrupt")) fault = SqlFault::kCorrupt;
  return sound.GetError();
}

// Every page of a ledger has bytes that no text has, however damaged it is: such a file was named by mistake.
bool IsText(const std::string& path) {
  std::array<char, 4096> start{};
  std::ifstream in(path, std::ios::binary);
  in.read(start.data(), start.size());
  const auto end = start.begin() + in.gcount();
  return end != start.begin() && std::none_of(start.begin(), end, [](unsigned char c) { return c < '\t' || (c > '\r' && c < ' '); });
}

Result<std::unique_ptr<Session>> OpenOnce(const std::string& path, SqlFault& fault) {
  if (IsText(path)) return Error{"ledger: " + path + " is a text and no ledger; name another file"};
  if (IsDamagedWal(path + "-wal")) return fault = SqlFault::kCorrupt, Error{"ledger: " + path + "-wal is corrupt"};
  const auto touched = Touch(path);
  return touched ? Connect(path, fault) : Result<std::unique_ptr<Session>>(touched.GetError());
}

std::string SetAside(const std::string& path) {
  const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  const std::string stamp = std::to_string(std::chrono::duration_cast<seconds>(now.time_since_epoch()).count());
  std::string aside = path + ".corrupt-" + stamp;
  std::error_code ignored;
  for (int again = 1; std::filesystem::exists(aside, ignored); ++again)
    aside = path + ".corrupt-" + stamp + "." + std::to_string(again);
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::rename(path + suffix, aside + suffix, ignored);
  return aside;
}

std::uint32_t BigEndian(const unsigned char* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | std::uint32_t{at[3]};
}
std::uint32_t LittleEndian(const unsigned char* at) {
  return std::uint32_t{at[3]} << 24 | std::uint32_t{at[2]} << 16 | std::uint32_t{at[1]} << 8 | std::uint32_t{at[0]};
}

}  // namespace

Result<std::unique_ptr<FileLock>> FileLock::Take(const std::string& path) {
  const std::string side = path + ".lock";
  const int fd = open(side.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);  // a link could have us empty another file
  if (fd < 0) return CannotWrite(side);
  auto lock = std::unique_ptr<FileLock>(new FileLock(fd));
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    std::array<char, 32> holder{};
    const ssize_t got = pread(fd, holder.data(), holder.size() - 1, 0);
    return Error{"ledger: " + path + " is held by another batchslo_exporter" +
                 (got > 0 ? " (process " + std::string(holder.data()) + ")" : "") +
                 "; stop that one, or name another file with --store"};
  }
  const std::string pid = std::to_string(getpid());
  const bool written =
      ftruncate(fd, 0) == 0 && pwrite(fd, pid.data(), pid.size(), 0) == static_cast<ssize_t>(pid.size());
  if (!written) return CannotWrite(side);
  return lock;
}

FileLock::~FileLock() { close(fd_); }

FileIdentity::FileIdentity(const std::string& path) : path_(path), file_(IdOf(path)), wal_(IdOf(path + "-wal")), lock_(IdOf(path + ".lock")) {}

FileIdentity::Id FileIdentity::IdOf(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? Id{info.st_dev, info.st_ino} : Id{};
}

bool FileIdentity::Holds() const { return IdOf(path_) == file_ && IdOf(path_ + "-wal") == wal_ && IdOf(path_ + ".lock") == lock_; }

std::uint64_t FileIdentity::Bytes() const {
  std::uint64_t bytes = 0;
  for (const char* suffix : {"", "-wal"}) {
    struct stat info {};
    if (stat((path_ + suffix).c_str(), &info) == 0) bytes += static_cast<std::uint64_t>(info.st_size);
  }
  return bytes;
}

Result<std::string> PreparePath(const std::string& path) {
  std::error_code fault, ignored;
  std::filesystem::path whole = std::filesystem::weakly_canonical(std::filesystem::absolute(path, fault), fault);
  while (!fault && std::filesystem::is_symlink(whole, ignored)) {  // to what is not there yet
    const auto target = whole.parent_path() / std::filesystem::read_symlink(whole, fault);
    if (!fault) whole = std::filesystem::weakly_canonical(target, fault);
  }
  if (fault || path.empty()) return Error{"ledger: \"" + path + "\" is no name for a file"};
  const bool other = std::filesystem::exists(whole, fault) && !std::filesystem::is_regular_file(whole, fault);
  if (other) return Error{"ledger: " + whole.string() + " is a directory or a device; name a file"};
  std::filesystem::create_directories(whole.parent_path(), fault);
  if (fault) return Error{"ledger: the folder " + whole.parent_path().string() + " can't be made: " + fault.message()};
  return whole.string();
}

Result<OpenedFile> OpenFile(const std::string& path) {
  OpenedFile opened;
  SqlFault fault = SqlFault::kNone;
  auto session = OpenOnce(path, fault);
  if (!session && fault == SqlFault::kCorrupt) {
    opened.notice = "the ledger was corrupt and lies now at " + SetAside(path) +
                    "; its history begins anew, so much is unknown at first";
    session = OpenOnce(path, fault);
  }
  if (!session) return session.GetError();
  opened.session = std::move(session).Value();
  return opened;
}

Result<std::unique_ptr<Session>> OpenForReading(const std::string& path) {
  DatabaseOptions options;
  options.url = UrlOf(path);
  auto session = Session::Open(options);
  if (!session) return session;
  const auto checked = CheckSchema(**session);
  return checked ? std::move(session) : Result<std::unique_ptr<Session>>(checked.GetError());
}

// https://www.sqlite.org/fileformat2.html#walformat: eight numbers of four bytes, big-endian; the last two are a
// checksum over the six before them, in the byte order that the first one tells. SQLite syncs the head before the first
// record, so zeros are a log that lost its power before anything was committed to it.
bool IsDamagedWal(const std::string& wal_path) {
  std::ifstream in(wal_path, std::ios::binary);
  std::array<unsigned char, kWalHead + kWalFrameHead> start{};
  if (!in.read(reinterpret_cast<char*>(start.data()), start.size())) return false;
  const std::uint32_t magic = BigEndian(start.data());
  if ((magic & ~1u) != kWalMagic) return magic != 0;
  const auto number = (magic & 1) != 0 ? BigEndian : LittleEndian;
  std::uint32_t s0 = 0, s1 = 0;
  for (std::size_t at = 0; at < kWalHead - 8; at += 8) {
    s0 += number(&start[at]) + s1;
    s1 += number(&start[at + 4]) + s0;
  }
  return s0 != BigEndian(&start[kWalHead - 8]) || s1 != BigEndian(&start[kWalHead - 4]);
}

}  // namespace batchslo
