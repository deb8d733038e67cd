// Tested by tests/cli/discover_test.py.
#include <filesystem>

#include "exporter/sources/files_families.h"
#include "exporter/sources/files_inquiry.h"
#include "exporter/sources/files_pattern.h"

namespace batchslo {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostEntries = 100'000;

// Whether a configuration can hold it.
bool IsUtf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t more = c < 0x80 ? 0 : c >> 5 == 6 ? 1 : c >> 4 == 14 ? 2 : c >> 3 == 30 ? 3 : 4;
    if (more == 4 || i + more >= text.size()) return false;
    for (std::size_t k = 1; k <= more; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    }
    i += more + 1;
  }
  return true;
}

TimePoint TimeOf(const fs::directory_entry& entry) {
  std::error_code ignored;
  const auto written = entry.last_write_time(ignored);
  return std::chrono::time_point_cast<Duration>(std::chrono::file_clock::to_sys(written));
}

struct Walk {
  std::vector<SeenFile> files;
  std::string stopped;  // why it did not see all; empty: it did
};

Result<Walk> WalkAll(const std::string& root, Deadline deadline) {
  std::error_code fault;
  fs::recursive_directory_iterator at(root, fs::directory_options::skip_permission_denied, fault);
  if (fault) return Error{root + " can't be read: " + fault.message()};
  Walk walk;
  std::size_t seen = 0;
  for (; at != fs::recursive_directory_iterator() && !fault; at.increment(fault)) {
    std::error_code ignored;
    const std::string name = at->path().filename().string();
    if (IsTemporaryName(name) && at->is_directory(ignored)) at.disable_recursion_pending();
    if (!IsTemporaryName(name) && IsUtf8(name) && at->is_regular_file(ignored))
      walk.files.push_back({at->path().lexically_relative(root).string(), TimeOf(*at)});
    if (++seen >= kMostEntries) walk.stopped = "it stopped after 100,000 entries: name a root further down for the rest";
    if (std::chrono::steady_clock::now() > deadline) walk.stopped = "it stopped when its time was up: name a root further down for the rest";
    if (!walk.stopped.empty()) break;
  }
  return walk;
}

Discovery::Job JobOf(const FilesFamily& family, const std::string& source) {
  Discovery::Job job;
  job.name = JobNameOf(family.pattern);
  job.facts = std::to_string(family.files) + (family.files == 1 ? " file" : " files") + ", the newest of " + FormatRfc3339(std::chrono::floor<seconds>(family.newest));
  job.block = "{outputs: {files: {source: " + YamlText(source) + ", path: " + YamlText(family.pattern) +
              (family.marker.empty() ? "" : ", success_marker: " + family.marker) + "}}}";
  return job;
}

}  // namespace

Result<Discovery> DiscoverFiles(const Inquiry& inquiry) {
  const std::string& root = inquiry.config.options.String("root");
  const auto walk = WalkAll(root, inquiry.deadline);
  if (!walk) return walk.GetError();
  Discovery found;
  found.summary = std::to_string(walk->files.size()) + " files below " + root;
  found.notes = {"Of a path with a date (%Y, %m, %d, %H) the newest that is there counts: add timezone where dates are not of UTC."};
  if (!walk->stopped.empty()) found.notes.push_back(walk->stopped);
  for (const FilesFamily& family : FamiliesOf(walk->files)) {
    if (ParseFilePattern(family.pattern)) found.jobs.push_back(JobOf(family, inquiry.config.name));
  }
  Finish(found);
  return found;
}

}  // namespace batchslo
