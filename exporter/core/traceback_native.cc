// C++ and shells: a line or two, and no frames.
//   terminate called after throwing an instance of 'std::runtime_error'
//     what():  no rows
//   /app/job.sh: line 12: psql: command not found
#include <re2/re2.h>

#include "exporter/core/traceback.h"

namespace batchslo {
namespace {

Traceback OneLine(std::size_t index, std::string error) {
  Traceback trace;
  trace.first = trace.last = trace.error_at = index;
  trace.error = std::move(error);
  return trace;
}

// "job: job.cc:12: void load(): Assertion `rows > 0' failed."
std::optional<Traceback> Assertion(const std::string& line, std::size_t index) {
  static const RE2 kPattern(R"(^(?:\S+: )?(\S+\.\w+):(\d+): (.*): (Assertion .* failed\.)$)");
  Traceback::Frame frame;
  std::string error;
  if (!RE2::FullMatch(line, kPattern, &frame.file, &frame.line, &frame.function, &error)) return std::nullopt;
  Traceback trace = OneLine(index, error);
  frame.at = index;
  trace.frame = std::move(frame);
  return trace;
}

std::optional<Traceback> Terminate(const std::string& line, std::size_t index) {
  static const RE2 kThrown(R"(terminate called after throwing an instance of '(.+)')"), kOther(R"((terminate called (?:without|recursively).*))"),
      kClang(R"(libc\+\+abi: terminating (?:due to|with) uncaught exception of type (.+))"),
      kRuntime(R"((\*\*\* .* \*\*\*(?:: terminated)?|(?:malloc|free|munmap_chunk|double free or corruption|corrupted [\w ]+|realloc)\(.*\): .*|double free or corruption.*)$)");
  std::string error;
  for (const RE2* pattern : {&kThrown, &kOther, &kClang, &kRuntime}) {
    if (RE2::PartialMatch(line, *pattern, &error)) return OneLine(index, pattern == &kThrown ? "threw " + error : error);
  }
  return std::nullopt;
}

// bash: "FILE: line 12: WHAT"; dash: "FILE: 12: WHAT".
std::optional<Traceback> Shell(const std::string& line, std::size_t index) {
  static const RE2 kPattern(R"(^(environment|\S*(?:sh|/\S+|\.\w+)): line (\d+): (.+)$|^(\S*sh): (\d+): (.+)$)"),
      kDeath(R"(^\s*\d+ (?:Aborted|Segmentation fault|Killed|Terminated|Bus error|Illegal instruction|Floating point exception|Hangup|Quit)\b.*)");
  Traceback::Frame frame, other;
  std::string error, other_error;
  if (!RE2::FullMatch(line, kPattern, &frame.file, &frame.line, &error, &other.file, &other.line, &other_error)) return std::nullopt;
  if (error.empty()) frame = other, error = other_error;
  Traceback trace = OneLine(index, error);
  trace.is_weak = RE2::FullMatch(error, kDeath);
  frame.at = index;
  trace.frame = std::move(frame);
  return trace;
}

}  // namespace

std::optional<Traceback> FindCpp(std::span<const std::string> lines) {
  std::optional<Traceback> found;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t what = lines[i].find("  what():  ");
    if (found && what != std::string::npos && i - found->last <= 2) {
      if (found->error.starts_with("threw ")) found->error.erase(0, 6);
      found->error += ": " + lines[i].substr(what + std::string_view("  what():  ").size());
      found->last = found->error_at = i;
      continue;
    }
    auto trace = Terminate(lines[i], i);
    if (!trace) trace = Assertion(lines[i], i);
    if (trace) found = std::move(trace);
  }
  return found;
}

// Only what stands at the end: a script that went on lived through it.
std::optional<Traceback> FindShell(std::span<const std::string> lines) {
  constexpr std::size_t kNearEnd = 5;
  std::optional<Traceback> found;
  for (std::size_t i = lines.size() - std::min(lines.size(), kNearEnd); i < lines.size(); ++i) {
    auto trace = Shell(lines[i], i);
    if (trace) found = std::move(trace);
  }
  return found;
}

}  // namespace batchslo
