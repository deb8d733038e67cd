#pragma once
// A source of files on a scratch directory, with outputs "job0", "job1" ...

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "exporter/sources/files.h"
#include "tests/fakes/scratch.h"
#include "tests/sources/services.h"

namespace batchslo {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

inline const TimePoint kNow = *ParseRfc3339("2026-03-02T00:00:00Z");
inline TimePoint At(const std::string& clock) { return *ParseRfc3339("2026-03-01T" + clock + "Z"); }

class FilesTest : public testing::Test {
 protected:
  FilesTest() {
    config_.name = "lake";
    config_.kind = "files";
    config_.options.Set("root", scratch_.Path());
  }

  void Touch(const std::string& path, TimePoint written, std::size_t bytes = 1) const {
    const fs::path file = scratch_.File(path);
    fs::create_directories(file.parent_path());
    std::ofstream(file) << std::string(bytes, 'x');
    Date(path, written.time_since_epoch().count() / 1'000'000, written.time_since_epoch().count() % 1'000'000 * 1000);
  }
  void Date(const std::string& path, std::int64_t whole, long nanoseconds) const {
    const timespec times[2] = {{whole, nanoseconds}, {whole, nanoseconds}};
    ASSERT_EQ(utimensat(AT_FDCWD, scratch_.File(path).c_str(), times, 0), 0);
  }
  void Link(const std::string& to, const std::string& path) const { fs::create_symlink(to, scratch_.File(path)); }
  void Make(const std::string& path) const { fs::create_directories(scratch_.File(path)); }
  void Remove(const std::string& path) const { fs::remove_all(scratch_.File(path)); }

  // One output more; the source begins anew.
  void Add(const std::string& path, const std::string& marker = "", const std::string& zone = "UTC") {
    SourceConfig::OutputTarget target{"job" + std::to_string(config_.outputs.size()), "o", {}, {}, false};
    target.options.Set("path", path);
    target.options.Set("timezone", zone);
    if (!marker.empty()) target.options.Set("success_marker", marker);
    config_.outputs.push_back(target);
    source_.reset();
  }
  void Only(const std::string& path, const std::string& marker = "", const std::string& zone = "UTC") {
    config_.outputs.clear();
    Add(path, marker, zone);
  }

  void Begin() {
    if (!source_) source_ = std::make_unique<Source>(std::move(FilesKind().make(config_, services_.Get())).Value());
  }
  PollResult Poll(TimePoint now = kNow) {
    Begin();
    return source_->poll(now, std::chrono::steady_clock::now() + std::chrono::seconds(30));
  }
  ObservationFact Look(TimePoint now = kNow) {
    const PollResult result = Poll(now);
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.facts.size(), 1u);
    return result.facts.empty() ? ObservationFact{} : std::get<ObservationFact>(result.facts[0].what);
  }
  // The error of the only output, which then brings no fact.
  std::string Error() {
    const PollResult result = Poll();
    EXPECT_THAT(result.facts, IsEmpty());
    EXPECT_EQ(result.scopes.size(), 1u);
    EXPECT_EQ(result.scopes.empty() ? "" : result.scopes[0].error, result.error);
    reason_ = result.reason;
    return result.error;
  }

  const Scratch scratch_;
  SourceConfig config_;
  NoServices services_;
  std::unique_ptr<Source> source_;
  std::string reason_;
};

}  // namespace batchslo
