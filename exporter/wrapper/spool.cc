// Tested by tests/wrapper/wrapper_test.cc and spool_test.py.
#include "exporter/wrapper/spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace batchslo {
namespace {

constexpr std::string_view kSuffix = ".event", kAside = ".refused";
constexpr std::size_t kMostFile = 256 * 1024;
constexpr std::size_t kJobAt = 17, kRunAt = 34, kRunEnd = 50;

std::uint64_t Fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

std::string JobHash(std::string_view job) {
  std::array<char, 17> out{};
  std::snprintf(out.data(), out.size(), "%016llx", static_cast<unsigned long long>(Fnv1a(job)));
  return out.data();
}

void MakeDirectories(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    mkdir(path.substr(0, slash).c_str(), 0700);
    if (slash == std::string::npos) return;
  }
}

// Writes and syncs; errno tells what failed.
bool WriteDurably(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
  }
  return fchmod(fd, 0600) == 0 && fsync(fd) == 0;
}

std::string ReadAll(int fd) {
  std::string text(kMostFile, '\0');
  std::size_t size = 0;
  for (;;) {
    const ssize_t n = read(fd, text.data() + size, text.size() - size);
    if (n <= 0) break;
    size += static_cast<std::size_t>(n);
  }
  text.resize(size);
  return text;
}

bool IsSameFile(int fd, const Fd& directory, const std::string& name) {
  struct stat open_file {
  }, named{};
  return fstat(fd, &open_file) == 0 && fstatat(directory.Get(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 && open_file.st_ino == named.st_ino &&
         open_file.st_dev == named.st_dev;
}

bool IsOurs(int fd) {
  struct stat file {};
  return fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && file.st_uid == geteuid();
}

std::vector<std::string> NamesIn(const Fd& directory) {
  std::vector<std::string> names;
  const int own = directory ? openat(directory.Get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(own < 0 ? nullptr : fdopendir(own), [](DIR* d) { return closedir(d); });
  if (!stream && own >= 0) close(own);
  while (const dirent* file = stream ? readdir(stream.get()) : nullptr) names.emplace_back(file->d_name);
  return names;
}

constexpr std::string_view kBeingWritten = ".tmp-";

// The name that a file will have, or has. One that is being written is as old as its run.
std::string_view FinalName(std::string_view name) {
  if (!name.starts_with(kBeingWritten)) return name;
  name.remove_prefix(kBeingWritten.size());
  return name.substr(std::min(name.find('-'), name.size() - 1) + 1);
}

void DropOldest(const Fd& directory) {
  std::vector<std::string> names = NamesIn(directory);
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(kSuffix) && !name.ends_with(kAside) && !name.starts_with(kBeingWritten); });
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) { return FinalName(a) < FinalName(b); });
  for (std::size_t i = 0; i + kSpoolFiles <= names.size(); ++i) unlinkat(directory.Get(), names[i].c_str(), 0);
}

}  // namespace

std::string SpoolName(Micros run_started, std::string_view job, std::string_view run_id, int order) {
  std::array<char, 64> start{};
  std::snprintf(start.data(), start.size(), "%016lld", static_cast<long long>(run_started));
  return std::string(start.data()) + "-" + JobHash(job) + "-" + JobHash(run_id) + "-" + std::to_string(order) +
         std::string(kSuffix);
}

std::string_view JobPartOf(std::string_view spool_name) { return spool_name.substr(kJobAt, kRunAt - kJobAt - 1); }
std::string_view RunPartOf(std::string_view spool_name) { return spool_name.substr(kJobAt, kRunEnd - kJobAt); }

std::string RenderSpoolFile(const SpoolEntry& entry) {
  return "batchslo-run 1\n" + std::to_string(entry.url.size()) + " " + std::to_string(entry.job.size()) + " " +
         std::to_string(entry.body.size()) + "\n" + entry.url + entry.job + entry.body;
}

bool ParseSpoolFile(std::string_view text, SpoolEntry& entry) {
  std::size_t url = 0, job = 0, body = 0;
  const std::size_t first = text.find('\n'), second = text.find('\n', first + 1);
  if (second == std::string_view::npos || text.substr(0, first) != "batchslo-run 1") return false;
  if (std::sscanf(std::string(text.substr(first + 1, second - first)).c_str(), "%6zu %6zu %6zu", &url, &job, &body) !=
      3)
    return false;
  text.remove_prefix(second + 1);
  if (url > text.size() || job > text.size() || body > text.size() || text.size() != url + job + body) return false;  // a size may be "-1"
  entry = {std::string(text.substr(0, url)), std::string(text.substr(url, job)), std::string(text.substr(url + job))};
  return true;
}

Fd Spool::Open() const {
  Fd directory(open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat about {};
  if (!directory || fstat(directory.Get(), &about) != 0) return {};
  if (about.st_uid == geteuid() || about.st_uid == 0) return directory;
  errno = EPERM;
  return {};
}

bool Spool::Add(const std::string& name, const SpoolEntry& entry, Held& held, std::string& fault) const {
  if (directory_.empty()) {
    fault = "HOME is not set; give --spool-dir";
    return false;
  }
  MakeDirectories(directory_);
  Fd directory = Open();
  if (!directory) {
    fault = errno == EPERM ? directory_ + " is another user's; give --spool-dir" : std::strerror(errno);
    return false;
  }
  DropOldest(directory);
  const std::string temporary = std::string(kBeingWritten) + std::to_string(getpid()) + "-" + name;
  const int at = directory.Get();
  Fd file(openat(at, temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  const bool opened = static_cast<bool>(file);
  if (opened) flock(file.Get(), LOCK_EX | LOCK_NB);
  if (!opened || !WriteDurably(file.Get(), RenderSpoolFile(entry)) || renameat(at, temporary.c_str(), at, name.c_str()) != 0) {
    fault = std::strerror(errno);
    if (opened) unlinkat(at, temporary.c_str(), 0);
    return false;
  }
  fsync(at);
  held = {name, std::move(directory), std::move(file), entry};
  return true;
}

std::vector<std::string> Spool::List(std::string_view first_job) const {
  std::vector<std::string> names;
  for (std::string& name : NamesIn(Open())) {
    if (name.size() > kRunEnd && name.front() != '.' && name.ends_with(kSuffix)) names.push_back(std::move(name));
  }
  const std::string own = JobHash(first_job);
  std::sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    const bool a_own = JobPartOf(a) == own, b_own = JobPartOf(b) == own;
    return a_own != b_own ? a_own : a < b;
  });
  return names;
}

Spool::Taken Spool::Take(const std::string& name, Held& held) const {
  Fd directory = Open();
  if (!directory) return errno == ENOENT ? Taken::kGone : Taken::kUnreadable;
  Fd file(openat(directory.Get(), name.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) return errno == ENOENT ? Taken::kGone : Taken::kUnreadable;
  if (flock(file.Get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return Taken::kBusy;
  if (!IsSameFile(file.Get(), directory, name)) return Taken::kGone;  // sent by another while we opened it
  SpoolEntry entry;
  if (!IsOurs(file.Get()) || !ParseSpoolFile(ReadAll(file.Get()), entry)) return Taken::kUnreadable;
  held = {name, std::move(directory), std::move(file), std::move(entry)};
  return Taken::kHeld;
}

void Spool::Remove(Held held) { unlinkat(held.directory.Get(), held.name.c_str(), 0); }

void Spool::SetAside(Held held) {
  const int at = held.directory.Get();
  const std::string aside = held.name.substr(0, held.name.size() - kSuffix.size()) + std::string(kAside);
  if (renameat(at, held.name.c_str(), at, aside.c_str()) != 0) unlinkat(at, held.name.c_str(), 0);
}

}  // namespace batchslo
