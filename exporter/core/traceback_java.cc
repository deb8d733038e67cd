// Java and its like: the outermost exception first, each with its frames, the innermost first; the root cause last.
//   java.lang.IllegalStateException: can't load
//   	at billing.Load.run(Load.java:12)
//   	Suppressed: java.io.IOException: close
//   	... 3 more
//   Caused by: java.sql.SQLException: no such table
#include <re2/re2.h>

#include "exporter/core/traceback.h"

namespace batchslo {
namespace {

constexpr std::string_view kLibraries[] = {"java.", "javax.", "jdk.", "sun.", "com.sun.", "kotlin.", "scala."};
constexpr std::size_t kMostBetween = 20, kMostMessage = 10;  // lines

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

bool BeginsWithAny(std::string_view name) {
  const std::size_t module = name.find_last_of('/');
  if (module != std::string_view::npos) name.remove_prefix(module + 1);
  for (const std::string_view library : kLibraries) {
    if (name.starts_with(library)) return true;
  }
  return false;
}

// "Exception in thread "main" java.io.IOException: disk full", with or without a log's prefix: from the exception's name on.
std::string HeaderOf(std::string_view line) {
  static const RE2 kPattern(R"re((?:^|\s|")((?:[a-z_][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error|Throwable|Failure|Interrupt|Fault|\$\w+)\w*(?:: .*|:)?)$)re"
                            R"re(|^((?:[a-z_][\w$]*\.)+[A-Z][\w$]*(?:: .*)?)$)re");
  static const RE2 kThread(R"re((?:^|\s)Exception in thread "[^"]*" (.+)$)re");
  std::string name, whole;
  if (RE2::PartialMatch(Piece(line), kThread, &name)) return name;
  if (!RE2::PartialMatch(Piece(line), kPattern, &name, &whole)) return "";
  return name.empty() ? whole : name;
}

class Reader {
 public:
  explicit Reader(std::span<const std::string> lines) : lines_(lines) {}

  void Line(std::size_t index) {
    const std::string& line = lines_[index];
    if (Frame(line, index)) return;
    const std::size_t cause = line.find("Caused by: "), suppressed = line.find("Suppressed: ");
    if (is_open_ && cause != std::string::npos) return Section(line, index, cause, std::string_view("Caused by: ").size());
    if (is_open_ && suppressed != std::string::npos) return Section(line, index, suppressed, std::string_view("Suppressed: ").size());
    if (is_open_ && IsMore(line)) return Keep(index);
    const std::string header = HeaderOf(line);
    if (!header.empty()) header_ = {header, index};
    if (is_open_ && index - trace_.last > kMostBetween) is_open_ = false;
  }

  std::optional<Traceback> Result() const {
    if (!is_there_) return std::nullopt;
    Traceback trace = trace_;
    trace.frame = cause_.HasOwn() || !outer_.HasOwn() ? cause_.Best() : outer_.Best();
    if (trace.error.empty()) trace.error_at = trace.last;
    return trace;
  }

 private:
  struct Header {
    std::string text;
    std::size_t at = 0;
  };
  static bool IsMore(std::string_view line) {
    const std::size_t at = line.find("... ");
    return at != std::string_view::npos && (line.ends_with(" more") || line.ends_with("common frames omitted"));
  }
  void Keep(std::size_t index) { trace_.last = index; }
  void Begin(std::size_t index) {
    trace_ = Traceback{};
    trace_.first = index;
    if (header_ && index - header_->at <= kMostMessage) {
      trace_.first = trace_.error_at = header_->at;
      trace_.error = header_->text;
    }
    header_.reset();
    cause_ = outer_ = FrameChoice(FrameChoice::Order::kInnermostFirst);
    is_suppressed_ = false;
    is_open_ = is_there_ = true;
  }
  bool Frame(const std::string& line, std::size_t index) {
    static const RE2 kPattern(R"((?:^|\s)at ([\w.$<>/@-]+)\.([\w$<>]+)\(([^():]*)(?::(\d+))?\))");
    if (line.find("at ") == std::string::npos) return false;
    std::string type;
    Traceback::Frame frame;
    if (!RE2::PartialMatch(line, kPattern, &type, &frame.function, &frame.file, &frame.line)) return false;
    if (!is_open_ || header_) Begin(index);
    frame.at = index;
    frame.function = type + "." + frame.function;
    const bool is_own = !BeginsWithAny(type);
    if (!is_suppressed_) cause_.See(std::move(frame), is_own);
    Keep(index);
    return true;
  }
  // What hangs on a suppressed exception is indented.
  void Section(const std::string& line, std::size_t index, std::size_t at, std::size_t length) {
    Keep(index);
    header_.reset();
    const bool is_cause = line[at] == 'C' && (at == 0 || line[at - 1] != '\t');
    is_suppressed_ = !is_cause;
    if (!is_cause) return;
    if (cause_.HasOwn()) outer_ = cause_;
    cause_ = FrameChoice(FrameChoice::Order::kInnermostFirst);
    trace_.error = line.substr(at + length);
    trace_.error_at = index;
  }

  std::span<const std::string> lines_;
  Traceback trace_;
  std::optional<Header> header_;  // of a traceback that may follow
  FrameChoice cause_{FrameChoice::Order::kInnermostFirst}, outer_{FrameChoice::Order::kInnermostFirst};
  bool is_open_ = false, is_there_ = false, is_suppressed_ = false;
};

}  // namespace

std::optional<Traceback> FindJava(std::span<const std::string> lines) {
  Reader reader(lines);
  for (std::size_t i = 0; i < lines.size(); ++i) reader.Line(i);
  return reader.Result();
}

}  // namespace batchslo
