// Tested by tests/sources/files_pattern_test.cc.
#include "exporter/sources/files_pattern.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace batchslo {
namespace {

constexpr std::string_view kFields = "YmdH";
constexpr std::array<std::string_view, 4> kDigits = {"([0-9]{4})", "([0-9]{2})", "([0-9]{2})", "([0-9]{2})"};
constexpr std::array<int, 4> kLeast = {0, 1, 1, 0}, kMost = {9999, 12, 31, 23};

// There is no 31 February.
bool IsDay(int year, int month, int day) { return (std::chrono::year{year} / month / day).ok(); }

// One name of the path on its way to a step.
class StepReader {
 public:
  explicit StepReader(std::string_view text) : text_(text) {}

  Result<PatternStep> Read() {
    while (at_ < text_.size() && fault_.empty()) ReadOne();
    if (!fault_.empty()) return Error{fault_};
    if (!step_.has_wildcard && step_.fields.empty()) return step_;
    RE2::Options options;
    options.set_log_errors(false);
    auto names = std::make_shared<const RE2>(expression_, options);
    if (!names->ok()) return Error{"\"" + std::string(text_) + "\" holds a set that is none; write one like [a-z]"};
    step_.kind = PatternStep::Kind::kGlob;
    step_.names = std::move(names);
    step_.takes_temporary = IsTemporaryName(text_);
    return step_;
  }

 private:
  void ReadOne() {
    const char c = text_[at_++];
    if (c == '*') return AddWildcard("\\C*");  // any bytes: a name need not be UTF-8
    if (c == '?') return AddWildcard("(?s:.)");
    if (c == '[') return ReadSet();
    if (c == '%') return ReadField();
    if (c == '{' || c == '}') return Fault("alternatives in braces are not known; write [{] for a brace itself");
    if (c == '\\') return Fault("a backslash is not known; write [*] for a star itself");
    AddLiteral(c);
  }

  void Fault(std::string what) { fault_ = std::move(what); }
  void AddWildcard(std::string_view expression) {
    expression_ += expression;
    step_.has_wildcard = true;
  }
  void AddLiteral(char c) {
    expression_ += RE2::QuoteMeta(std::string(1, c));
    step_.name += c;
  }

  // "[a-z]", "[!a-z]"; a bracket that comes first is one of the set.
  void ReadSet() {
    const bool is_negative = at_ < text_.size() && (text_[at_] == '!' || text_[at_] == '^');
    const std::size_t from = at_ + (is_negative ? 1 : 0);
    const std::size_t end = from < text_.size() ? text_.find(']', from + 1) : std::string_view::npos;
    if (end == std::string_view::npos) return Fault("a [ has no ]; write [[] for a bracket itself");
    if (text_.substr(from, end - from).find("[:") != std::string_view::npos)
      return Fault("[: :] is not known; write the characters, like [a-z]");
    std::string set = is_negative ? "[^" : "[";
    for (const char c : text_.substr(from, end - from)) {
      if (c == '[' || c == ']' || c == '\\' || c == '^') set += '\\';
      set += c;
    }
    AddWildcard(set + "]");
    at_ = end + 1;
  }

  void ReadField() {
    const char c = at_ < text_.size() ? text_[at_++] : ' ';
    if (c == '%') return AddLiteral('%');
    const std::size_t field = kFields.find(c);
    if (field == std::string_view::npos)
      return Fault("the date fields are %Y, %m, %d and %H; write %% for a percent sign");
    expression_ += kDigits[field];
    step_.fields.push_back(field);
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  PatternStep step_;
  std::string expression_, fault_;
};

Result<PatternStep> ReadStep(std::string_view text) {
  if (text.empty())
    return Error{"it has an empty name; it begins below the root, and ends with the name of files, as in exports/*"};
  if (text == "." || text == "..")
    return Error{"\"" + std::string(text) + "\" may not stand in it: it begins at the root, and stays below"};
  if (text != "**") return StepReader(text).Read();
  PatternStep step;
  step.kind = PatternStep::Kind::kDirectories;
  return step;
}

// The newest date is looked for name by name, so a name may only add to what the names before it say.
bool IsDateInOrder(const std::vector<PatternStep>& steps) {
  std::array<bool, 4> known{};
  for (const PatternStep& step : steps) {
    for (const std::size_t field : step.fields) known[field] = true;
    if (!std::is_sorted(known.rbegin(), known.rend())) return false;
  }
  return true;
}

}  // namespace

bool PatternStep::Matches(const std::string& found, DateParts& date) const {
  if (!takes_temporary && IsTemporaryName(found)) return false;
  std::vector<re2::StringPiece> texts(fields.size());
  std::vector<RE2::Arg> groups;
  groups.reserve(fields.size());
  for (auto& text : texts) groups.emplace_back(&text);
  std::vector<const RE2::Arg*> into;
  into.reserve(fields.size());
  for (const auto& group : groups) into.push_back(&group);
  if (!RE2::FullMatchN(found, *names, into.data(), static_cast<int>(into.size()))) return false;
  std::array<int, 4> said{-1, -1, -1, -1};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    int value = 0;
    std::from_chars(texts[i].data(), texts[i].data() + texts[i].size(), value);
    int& field = said[fields[i]];
    if (value < kLeast[fields[i]] || value > kMost[fields[i]] || (field >= 0 && field != value)) return false;
    field = value;
  }
  for (std::size_t field = 0; field < said.size(); ++field) {
    if (said[field] < 0) continue;
    if (field == date.size()) date.push_back(said[field]);
    if (date[field] != said[field]) return false;
  }
  return date.size() < 3 || IsDay(date[0], date[1], date[2]);
}

Result<FilePattern> ParseFilePattern(std::string_view text) {
  FilePattern pattern;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t slash = std::min(text.find('/', from), text.size());
    auto step = ReadStep(text.substr(from, slash - from));
    if (!step) return step.GetError();
    pattern.steps.push_back(std::move(step).Value());
    from = slash + 1;
  }
  using Kind = PatternStep::Kind;
  const auto& steps = pattern.steps;
  const auto is_kind = [](Kind kind) { return [kind](const PatternStep& step) { return step.kind == kind; }; };
  if (steps.back().kind == Kind::kDirectories)
    return Error{"it ends with **, which stands for directories; write **/* for all files"};
  if (std::count_if(steps.begin(), steps.end(), is_kind(Kind::kDirectories)) > 1)
    return Error{"** may stand in it once"};
  if (!IsDateInOrder(steps))
    return Error{"a date goes from the year down: %Y before %m before %d before %H, none left out"};
  const auto glob = std::find_if_not(steps.begin(), steps.end(), is_kind(Kind::kName));
  pattern.leading_names = static_cast<std::size_t>(glob - steps.begin());
  pattern.has_date =
      std::any_of(steps.begin(), steps.end(), [](const PatternStep& step) { return !step.fields.empty(); });
  return pattern;
}

bool IsTemporaryName(std::string_view name) {
  return name.starts_with('.') || name == "_temporary" || name.starts_with("_started_") || name.ends_with(".tmp") ||
         name.ends_with(".crc") || name.ends_with("._COPYING_");
}

}  // namespace batchslo
