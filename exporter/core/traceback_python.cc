// Python: frames with the innermost last, then the exception; chains of them; groups as a tree:
//   + Exception Group Traceback (most recent call last):
//   |   File "job.py", line 9, in main
//   | ExceptionGroup: two failed (2 sub-exceptions)
//   +-+---------------- 1 ----------------
//     | ValueError: no rows
//     +------------------------------------
#include <re2/re2.h>

#include "exporter/core/traceback.h"

namespace batchslo {
namespace {

constexpr std::string_view kHeader = "Traceback (most recent call last):", kGroupHeader = "+ Exception Group Traceback";
constexpr std::string_view kLibraries[] = {"site-packages", "dist-packages", "lib/python", "<frozen ", "<string>", "importlib/", "\\Lib\\"};
constexpr std::size_t kMostBetween = 60;  // other lines, amid a traceback
constexpr std::size_t kSourceLines = 3;   // that a frame shows, at most; and the line after them

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

// Without the marks of the tree.
std::string_view StripTree(std::string_view line) {
  const std::size_t at = line.find_first_not_of(' ');
  if (at == std::string_view::npos || (line[at] != '|' && line[at] != '+')) return line;
  return line.substr(std::min(at + 2, line.size()));
}

// "ValueError: no rows", "billing.NoRows", "KeyboardInterrupt"; no line of a log ("ERROR: no rows").
bool IsException(std::string_view line) {
  static const RE2 kPattern(
      R"((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Warning|Interrupt|Exit|Iteration|Group|Timeout|Fault|Failure|Failed)(?:: .*|:)?)"
      R"(|(?:[A-Za-z_]\w*\.)+[A-Za-z_]\w*(?:<locals>\.\w+)*(?:: .*|:)?|(?:\w+\.)+(?:<locals>\.)\w+(?:: .*)?)");
  return RE2::FullMatch(Piece(line), kPattern);
}

// The same of an exception of one's own, right below its frame: "Stale".
bool MayBeException(std::string_view line) {
  static const RE2 kPattern(R"([A-Z]\w*[a-z]\w*(?:: .*|:)?)"), kLevel(R"((?:Debug|Info|Warning|Error|Critical|Fatal|Note)\b.*)");
  return RE2::FullMatch(Piece(line), kPattern) && !RE2::FullMatch(Piece(line), kLevel);
}

bool IsLink(std::string_view line) {
  return line.starts_with("During handling of the above exception") || line.starts_with("The above exception was the direct cause");
}

class Reader {
 public:
  void Line(std::string_view raw, std::size_t index) {
    const std::string_view line = StripTree(prefix_.Strip(raw));
    const bool in_tree = is_group_ && line.data() + line.size() == raw.data() + raw.size() && line.size() != prefix_.Strip(raw).size();
    if (raw.find(kHeader) != std::string_view::npos) return Header(raw, index, in_tree);
    if (is_there_ && IsLink(line)) return Keep(index), void(is_linked_ = true);
    if (Frame(line, index, in_tree)) return;
    if ((is_open_ || in_tree) && IsException(line)) return Exception(line, index);
    if (is_open_ && index - trace_.last <= kSourceLines && MayBeException(line)) return Exception(line, index);
    if (in_tree) return Keep(index);
    if (is_open_ && ++between_ > kMostBetween) is_open_ = false;
  }

  std::optional<Traceback> Result() const {
    if (!is_there_) return std::nullopt;
    Traceback trace = trace_;
    const std::size_t chosen = Chosen();
    trace.error = parts_[chosen].error;
    trace.error_at = trace.error.empty() ? trace.last : parts_[chosen].error_at;
    trace.frame = parts_[chosen].frames.Best();
    for (std::size_t i = parts_.size(); i-- > 0 && !parts_[chosen].frames.HasOwn();) {
      if (!parts_[i].frames.HasOwn()) continue;
      trace.frame = parts_[i].frames.Best();
      break;
    }
    return trace;
  }

 private:
  // One exception with its frames.
  struct Part {
    FrameChoice frames{FrameChoice::Order::kInnermostLast};
    std::string error;
    std::size_t error_at = 0;
    bool is_group = false;
  };

  // The last of a chain; of a group the first that it holds.
  std::size_t Chosen() const {
    std::size_t chosen = parts_.size() - 1;
    for (std::size_t i = parts_.size(); i-- > 0 && is_group_ && !parts_[i].is_group;) chosen = i;
    return chosen;
  }
  void Keep(std::size_t index) {
    trace_.last = index;
    between_ = 0;
  }
  void Open(std::size_t index, bool goes_on) {
    if (!is_there_ || !goes_on) {
      trace_ = Traceback{};
      trace_.first = index;
      parts_.clear();
      is_group_ = false;
    }
    parts_.emplace_back();
    is_there_ = is_open_ = true;
    is_linked_ = false;
  }
  void Header(std::string_view raw, std::size_t index, bool in_tree) {
    const bool is_group = raw.find(kGroupHeader) != std::string_view::npos;
    Open(index, is_linked_ || in_tree);
    if (!in_tree) prefix_ = LinePrefix(raw.substr(0, raw.find(is_group ? kGroupHeader : kHeader)));
    if (!in_tree && is_group && prefix_.IsBlank()) prefix_ = LinePrefix();
    is_group_ = is_group_ || is_group;
    Keep(index);
  }
  bool Frame(std::string_view line, std::size_t index, bool in_tree) {
    static const RE2 kPattern(R"re(^\s*File "([^"]*)", line (\d+)(?:, in (.+))?$)re");
    if (line.find("File \"") == std::string_view::npos) return false;
    Traceback::Frame frame;
    if (!RE2::PartialMatch(Piece(line), kPattern, &frame.file, &frame.line, &frame.function)) return false;
    if (!is_open_) Open(index, in_tree);  // its beginning was cut off
    frame.at = index;
    const bool is_own = !IsLibrary(frame.file, kLibraries);
    parts_.back().frames.See(std::move(frame), is_own);
    Keep(index);
    return true;
  }
  void Exception(std::string_view line, std::size_t index) {
    if (!is_open_) Open(index, true);  // of a group, without frames
    parts_.back().error = line;
    parts_.back().error_at = index;
    parts_.back().is_group = line.find("Group: ") != std::string_view::npos && line.find("sub-exception") != std::string_view::npos;
    is_open_ = false;
    Keep(index);
  }

  Traceback trace_;
  std::vector<Part> parts_;
  LinePrefix prefix_;
  bool is_there_ = false, is_open_ = false, is_linked_ = false, is_group_ = false;
  std::size_t between_ = 0;
};

}  // namespace

std::optional<Traceback> FindPython(std::span<const std::string> lines) { return ReadLines<Reader>(lines); }

}  // namespace batchslo
