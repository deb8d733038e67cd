// Tested by tests/sources/files_test.cc.
#include "exporter/sources/files_walk.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <memory>
#include <system_error>

namespace batchslo {
namespace {

constexpr std::size_t kMostEntries = 100'000;

struct Entry {
  std::string name;
  unsigned char type = DT_UNKNOWN;
};
struct Match {
  std::string name;
  DateParts date;
};

// Nanoseconds are cut; what lies outside of 1970 to 9999 is taken as the nearest of them.
TimePoint TimeOf(const struct stat& file) {
  constexpr std::int64_t kLast = 253402300799;
  return TimePoint{seconds{std::clamp<std::int64_t>(file.st_mtim.tv_sec, 0, kLast)} +
                   microseconds{file.st_mtim.tv_nsec / 1000}};
}

// Adds to what was found, if it is of the same date; a newer date replaces it.
void Join(FilesFound& all, const FilesFound& one) {
  if (!one.updated || (all.updated && one.date < all.date)) return;
  if (!all.updated || all.date < one.date) {
    const dev_t device = all.device;
    all = one;
    all.device = device;
    return;
  }
  all.updated = std::max(*all.updated, *one.updated);
  all.files += one.files;
  all.bytes = one.bytes > std::numeric_limits<std::int64_t>::max() - all.bytes
                  ? std::numeric_limits<std::int64_t>::max()
                  : all.bytes + one.bytes;
}

std::string_view ReasonOf(int error) {
  if (error == ENOENT || error == ENOTDIR) return "missing";
  return error == EACCES || error == EPERM ? "denied" : "io";
}

std::string Explain(const std::string& path, int error) {
  if (error == ENOENT) return path + " is not there";
  if (error == ENOTDIR) return path + " is no directory";
  const bool is_denied = error == EACCES || error == EPERM;
  return path + " can't be read: " + std::generic_category().message(error) +
         (is_denied ? " (let this user read and enter it)" : "");
}

class Walker {
 public:
  Walker(const FilesWanted& wanted, const std::atomic<bool>& given_up)
      : wanted_(wanted), steps_(wanted.pattern.steps), given_up_(given_up) {}

  FilesAnswer Walk() {
    Visit(wanted_.root, 0, {});
    if (fault_) return *fault_;
    return found_;
  }

 private:
  using Kind = PatternStep::Kind;

  void Fail(std::string message, std::string_view reason, std::string path = {}) {
    if (!fault_) fault_ = WalkFault{std::move(message), reason, std::move(path)};
  }

  // A directory that only a wildcard brought here may have gone, or be none.
  void Miss(const std::string& path, int error, std::size_t at) {
    const bool may_lack = at > wanted_.pattern.leading_names && (error == ENOENT || error == ENOTDIR);
    if (!may_lack) Fail(Explain(path, error), ReasonOf(error), path);
  }

  // What the steps from `at` on find in this directory.
  void Visit(std::string path, std::size_t at, const DateParts& date) {
    for (; at + 1 < steps_.size() && steps_[at].kind == Kind::kName; ++at) path += "/" + steps_[at].name;
    struct stat directory {};
    if (stat(path.c_str(), &directory) != 0) return Miss(path, errno, at);
    if (!S_ISDIR(directory.st_mode)) return Miss(path, ENOTDIR, at);
    if (at <= wanted_.pattern.leading_names) found_.device = directory.st_dev;
    if (steps_.empty()) {
      List(path, at);
    } else if (at + 1 == steps_.size()) {
      Gather(path, at, date);
    } else if (steps_[at].kind == Kind::kDirectories) {
      Descend(path, at, at, date);
    } else {
      for (const Match& match : Matches(path, at, date)) {
        if (fault_ || IsOlder(match.date)) break;
        Visit(path + "/" + match.name, at + 1, match.date);
      }
    }
  }

  // "**": this directory, which the steps before `reached` name, and all below it. Links to directories are not
  // followed, so there is no way round.
  void Descend(const std::string& path, std::size_t reached, std::size_t at, const DateParts& date) {
    Visit(path, at + 1, date);
    for (const Entry& entry : List(path, reached)) {
      if (fault_) return;
      const std::string below = path + "/" + entry.name;
      struct stat real {};
      const bool is_directory = entry.type == DT_DIR ||
                                (entry.type == DT_UNKNOWN && lstat(below.c_str(), &real) == 0 && S_ISDIR(real.st_mode));
      if (is_directory && !IsTemporaryName(entry.name)) Descend(below, at + 1, at, date);
    }
  }

  // The files of the last step. The marker is looked at first: what it vouches for is there by then.
  void Gather(const std::string& path, std::size_t at, const DateParts& date) {
    FilesFound here;
    here.date = date;
    if (!wanted_.marker.empty()) {
      const auto marker = Look(path + "/" + wanted_.marker);
      if (!marker || !S_ISREG(marker->st_mode)) return;
      here.updated = TimeOf(*marker);
    }
    if (steps_[at].kind == Kind::kName) {
      Take(path + "/" + steps_[at].name, steps_[at], date, here);
    } else {
      for (const Match& match : Matches(path, at, date)) {
        if (fault_ || IsOlder(match.date) || (here.files > 0 && match.date < here.date)) break;
        if (match.name != wanted_.marker) Take(path + "/" + match.name, steps_[at], match.date, here);
      }
    }
    const bool replaces = !wanted_.marker.empty() && !wanted_.pattern.has_date && found_.updated;
    if (replaces && here.updated <= found_.updated) return;
    if (replaces) found_.updated.reset();
    Join(found_, here);
  }

  void Take(const std::string& path, const PatternStep& step, const DateParts& date, FilesFound& here) {
    const auto file = Look(path);
    if (!file) return;
    if (S_ISDIR(file->st_mode) && !step.has_wildcard)
      return Fail(path + " is a directory; add /* to the path, for its files", "missing");
    if (!S_ISREG(file->st_mode)) return;
    FilesFound one;
    one.updated = wanted_.marker.empty() ? TimeOf(*file) : *here.updated;
    one.files = 1;
    one.bytes = file->st_size;
    one.date = date;
    Join(here, one);
  }

  // None: it is not there (or not any more), or could not be looked at.
  std::optional<struct stat> Look(const std::string& path) {
    struct stat file {};
    if (stat(path.c_str(), &file) == 0) return file;
    if (errno != ENOENT && errno != ENOTDIR) Fail(Explain(path, errno), ReasonOf(errno), path);
    return std::nullopt;
  }

  // What matches the step here and is not after today; the newest date first.
  std::vector<Match> Matches(const std::string& path, std::size_t at, const DateParts& date) {
    std::vector<Match> matches;
    const bool is_last = at + 1 == steps_.size();
    for (Entry& entry : List(path, at)) {
      const bool is_of_use = is_last ? entry.type != DT_DIR || !steps_[at].has_wildcard : entry.type != DT_REG;
      DateParts its = date;
      if (!is_of_use || !steps_[at].Matches(entry.name, its)) continue;
      const DateParts bound(wanted_.today.begin(), wanted_.today.begin() + static_cast<std::ptrdiff_t>(its.size()));
      if (its <= bound) matches.push_back({std::move(entry.name), std::move(its)});
    }
    std::stable_sort(matches.begin(), matches.end(), [](const Match& a, const Match& b) { return a.date > b.date; });
    return matches;
  }

  // Than what was found already.
  bool IsOlder(const DateParts& date) const {
    return found_.updated && std::lexicographical_compare(date.begin(), date.end(), found_.date.begin(),
                                                          found_.date.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                                    date.size(), found_.date.size())));
  }

  std::vector<Entry> List(const std::string& path, std::size_t at) {
    std::vector<Entry> entries;
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(path.c_str()), closedir);
    if (!directory) return Miss(path, errno, at), entries;
    while (!fault_) {
      errno = 0;
      const dirent* entry = readdir(directory.get());
      if (!entry && errno != 0) Fail(Explain(path, errno), ReasonOf(errno), path);
      if (!entry) break;
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (given_up_) Fail("given up", "timeout");
      if (++entries_ > kMostEntries)
        Fail("more than 100,000 entries have to be looked at, in " + path + " and before; make the path narrower",
             "limit");
      entries.push_back({std::string(name), entry->d_type});
    }
    return entries;
  }

  const FilesWanted& wanted_;
  const std::vector<PatternStep>& steps_;
  const std::atomic<bool>& given_up_;
  FilesFound found_;
  std::optional<WalkFault> fault_;
  std::size_t entries_ = 0;
};

}  // namespace

FilesAnswer WalkFiles(const FilesWanted& wanted, const std::atomic<bool>& given_up) {
  return Walker(wanted, given_up).Walk();
}

}  // namespace batchslo
