// Tested by tests/core/failure_test.cc.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace batchslo {

// What a program's runtime wrote when it died, found in the lines of a log.
struct Traceback {
  struct Frame {
    std::string file, function;  // "/app/train.py", "load"; what is not said is empty
    std::string line;            // "12"
    std::size_t at = 0;          // index of its line
  };
  std::size_t first = 0, last = 0;  // indices of its lines
  std::string error;                // "ValueError: no rows"; empty: it was cut off before that
  std::size_t error_at = 0;         // index of its line; of no error: `last`
  std::optional<Frame> frame;       // the innermost one that is no library's, else the innermost; none: it has none
  bool is_weak = false;             // a shell's word on a program that may have told more itself
};

// One language. `find` gives the traceback that ends last; none: there is none. Linear in the lines.
struct Language {
  std::string_view name;
  std::optional<Traceback> (*find)(std::span<const std::string> lines);
};

std::optional<Traceback> FindPython(std::span<const std::string> lines);
std::optional<Traceback> FindJava(std::span<const std::string> lines);
std::optional<Traceback> FindGo(std::span<const std::string> lines);
std::optional<Traceback> FindNode(std::span<const std::string> lines);
std::optional<Traceback> FindCpp(std::span<const std::string> lines);
std::optional<Traceback> FindShell(std::span<const std::string> lines);

// Keeps the innermost frame, as frames come one by one.
class FrameChoice {
 public:
  enum class Order { kInnermostLast, kInnermostFirst };
  explicit FrameChoice(Order order) : order_(order) {}
  void See(Traceback::Frame frame, bool is_own);
  bool HasOwn() const { return own_.has_value(); }
  const std::optional<Traceback::Frame>& Best() const { return own_ ? own_ : any_; }

 private:
  Order order_;
  std::optional<Traceback::Frame> own_, any_;
};

// What a reader of one language makes of all lines, one after the other.
template <class Reader>
auto ReadLines(std::span<const std::string> lines) {
  Reader reader;
  for (std::size_t i = 0; i < lines.size(); ++i) reader.Line(lines[i], i);
  return reader.Result();
}

// Whether one of the pieces occurs in the path, or the path is empty.
bool IsLibrary(std::string_view path, std::span<const std::string_view> pieces);

// A log's prefix of each line ("2026-03-01 10:00:00 INFO - "), learnt from one line.
class LinePrefix {
 public:
  LinePrefix() = default;
  explicit LinePrefix(std::string_view prefix) : prefix_(prefix) {}
  // The line without it: the same but for digits, else as it is.
  std::string_view Strip(std::string_view line) const;
  bool IsBlank() const { return prefix_.find_first_not_of(' ') == std::string::npos; }

 private:
  std::string prefix_;
};

}  // namespace batchslo
