// Tested by tests/sources/files_test.cc.
#include "exporter/sources/files.h"

#include <algorithm>

#include "exporter/sources/files_inquiry.h"
#include "exporter/sources/files_search.h"

namespace batchslo {
namespace {

std::string RootFault(std::string_view text) {
  return text.starts_with('/') ? "" : "write the whole path of a directory, from / on";
}

std::string OutputFault(const Options& output, const Options&) {
  const std::string& path = output.String("path");
  const auto pattern = ParseFilePattern(path);
  if (!pattern) return "path \"" + path + "\": " + pattern.Message();
  const std::string& marker = output.String("success_marker");
  if (marker.find('/') != std::string::npos || marker == "." || marker == "..")
    return "success_marker is the name of a file beside the others, without a slash";
  return "";
}

struct Target {
  std::string job, output;
  FilesWanted wanted;
  Zone zone;
  std::shared_ptr<FilesSearch> hanging = nullptr;    // left behind by an earlier poll
  std::optional<dev_t> had_files_on = std::nullopt;  // the file system on which there were some
};

constexpr std::ptrdiff_t kMostLeftBehind = 8;

// All outputs below one root, one after the other.
class FilesSource {
 public:
  FilesSource(const SourceConfig& config, const SourceServices& services) : name_(config.name), clock_(services.clock) {
    const std::string& root = config.options.String("root");
    for (const auto& output : config.outputs) {
      const std::string& zone = output.options.String("timezone");
      const auto found = Zone::Find(zone.empty() ? "UTC" : zone);
      FilesWanted wanted{
          root, ParseFilePattern(output.options.String("path")).Value(), output.options.String("success_marker"), {}};
      targets_.push_back({output.job, output.output, std::move(wanted), found ? *found : Zone{}});
    }
    if (targets_.empty())
      targets_.push_back({"", "", {root, {}, "", {}}, {}});  // shows whether the root can be reached
  }

  void Stop() { stop_.request_stop(); }  // any thread

  PollResult Poll(TimePoint now, Deadline deadline) {
    PollResult result;
    std::size_t left = targets_.size();
    std::size_t failed = 0;
    std::optional<WalkFault> first;
    for (Target& target : targets_) {
      const auto answer = Ask(target, now, ShareOf(deadline, left--));
      const auto* fault = std::get_if<WalkFault>(&answer);
      if (fault && !first) first = *fault;
      if (fault) ++failed;
      if (target.job.empty()) continue;
      result.scopes.push_back({target.job + "/" + target.output, !fault, fault ? fault->message : ""});
      if (!fault) result.facts.push_back(ToFact(target, std::get<FilesFound>(answer), now));
    }
    if (failed < targets_.size()) return result;
    result.error = first->message;
    result.reason = first->reason;
    return result;
  }

 private:
  FilesAnswer Ask(Target& target, TimePoint now, Deadline deadline) {
    if (target.hanging && target.hanging->HasEnded()) target.hanging = nullptr;
    if (target.hanging)
      return WalkFault{"below " + target.wanted.root +
                           " a search still hangs that an earlier poll began: does its file system answer?",
                       "timeout"};
    const auto hanging = std::count_if(targets_.begin(), targets_.end(),
                                       [](const Target& one) { return one.hanging && !one.hanging->HasEnded(); });
    if (hanging >= kMostLeftBehind)
      return WalkFault{"too many searches hang; waiting for one of them to end", "timeout"};
    target.wanted.today = DatePartsOf(now, target.zone);
    const auto search = FilesSearch::Begin(target.wanted);
    if (!search) return WalkFault{search.Message(), "limit"};
    const auto answer = (*search)->Wait(deadline, stop_.get_token());
    if (!answer) target.hanging = *search;
    if (!answer)
      return WalkFault{
          "no end of the search within the timeout; make the path narrower or the timeout longer, if the file system "
          "answers",
          "timeout"};
    return Judge(target, *answer);
  }

  // Where a disk is no longer mounted, the empty directory below it is no proof of anything.
  static FilesAnswer Judge(Target& target, const FilesAnswer& answer) {
    const auto* found = std::get_if<FilesFound>(&answer);
    if (!found) return answer;
    if (found->updated) target.had_files_on = found->device;
    if (target.had_files_on.value_or(found->device) == found->device) return answer;
    return WalkFault{"nothing is there, on another file system than the one that had files: is it mounted below " +
                         target.wanted.root + "?",
                     "missing"};
  }

  // What was written after the poll began is told as of that instant: said of the beginning it would count as earlier
  // than it was, and said of the end the fact would claim more than was looked at.
  Fact ToFact(const Target& target, const FilesFound& found, TimePoint now) const {
    const TimePoint seen = std::clamp(found.updated.value_or(now), now, std::max(now, clock_.Now()));
    ObservationFact fact;
    fact.job = target.job;
    fact.output = target.output;
    fact.updated = found.updated;
    fact.rows = found.files;
    fact.bytes = found.bytes;
    if (!found.date.empty()) fact.partition = FormatDateParts(found.date);
    return {name_, seen, std::move(fact)};
  }

  const std::string name_;
  Clock& clock_;
  std::vector<Target> targets_;
  std::stop_source stop_;
};

Result<Source> Make(const SourceConfig& config, const SourceServices& services) {
  auto source = std::make_shared<FilesSource>(config, services);
  Source made;
  made.poll = [source](TimePoint now, Deadline deadline) { return source->Poll(now, deadline); };
  made.stop = [source] { source->Stop(); };
  return made;
}

}  // namespace

SourceKind FilesKind() {
  using enum OptionType;
  SourceSpec spec;
  spec.kind = "files";
  spec.summary = "Files of this machine, or of what it mounts";
  spec.coverage = Coverage::kLastValue;
  spec.poll_interval = minutes{1};
  spec.options = {
      {"root",
       kString,
       "The directory that its paths begin at; where it is a mount, one inside of it",
       "/data",
       "",
       true,
       {},
       RootFault,
       "^/"},
  };
  spec.outputs = {
      {"path", kString,
       "Which files, from the root on: *, ?, [a-z], ** for directories, %Y, %m, %d, %H for the newest date; `rows` "
       "counts them",
       "exports/%Y%m%d/part-*", "", true},
      {"success_marker", kString, "The file beside them without which a directory is not there yet; its time counts",
       "_SUCCESS"},
      {"timezone", kZone, "Of the date in the path; one that is after today does not count", "Asia/Tokyo", "UTC"},
  };
  spec.output_fault = OutputFault;
  spec.tells_partition = [](const Options& output) { return output.String("path").find("%Y") != std::string::npos; };
  return {std::move(spec), Make, CheckFiles, DiscoverFiles};
}

}  // namespace batchslo
