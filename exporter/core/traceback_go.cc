// Go: what went wrong, then the goroutine that did it, a function and a file a line, the innermost first.
//   panic: no rows [recovered]
//
//   goroutine 1 [running]:
//   main.load(...)
//   	/app/main.go:12 +0x1d
#include <re2/re2.h>

#include <utility>

#include "exporter/core/traceback.h"

namespace batchslo {
namespace {

constexpr std::string_view kLibraries[] = {"/usr/local/go/src/", "/pkg/mod/", "/go/src/runtime/", "/usr/lib/go", "/vendor/"};
constexpr std::size_t kMostBetween = 20;  // other lines, amid a stack

class Reader {
 public:
  void Line(const std::string& line, std::size_t index) {
    if (Cause(line, index) || Goroutine(line, index) || Frame(line, index)) return;
    static const RE2 kFunction(R"(^(?:created by )?([\w./\-*()\[\]~%@]+)(?:\(.*\)| in goroutine \d+)$)");
    if (RE2::FullMatch(line, kFunction, &function_)) return function_at_ = index, void();
    if (is_there_ && line.starts_with("exit status ") && index - trace_.last <= kMostBetween) trace_.last = index;
  }

  std::optional<Traceback> Result() {
    if (!is_there_) return std::nullopt;
    trace_.frame = frames_.Best();
    if (trace_.error.empty()) trace_.error_at = trace_.last;
    return trace_;
  }

 private:
  // A stack: of the cause that stands above it or, where that was cut off, of none.
  void Begin(std::size_t index) {
    trace_ = Traceback{};
    frames_ = FrameChoice(FrameChoice::Order::kInnermostFirst);
    trace_.first = cause_at_ ? first_ : index;
    trace_.error_at = cause_at_.value_or(index);
    trace_.error = cause_at_ ? cause_ : "";
    cause_at_.reset();
    is_there_ = true;
  }
  // "panic: a", and below it, indented, the panic of a deferred call.
  bool Cause(const std::string& line, std::size_t index) {
    static const RE2 kPattern(R"(^\s*((?:panic|fatal error|runtime: goroutine stack exceeds|unexpected fault address)(?:: | ).*)$)");
    std::string text;
    if (!RE2::FullMatch(line, kPattern, &text)) return false;
    const bool goes_on = cause_at_ && index - *cause_at_ <= 2;
    if (!goes_on) first_ = index;
    cause_at_ = index;
    cause_ = text.substr(0, text.find(" [recovered"));
    return true;
  }
  // The first one did it.
  bool Goroutine(const std::string& line, std::size_t index) {
    static const RE2 kPattern(R"(^goroutine \d+ (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[[^\]]*\]:$)");
    if (!RE2::FullMatch(line, kPattern)) return false;
    if (cause_at_ || !is_there_ || index - trace_.last > kMostBetween) Begin(index);
    trace_.last = index;
    return true;
  }
  bool Frame(const std::string& line, std::size_t index) {
    static const RE2 kFile(R"(^\s+(\S.*\.(?:go|s)):(\d+)(?: \+0x[0-9a-f]+)?(?: [fs]p=.*)?$)");
    Traceback::Frame frame;
    if (!RE2::FullMatch(line, kFile, &frame.file, &frame.line)) return false;
    if (function_.empty() || function_at_ + 1 != index) return false;
    if (cause_at_ || !is_there_ || index - trace_.last > kMostBetween) Begin(index - 1);
    frame.function = std::exchange(function_, "");
    frame.at = index;
    const bool is_own = !IsLibrary(frame.file, kLibraries) && !frame.function.starts_with("runtime.");
    frames_.See(std::move(frame), is_own);
    trace_.last = index;
    return true;
  }

  Traceback trace_;
  FrameChoice frames_{FrameChoice::Order::kInnermostFirst};
  std::optional<std::size_t> cause_at_;
  std::size_t first_ = 0, function_at_ = 0;
  std::string cause_, function_;
  bool is_there_ = false;
};

}  // namespace

std::optional<Traceback> FindGo(std::span<const std::string> lines) { return ReadLines<Reader>(lines); }

}  // namespace batchslo
