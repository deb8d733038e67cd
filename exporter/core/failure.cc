#include "exporter/core/failure.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "exporter/core/fnv.h"
#include "exporter/core/log_text.h"
#include "exporter/core/traceback.h"

namespace batchslo {
namespace {

using Lines = std::vector<std::string>;

constexpr std::size_t kErrorBytes = 200, kMostLines = 100, kLinesOfText = 40;
constexpr std::size_t kGaps = 8;  // at most, in an excerpt

constexpr Language kLanguages[] = {
    {"python", FindPython}, {"java", FindJava}, {"go", FindGo}, {"node", FindNode}, {"c++", FindCpp}, {"shell", FindShell},
};

// A tab can be within a line, and within what is taken for a name.
std::string WithoutControls(std::string line) {
  static const RE2 kControls("[\\x00-\\x1f\\x7f]+");
  RE2::GlobalReplace(&line, kControls, " ");
  return line;
}

std::string Normalised(std::string line) {
  struct Rule {
    RE2 pattern;
    const char* replacement;
  };
  static const Rule kRules[] = {
      {RE2(R"((^|[^\w])(?:'[^']*'|"[^"]*"|`[^`']*[`']))"), "\\1*"},
      {RE2(R"(\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\b|\b0x[0-9a-fA-F]+\b|\b[0-9a-fA-F]*[0-9][0-9a-fA-F]{7,}\b)"), "*"},
      {RE2("[0-9]+"), "*"},
  };
  for (const Rule& rule : kRules) RE2::GlobalReplace(&line, rule.pattern, rule.replacement);
  return WithoutControls(std::move(line));
}

std::string Trimmed(const std::string& line) {
  const std::size_t first = line.find_first_not_of(" \t"), last = line.find_last_not_of(" \t");
  return first == std::string::npos ? "" : line.substr(first, last + 1 - first);
}

// The one that ends last; of a shell's word on a program that died, what that had said itself.
std::pair<std::string_view, Traceback> Find(const Lines& lines) {
  std::string_view name;
  std::optional<Traceback> best;
  for (const Language& language : kLanguages) {
    auto found = language.find(lines);
    if (!found || (best && (found->is_weak || found->last <= best->last))) continue;
    best = std::move(found);
    name = language.name;
  }
  return {name, best.value_or(Traceback{})};
}

// Lines by what matters most, until the room is full; what is left out between them is said.
class Excerpt {
 public:
  explicit Excerpt(const Lines& lines) : lines_(lines), taken_(lines.size(), false) {}

  // What is short enough stays whole: an excerpt is one of itself.
  bool TakeAll() {
    std::size_t bytes = 0;
    for (const std::string& line : lines_) bytes += line.size() + 1;
    if (bytes > kMostExcerpt || lines_.size() > kMostLines) return false;
    taken_.assign(lines_.size(), true);
    return true;
  }
  void Take(std::size_t index) {
    constexpr std::size_t kGap = 40;  // bytes of its line
    if (index >= lines_.size() || taken_[index]) return;
    const std::size_t bytes = lines_[index].size() + 1;
    if (bytes_ + bytes > kMostExcerpt - kGaps * kGap || count_ == kMostLines - kGaps) return;
    taken_[index] = true;
    bytes_ += bytes;
    ++count_;
  }
  // Backwards from `last` to `first`.
  void TakeBack(std::size_t first, std::size_t last) {
    for (std::size_t i = std::min(last + 1, lines_.size()); i-- > first;) Take(i);
  }
  std::string Text() const {
    std::string out;
    std::size_t skipped = 0;
    bool begun = false;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (!taken_[i]) {
        ++skipped;
        continue;
      }
      if (begun && skipped > 0) out += "[... " + std::to_string(skipped) + (skipped == 1 ? " line ...]\n" : " lines ...]\n");
      out += lines_[i] + "\n";
      skipped = 0;
      begun = true;
    }
    return out;
  }

 private:
  const Lines& lines_;
  std::vector<bool> taken_;
  std::size_t bytes_ = 0, count_ = 0;
};

std::string ExcerptOf(const Lines& lines, const Traceback& trace) {
  constexpr std::size_t kBefore = 3, kAfter = 5, kAround = 3, kBelow = 12;
  Excerpt excerpt(lines);
  if (excerpt.TakeAll()) return excerpt.Text();
  excerpt.Take(trace.error_at);
  excerpt.Take(trace.first);
  if (trace.frame) {
    for (std::size_t i = trace.frame->at - std::min(trace.frame->at, std::size_t{1}); i < trace.frame->at + kAround; ++i) excerpt.Take(i);
  }
  for (std::size_t i = trace.error_at; i < trace.error_at + kBelow; ++i) excerpt.Take(i);
  excerpt.TakeBack(lines.size() - std::min(lines.size(), kAfter), lines.size() - 1);
  excerpt.TakeBack(trace.first - std::min(trace.first, kBefore), trace.first);
  excerpt.TakeBack(trace.first, trace.last);
  return excerpt.Text();
}

std::string ExcerptOfText(const Lines& lines) {
  Excerpt excerpt(lines);
  if (lines.size() <= kLinesOfText && excerpt.TakeAll()) return excerpt.Text();
  excerpt.TakeBack(lines.size() - std::min(lines.size(), kLinesOfText), lines.size() - 1);
  return excerpt.Text();
}

std::string FrameText(const Traceback::Frame& frame) {
  const std::string place = frame.file + (frame.line.empty() ? "" : ":" + frame.line);
  return frame.function.empty() ? place : frame.function + " at " + place;
}

std::string FingerprintOf(std::initializer_list<std::string_view> fields) {
  Fnv1a<std::uint64_t> hash;
  for (const std::string_view field : fields) hash.Field(field);
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash.Value()));
  return text;
}

std::string ErrorOf(const std::string& line, const Redactor& redactor) {
  return std::string(Beginning(Normalised(redactor.Redact(Trimmed(line))), kErrorBytes));
}

}  // namespace

FailureReading ReadFailure(std::string_view reason, std::string_view text, const Redactor& redactor) {
  Lines lines = LogLines(redactor.Redact(ToldText(CleanLog(text))));
  while (!lines.empty() && (lines.back().empty() || lines.back() == kLogCut)) lines.pop_back();
  FailureReading reading;
  if (lines.empty()) {
    reading.error = ErrorOf(std::string(reason), redactor);
    reading.fingerprint = FingerprintOf({reading.kind, reason, reading.error});
    return reading;
  }
  const auto [name, trace] = Find(lines);
  reading.excerpt = redactor.Redact(name.empty() ? ExcerptOfText(lines) : ExcerptOf(lines, trace));
  reading.error = ErrorOf(trace.error.empty() ? lines.back() : trace.error, redactor);
  if (name.empty()) {
    reading.fingerprint = FingerprintOf({reading.kind, reason, reading.error});
    return reading;
  }
  reading.kind = name;
  const Traceback::Frame frame = trace.frame.value_or(Traceback::Frame{});
  if (trace.frame) reading.frame = redactor.Redact(WithoutControls(FrameText(frame)));
  reading.fingerprint = FingerprintOf({name, reading.error, Normalised(frame.file), Normalised(frame.function)});
  return reading;
}

}  // namespace batchslo
