// Reads cron expressions as each scheduler does: robfig/cron v3.0.1 ParseStandard for Kubernetes, Debian's cron 3.0pl1
// for Vixie and, with the same syntax, for our own deadlines.
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <span>

#include "exporter/core/cron.h"
#include "exporter/core/cron_every.h"

namespace batchslo {
namespace {

using Names = std::span<const std::string_view>;
constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kDays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct FieldKind {
  std::string_view name;
  int low, high;
  Names names = {};
  int first_name = 0;
};
constexpr FieldKind kMinute{"minute", 0, 59}, kHour{"hour", 0, 23}, kDom{"day of month", 1, 31};
constexpr FieldKind kMonth{"month", 1, 12, kMonths, 1}, kDow{"day of week", 0, 6, kDays, 0}, kDow7{"day of week", 0, 7, kDays, 0};

struct Macro {
  std::string_view name, fields;
};
constexpr Macro kMacros[] = {{"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"}, {"@weekly", "0 0 * * 0"},
                             {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@hourly", "0 * * * *"}};

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::vector<std::string_view> Split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::vector<std::string_view> Words(std::string_view text) {
  auto words = Split(text, " \t\n\v\f\r");
  std::erase(words, std::string_view{});
  return words;
}

// Go's strings.Fields, which robfig splits with, knows the blanks of Unicode too.
std::string PlainBlanks(std::string text) {
  static constexpr std::string_view kBlanks[] = {
      "\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005",
      "\u2006", "\u2007", "\u2008", "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};
  for (const std::string_view blank : kBlanks) {
    for (auto at = text.find(blank); at != std::string::npos; at = text.find(blank, at)) text.replace(at, blank.size(), " ");
  }
  return text;
}

std::string Quoted(std::string_view text) { return "\"" + std::string(text.substr(0, 100)) + "\""; }

Error Bad(const FieldKind& kind, std::string_view item, const std::string& why) {
  return {std::string(kind.name) + " " + Quoted(item) + ": " + why};
}

std::string Allowed(const FieldKind& kind) {
  std::string text = std::to_string(kind.low) + " to " + std::to_string(kind.high);
  if (!kind.names.empty()) text += " or " + std::string(kind.names.front()) + " to " + std::string(kind.names.back());
  return text;
}

Result<std::int64_t> ReadNumber(std::string_view text, const FieldKind& kind, std::string_view item) {
  const auto name = std::find(kind.names.begin(), kind.names.end(), Lower(text));
  if (name != kind.names.end()) return name - kind.names.begin() + kind.first_name;
  std::int64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size() || value < 0) {
    std::string hint = "expected " + Allowed(kind);
    if (text.find_first_of("LW#") != std::string_view::npos) hint += " (L, W and # belong to other dialects: eventbridge, quartz)";
    if (text.starts_with("H")) hint += " (H belongs to the jenkins dialect)";
    if (text.find('~') != std::string_view::npos) hint += " (random ranges with ~ are not known here)";
    return Bad(kind, item, hint);
  }
  return value;
}

// robfig's numbers may have a plus sign.
std::string_view WithoutPlus(std::string_view text) {
  return text.size() > 1 && text[0] == '+' && text[1] != '-' ? text.substr(1) : text;
}

struct Range {
  std::int64_t from = 0, to = 0, step = 1;
  bool star = false;
};

Result<Range> CheckRange(const Range& range, const FieldKind& kind, std::string_view item) {
  const std::string allowed = "allowed are " + Allowed(kind);
  if (range.from < kind.low || range.to > kind.high) {
    const bool seven = kind.high == 6 && range.to == 7;
    return Bad(kind, item, allowed + (seven ? " (Kubernetes wants 0 for Sunday, not 7)" : ""));
  }
  if (range.from > range.to) return Bad(kind, item, "the range runs backwards");
  if (range.step == 0) return Bad(kind, item, "a step of 0 never moves");
  return range;
}

// robfig's getRange: number | number "-" number | "*" | "?", each with an optional "/" step.
Result<Range> ReadRobfigRange(std::string_view item, const FieldKind& kind) {
  const auto parts = Split(item, "/");
  const auto ends = Split(parts[0], "-");
  if (parts.size() > 2) return Bad(kind, item, "more than one /");
  Range range;
  if (ends[0] == "*" || ends[0] == "?") {
    range = {kind.low, kind.high, 1, true};
  } else {
    if (ends.size() > 2) return Bad(kind, item, "more than one -");
    const auto from = ReadNumber(WithoutPlus(ends[0]), kind, item);
    if (!from) return from.GetError();
    range.from = range.to = *from;
    if (ends.size() == 2) {
      const auto to = ReadNumber(WithoutPlus(ends[1]), kind, item);
      if (!to) return to.GetError();
      range.to = *to;
    }
  }
  if (parts.size() == 2) {
    const auto step = ReadNumber(WithoutPlus(parts[1]), FieldKind{kind.name, 1, kind.high}, item);
    if (!step) return step.GetError();
    range.step = *step;
    if (ends.size() == 1 && !range.star) range.to = kind.high;
    if (range.step > 1) range.star = false;
  }
  return CheckRange(range, kind, item);
}

// Debian's get_range: "*" | number | number "-" number, a step only after a range or "*".
Result<Range> ReadVixieRange(std::string_view item, const FieldKind& kind) {
  const auto parts = Split(item, "/");
  const auto ends = Split(parts[0], "-");
  if (parts.size() > 2) return Bad(kind, item, "more than one /");
  if (ends.size() > 2) return Bad(kind, item, "more than one -");
  Range range;
  if (parts[0] == "*") {
    range = {kind.low, kind.high, 1, true};
  } else {
    const auto from = ReadNumber(ends[0], kind, item);
    const auto to = ReadNumber(ends.back(), kind, item);
    if (!from) return from.GetError();
    if (!to) return to.GetError();
    range = {*from, *to, 1, false};
  }
  if (parts.size() == 2) {
    if (!range.star && ends.size() == 1) return Bad(kind, item, "a step wants a range before it, like 5-59/10 or */10");
    const auto step = ReadNumber(parts[1], FieldKind{kind.name, 1, kind.high}, item);
    if (!step) return step.GetError();
    range.step = *step;
  }
  return CheckRange(range, kind, item);
}

struct Field {
  std::uint64_t bits = 0;
  bool star = false;
};

Result<Field> ReadField(std::string_view text, const FieldKind& kind, Dialect dialect) {
  const bool robfig = dialect == Dialect::kKubernetes;
  Field field;
  for (const std::string_view item : Split(text, ",")) {
    if (item.empty() && robfig) continue;
    const auto range = robfig ? ReadRobfigRange(item, kind) : ReadVixieRange(item, kind);
    if (!range) return range.GetError();
    const std::int64_t step = std::min<std::int64_t>(range->step, 60);
    for (std::int64_t value = range->from; value <= range->to; value += step) field.bits |= std::uint64_t{1} << value;
    field.star = field.star || (robfig && range->star);
  }
  if (!robfig) field.star = text.starts_with('*');
  return field;
}

Error NoFields(std::string_view expression, std::size_t count) {
  std::string why = "expected five fields (minute, hour, day of month, month, day of week), got " + std::to_string(count);
  if (count == 6) why += "; a field of seconds or years belongs to other dialects";
  return {Quoted(expression) + ": " + why};
}

}  // namespace

// Fills a Schedule from text; it alone may set its fields.
class CronReader {
 public:
  CronReader(std::string_view expression, Dialect dialect, Zone zone) {
    schedule_.expression_ = expression;
    schedule_.dialect_ = dialect;
    schedule_.zone_ = std::move(zone);
  }

  Result<Schedule> Read() {
    const std::string& text = schedule_.expression_;
    if (text.starts_with("TZ=") || text.starts_with("CRON_TZ=")) {
      return Error{Quoted(text) + ": a zone inside the schedule is not allowed; use timeZone instead"};
    }
    if (Words(text).empty()) return Error{"the schedule is empty; write five fields like \"0 10 * * *\""};
    if (schedule_.dialect_ == Dialect::kKubernetes) return text.starts_with('@') ? ReadRobfigMacro(text) : ReadFields(PlainBlanks(text));
    const std::string_view first = Words(text)[0];
    return first.starts_with('@') ? ReadMacro(Words(text).size() == 1 ? first : text) : ReadFields(text);
  }

 private:
  // Blanks around a macro are no part of it, and robfig takes it only as it is.
  Result<Schedule> ReadRobfigMacro(std::string_view text) {
    static constexpr std::string_view kEvery = "@every ";
    if (text == "@every" || text.starts_with(kEvery)) {
      const auto every = text.size() > kEvery.size() ? ParseEvery(text.substr(kEvery.size())) : std::nullopt;
      if (!every) return Error{Quoted(text) + ": @every wants one duration, like @every 1h30m or @every 90s"};
      schedule_.every_ = *every;
      return schedule_;
    }
    return ReadMacro(text);
  }

  Result<Schedule> ReadMacro(std::string_view text) {
    if (text == "@reboot") return Error{"@reboot names no time at which the job is due, so nothing can be owed by it"};
    for (const Macro& macro : kMacros) {
      if (text == macro.name) return ReadFields(macro.fields);
    }
    const bool robfig = schedule_.dialect_ == Dialect::kKubernetes;
    return Error{Quoted(text) + ": unknown macro; known are @yearly @annually @monthly @weekly @daily @midnight @hourly" +
                 (robfig ? " and @every DURATION, in lower case and without blanks around" : "")};
  }

  Result<Schedule> ReadFields(std::string_view text) {
    const auto words = Words(text);
    if (words.size() != 5) return NoFields(text, words.size());
    const bool robfig = schedule_.dialect_ == Dialect::kKubernetes;
    const FieldKind* kinds[] = {&kMinute, &kHour, &kDom, &kMonth, robfig ? &kDow : &kDow7};
    Field fields[5];
    for (std::size_t i = 0; i < 5; ++i) {
      const auto field = ReadField(words[i], *kinds[i], schedule_.dialect_);
      if (!field) return field.GetError();
      fields[i] = *field;
    }
    auto& out = schedule_.fields_;
    out.minutes = fields[0].bits;
    out.hours = static_cast<std::uint32_t>(fields[1].bits);
    out.doms = static_cast<std::uint32_t>(fields[2].bits);
    out.months = static_cast<std::uint32_t>(fields[3].bits);
    out.dows = static_cast<std::uint32_t>((fields[4].bits | fields[4].bits >> 7) & 0x7f);
    out.both_days = fields[2].star || fields[4].star;
    const bool vixie = schedule_.dialect_ == Dialect::kVixie;
    const bool wildcard = fields[1].star || (vixie && fields[0].star);
    out.gap = robfig || (vixie && wildcard) ? Schedule::Gap::kHides : Schedule::Gap::kDefers;
    out.overlap = robfig || wildcard ? Schedule::Overlap::kRepeats : Schedule::Overlap::kOnce;
    out.longest_change = vixie ? Duration{hours{3}} : Duration::max();
    return schedule_;
  }

  Schedule schedule_;
};

Result<Schedule> Schedule::Parse(std::string_view expression, Dialect dialect, Zone zone) {
  return CronReader(expression, dialect, std::move(zone)).Read();
}

std::string_view DialectName(Dialect dialect) {
  static constexpr std::string_view kNames[] = {"kubernetes", "vixie", "deadline"};
  return kNames[static_cast<std::size_t>(dialect)];
}

Result<Dialect> ParseDialect(std::string_view name) {
  if (name == "kubernetes" || name == "argo") return Dialect::kKubernetes;
  if (name == "vixie") return Dialect::kVixie;
  static constexpr std::string_view kLater[] = {"jenkins", "airflow", "eventbridge", "gcp", "systemd"};
  if (std::find(std::begin(kLater), std::end(kLater), name) != std::end(kLater)) {
    return Error{"this version does not have the cron dialect " + Quoted(name) + " yet; it has kubernetes and vixie"};
  }
  return Error{"unknown cron dialect " + Quoted(name) + "; this version has kubernetes and vixie"};
}

}  // namespace batchslo
