// Five fields of the family of cron: robfig/cron v3.0.1 ParseStandard for Kubernetes and Argo, Debian's cron 3.0pl1 for
// Vixie and, with the same syntax, for Cloud Scheduler and our own deadlines.
#include <algorithm>
#include <iterator>

#include "exporter/core/cron_dialects.h"
#include "exporter/core/cron_every.h"
#include "exporter/core/cron_fields.h"

namespace batchslo {

using namespace cron;

namespace {

constexpr Macro kMacros[] = {{"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"}, {"@weekly", "0 0 * * 0"},
                             {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@hourly", "0 * * * *"}};
constexpr std::string_view kKnownMacros = "known are @yearly @annually @monthly @weekly @daily @midnight @hourly";

enum class Family { kRobfig, kVixie };

// Go's strings.Fields, which robfig splits with, knows the blanks of Unicode too.
std::string PlainBlanks(std::string_view from) {
  static constexpr std::string_view kBlanks[] = {
      "\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005",
      "\u2006", "\u2007", "\u2008", "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};
  std::string text(from);
  for (const std::string_view blank : kBlanks) {
    for (auto at = text.find(blank); at != std::string::npos; at = text.find(blank, at)) text.replace(at, blank.size(), " ");
  }
  return text;
}

// robfig's numbers may have a plus sign.
std::string_view WithoutPlus(std::string_view text) {
  return text.size() > 1 && text[0] == '+' && text[1] != '-' ? text.substr(1) : text;
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

Result<Field> ReadField(std::string_view text, const FieldKind& kind, Family family) {
  const bool robfig = family == Family::kRobfig;
  Field field;
  for (const std::string_view item : Split(text, ",")) {
    if (item.empty() && robfig) continue;
    const auto range = robfig ? ReadRobfigRange(item, kind) : ReadVixieRange(item, kind);
    if (!range) return range.GetError();
    field.bits |= BitsOf(*range);
    field.star = field.star || (robfig && range->star);
  }
  if (!robfig) field.star = text.starts_with('*');
  return field;
}

Error NoFields(std::string_view expression, std::size_t count) {
  Error error = WrongCount(expression, "five fields (minute, hour, day of month, month, day of week)", count);
  if (count == 6) error.message += "; a field of seconds or years belongs to other dialects";
  return error;
}

// A line, and which of its fields are wildcards.
struct FiveFields {
  CronLine line;
  bool wild_minute, wild_hour;
};

Result<FiveFields> ReadFields(std::string_view text, Family family, const Zone& zone) {
  const auto words = Words(text);
  if (words.size() != 5) return NoFields(text, words.size());
  const FieldKind* kinds[] = {&kMinuteField, &kHourField, &kDomField, &kMonthField, family == Family::kRobfig ? &kDowField : &kDow7Field};
  Field fields[5];
  for (std::size_t i = 0; i < 5; ++i) {
    const auto field = ReadField(words[i], *kinds[i], family);
    if (!field) return field.GetError();
    fields[i] = *field;
  }
  CronLine line;
  line.minutes = fields[0].bits;
  line.hours = static_cast<std::uint32_t>(fields[1].bits);
  line.doms = static_cast<std::uint32_t>(fields[2].bits);
  line.months = static_cast<std::uint32_t>(fields[3].bits);
  line.dows = static_cast<std::uint32_t>((fields[4].bits | fields[4].bits >> 7) & 0x7f);
  line.both_days = fields[2].star || fields[4].star;
  line.zone = zone;
  return FiveFields{line, fields[0].star, fields[1].star};
}

const Macro* FindMacro(std::string_view name) {
  const auto* const macro = std::find_if(std::begin(kMacros), std::end(kMacros), [&](const Macro& m) { return m.name == name; });
  return macro == std::end(kMacros) ? nullptr : macro;
}

Error NoReboot() { return {"@reboot names no time at which the job is due, so nothing can be owed by it"}; }
Error NoText() { return {"the schedule is empty; write five fields like \"0 10 * * *\""}; }

// Blanks around a macro are no part of it, and robfig takes it only as it is.
Result<CronText> ReadRobfig(std::string_view text, const Zone& zone) {
  static constexpr std::string_view kEvery = "@every ";
  if (text == "@every" || text.starts_with(kEvery)) {
    const auto every = text.size() > kEvery.size() ? ParseEvery(text.substr(kEvery.size())) : std::nullopt;
    if (!every) return Error{Quoted(text) + ": @every wants one duration, like @every 1h30m or @every 90s"};
    return CronText{{}, every};
  }
  if (text == "@reboot") return NoReboot();
  const Macro* const macro = FindMacro(text);
  if (text.starts_with('@') && !macro) {
    return Error{Quoted(text) + ": unknown macro; " + std::string(kKnownMacros) + " and @every DURATION, in lower case and without blanks around"};
  }
  const auto read = ReadFields(macro ? std::string(macro->fields) : PlainBlanks(text), Family::kRobfig, zone);
  if (!read) return read.GetError();
  return CronText{{read->line}, {}};
}

Result<FiveFields> ReadVixie(std::string_view text, const Zone& zone) {
  const auto words = Words(text);
  if (words.empty()) return NoText();
  if (!words[0].starts_with('@')) return ReadFields(text, Family::kVixie, zone);
  if (words.size() == 1 && words[0] == "@reboot") return NoReboot();
  const Macro* const macro = words.size() == 1 ? FindMacro(words[0]) : nullptr;
  if (!macro) return Error{Quoted(text) + ": unknown macro; " + std::string(kKnownMacros)};
  return ReadFields(macro->fields, Family::kVixie, zone);
}

bool NamesZone(std::string_view text) { return text.starts_with("TZ=") || text.starts_with("CRON_TZ="); }

Error NoZone(std::string_view text, std::string_view instead) {
  return {Quoted(text) + ": a zone inside the schedule is not allowed; use " + std::string(instead) + " instead"};
}

}  // namespace

Result<CronText> ParseKubernetes(std::string_view text, const CronContext& context) {
  if (NamesZone(text)) return NoZone(text, "timeZone");
  return Words(text).empty() ? NoText() : ReadRobfig(text, context.zone);
}

// A CronWorkflow with a timezone gives it to the parser before the schedule; without, the schedule may name one.
Result<CronText> ParseArgo(std::string_view text, const CronContext& context) {
  CronText all;
  for (std::string_view line : Split(text, "\n")) {
    if (Words(line).empty()) continue;
    Zone zone = context.zone;
    if (NamesZone(line)) {
      const std::size_t begin = line.find('=') + 1, end = std::min(line.find(' '), line.size());
      const auto found = Zone::Find(end > begin ? line.substr(begin, end - begin) : "");
      if (!found) return Error{Quoted(line) + ": " + found.Message()};
      zone = *found;
      line.remove_prefix(std::min(line.find_first_not_of(" \t", end), line.size()));
    }
    auto read = ReadRobfig(line, zone);
    if (!read) return read.GetError();
    if (all.every || (read->every && !all.lines.empty())) return Error{Quoted(text) + ": @every can't be one of several schedules here"};
    all.every = read->every;
    all.lines.insert(all.lines.end(), read->lines.begin(), read->lines.end());
  }
  if (all.lines.empty() && !all.every) return NoText();
  return all;
}

Result<CronText> ParseVixie(std::string_view text, const CronContext& context) {
  if (NamesZone(text)) return NoZone(text, "the zone of the schedule");
  auto read = ReadVixie(text, context.zone);
  if (!read) return read.GetError();
  const bool by_clock = read->wild_minute || read->wild_hour;
  read->line.gap = by_clock ? Gap::kHides : Gap::kDefers;
  read->line.overlap = by_clock ? Overlap::kRepeats : Overlap::kFirst;
  read->line.longest_change = hours{3};
  return CronText{{read->line}, {}};
}

Result<CronText> ParseDeadlines(std::string_view text, const CronContext& context) {
  if (NamesZone(text)) return NoZone(text, "timezone");
  auto read = ReadVixie(text, context.zone);
  if (!read) return read.GetError();
  read->line.gap = Gap::kDefers;
  read->line.overlap = read->wild_hour ? Overlap::kRepeats : Overlap::kFirst;
  return CronText{{read->line}, {}};
}

// What runs in an overlap, once or twice, its documentation leaves open: only the first is owed.
Result<CronText> ParseGcp(std::string_view text, const CronContext& context) {
  const auto words = Words(text);
  if (words.empty()) return NoText();
  if (Lower(words[0]) == "every" || words[0].find(':') != std::string_view::npos || Lower(text).find(" of ") != std::string::npos) {
    return Error{Quoted(text) + ": the English form of App Engine is not read here; write the five fields, like */5 * * * * for every 5 minutes"};
  }
  if (words[0].starts_with('@')) return Error{Quoted(text) + ": Cloud Scheduler has no macros; write the five fields"};
  auto read = ReadFields(text, Family::kVixie, context.zone);
  if (!read) return read.GetError();
  read->line.overlap = Overlap::kFirst;
  return CronText{{read->line}, {}};
}

}  // namespace batchslo
