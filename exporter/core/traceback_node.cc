// Node: where it was thrown, the error, its frames with the innermost first, its cause in brackets.
//   /app/job.js:3
//       throw new Error('no rows');
//       ^
//
//   Error: no rows
//       at load (/app/job.js:3:9) {
//     [cause]: Error: connection refused
#include <re2/re2.h>

#include "exporter/core/traceback.h"

namespace batchslo {
namespace {

constexpr std::string_view kLibraries[] = {"node_modules", "node:", "internal/", "<anonymous>", "[eval]-wrapper"};
constexpr std::size_t kMostMessage = 10, kMostBetween = 20;  // lines

// "Uncaught TypeError [ERR_X]: no rows", perhaps behind a log's prefix: from the error's name on.
std::string HeaderOf(const std::string& line) {
  static const RE2 kPattern(R"((?:^|\s)((?:[A-Za-z_$][\w$.]*)?(?:Error|Exception|Rejection|Failure)(?: \[[^\]]+\])?(?:: .*|:)?)$)");
  static const RE2 kReason(R"re((UnhandledPromiseRejection): This error originated .* with the reason "(.*)"\.)re");
  std::string text, reason;
  if (RE2::PartialMatch(line, kReason, &text, &reason)) return text + ": " + reason;
  return RE2::PartialMatch(line, kPattern, &text) ? text : "";
}

class Reader {
 public:
  void Line(const std::string& line, std::size_t index) {
    if (Frame(line, index)) return;
    static const RE2 kCause(R"(^\s+\[cause\]: (.+)$)"), kPlace(R"(^((?:/|file://|[A-Z]:\\|node:)\S.*):(\d+)$)"), kVersion(R"(^Node\.js v\d+\.\S+$)"),
        kThrown(R"(^Uncaught:?$|^Uncaught .*|^\(Use `node --trace-uncaught.*)"), kOwn(R"(^[A-Z][\w$]*(?: \[[^\]]+\])?(?:: .*)?$)");
    std::string text, number;
    if (is_open_ && RE2::FullMatch(line, kCause, &text)) return Cause(text, index);
    if (RE2::FullMatch(line, kPlace, &text, &number)) return void(place_ = Traceback::Frame{text, "", number, index});
    if (RE2::FullMatch(line, kVersion)) return Version(index);
    if (line == "}" && is_open_) return Keep(index);
    text = HeaderOf(line);
    const bool is_own = text.empty() && place_ && index - place_->at <= kMostMessage && RE2::FullMatch(line, kOwn);
    if (!text.empty() || is_own) header_ = {is_own ? line : text, index};
    if (RE2::FullMatch(line, kThrown) && place_) uncaught_ = {thrown_text_, index};
    if (!line.empty()) thrown_text_ = line;
    if (is_open_ && index - trace_.last > kMostBetween) is_open_ = false;
  }

  std::optional<Traceback> Result() const {
    if (!is_there_) return std::nullopt;
    Traceback trace = trace_;
    trace.frame = frames_.HasOwn() || !outer_.HasOwn() ? frames_.Best() : outer_.Best();
    const bool has_own = frames_.HasOwn() || outer_.HasOwn();
    if (!has_own && thrown_ && !IsLibrary(thrown_->file, kLibraries)) trace.frame = thrown_;
    if (trace.error.empty()) trace.error_at = trace.last;
    return trace;
  }

 private:
  struct Header {
    std::string text;
    std::size_t at = 0;
  };
  void Keep(std::size_t index) { trace_.last = index; }
  void Begin(std::size_t index, const std::optional<Header>& header) {
    trace_ = Traceback{};
    trace_.first = index;
    if (header && index - header->at <= kMostMessage) {
      trace_.first = trace_.error_at = header->at;
      trace_.error = header->text;
    }
    thrown_ = place_ && trace_.first - place_->at <= kMostMessage ? place_ : std::nullopt;
    if (thrown_) trace_.first = thrown_->at;
    header_.reset();
    uncaught_.reset();
    place_.reset();
    frames_ = outer_ = FrameChoice(FrameChoice::Order::kInnermostFirst);
    is_open_ = is_there_ = true;
    Keep(index);
  }
  bool Frame(const std::string& line, std::size_t index) {
    static const RE2 kPattern(R"((?:^|\s)at (?:(?:async )?(.+) \((.+?)(?::(\d+))?(?::\d+)?\)|(?:async )?(\S+?):(\d+):\d+)(?: \{)?$)");
    if (line.find("at ") == std::string::npos) return false;
    Traceback::Frame frame;
    std::string file, number;
    if (!RE2::PartialMatch(line, kPattern, &frame.function, &frame.file, &frame.line, &file, &number)) return false;
    if (frame.file.empty()) frame.file = file, frame.line = number;
    const bool is_place = !frame.line.empty() || frame.file == "<anonymous>" || frame.file == "native";
    if (!is_place) return false;
    if (!is_open_ || header_) Begin(index, header_);
    frame.at = index;
    const bool is_own = !IsLibrary(frame.file, kLibraries);
    frames_.See(std::move(frame), is_own);
    Keep(index);
    return true;
  }
  void Cause(const std::string& text, std::size_t index) {
    if (frames_.HasOwn()) outer_ = frames_;
    frames_ = FrameChoice(FrameChoice::Order::kInnermostFirst);
    trace_.error = text;
    trace_.error_at = index;
    Keep(index);
  }
  // Node says which it is as it dies: what was thrown may have had no frames.
  void Version(std::size_t index) {
    const std::optional<Header> header = uncaught_ ? uncaught_ : header_;
    if (header && index - header->at <= kMostMessage) Begin(header->at, header);
    if (is_open_) Keep(index);
    is_open_ = false;
  }

  Traceback trace_;
  std::optional<Header> header_, uncaught_;  // of a traceback that may follow
  std::string thrown_text_;                  // the last line, but for blank ones
  std::optional<Traceback::Frame> place_, thrown_;
  FrameChoice frames_{FrameChoice::Order::kInnermostFirst}, outer_{FrameChoice::Order::kInnermostFirst};
  bool is_open_ = false, is_there_ = false;
};

}  // namespace

std::optional<Traceback> FindNode(std::span<const std::string> lines) { return ReadLines<Reader>(lines); }

}  // namespace batchslo
