// EventBridge, its Scheduler, and Glue: cron(minute hour day-of-month month day-of-week year), UTC unless a zone is
// given, and rate(value unit).
#include <algorithm>
#include <charconv>

#include "exporter/core/cron_dialects.h"
#include "exporter/core/cron_fields.h"

namespace batchslo {

using namespace cron;

namespace {

constexpr std::string_view kDays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr FieldKind kDow1Field{"day of week", 1, 7, kDays, 1};  // 1 is Sunday
constexpr FieldKind kYearField{"year", CronExtra::kFirstYear, CronExtra::kLastYear};

struct Reader {
  CronLine line;
  CronExtra extra;

  Result<Range> ReadRange(std::string_view item, const FieldKind& kind) const {
    const auto parts = Split(item, "/");
    const auto ends = Split(parts[0], "-");
    if (parts.size() > 2) return Bad(kind, item, "more than one /");
    if (ends.size() > 2) return Bad(kind, item, "more than one -");
    const bool star = parts[0] == "*";
    const auto from = star ? kind.low : FindNumber(ends[0], kind), to = star ? kind.high : FindNumber(ends.back(), kind);
    const auto step = parts.size() == 2 ? FindNumber(parts[1], FieldKind{kind.name, 0, 0}) : std::int64_t{1};
    if (!from || !to || !step) return Bad(kind, item, "expected " + Allowed(kind));
    const bool to_end = parts.size() == 2 && ends.size() == 1;
    return CheckRange({*from, to_end ? kind.high : *to, *step, star}, kind, item);
  }

  Result<std::uint64_t> ReadSet(std::string_view text, const FieldKind& kind) const {
    std::uint64_t bits = 0;
    for (const std::string_view item : Split(text, ",")) {
      const auto range = ReadRange(item, kind);
      if (!range) return range.GetError();
      bits |= BitsOf(*range);
    }
    return bits;
  }

  Result<void> ReadDom(std::string_view text) {
    const std::string upper = Lower(text);
    if (upper == "?") return line.doms = ~1u, Result<void>();
    if (upper == "l") return extra.from_end = 1u << 1, Result<void>();
    if (upper == "lw") return extra.nearest_weekdays = 1, Result<void>();
    if (upper.ends_with('w')) {
      const auto day = FindNumber(text.substr(0, text.size() - 1), kDomField);
      if (!day || *day < 1 || *day > 31) return Bad(kDomField, text, "W wants one day before it, like 15W, or L");
      return extra.nearest_weekdays = 1u << *day, Result<void>();
    }
    const auto bits = ReadSet(text, kDomField);
    if (!bits) return bits.GetError();
    line.doms = static_cast<std::uint32_t>(*bits);
    return {};
  }

  Result<void> ReadDow(std::string_view text) {
    if (text == "?") return line.dows = 0x7f, Result<void>();
    if (Lower(text) == "l") return line.dows = 1u << 6, Result<void>();  // the last day of the week
    const std::size_t sharp = text.find('#');
    const bool is_last = sharp == std::string_view::npos && text.size() > 1 && (text.back() == 'L' || text.back() == 'l');
    if (sharp != std::string_view::npos || is_last) {
      const auto day = FindNumber(text.substr(0, is_last ? text.size() - 1 : sharp), kDow1Field);
      const auto week = is_last ? std::int64_t{CronExtra::kLastWeek} : FindNumber(text.substr(sharp + 1), FieldKind{"", 1, 5});
      if (!day || *day < 1 || *day > 7 || !week || *week < 1 || (!is_last && *week > 5)) {
        return Bad(kDow1Field, text, "expected one day and a week, like 3#2, or the last one, like 6L");
      }
      return extra.weeks = std::uint64_t{1} << (8 * *week + *day - 1), Result<void>();
    }
    const auto bits = ReadSet(text, kDow1Field);
    if (!bits) return bits.GetError();
    line.dows = static_cast<std::uint32_t>(*bits >> 1);
    return {};
  }

  Result<void> ReadYears(std::string_view text) {
    for (const std::string_view item : Split(text, ",")) {
      const auto range = ReadRange(item, kYearField);
      if (!range) return range.GetError();
      for (std::int64_t year = range->from; year <= range->to; year += std::min<std::int64_t>(range->step, 1000)) extra.AllowYear(static_cast<int>(year));
    }
    return {};
  }
};

Result<CronText> ReadCron(std::string_view text, std::string_view inside, const Zone& zone) {
  const auto words = Words(inside);
  if (words.size() != 6) return WrongCount(text, "six fields (minute, hour, day of month, month, day of week, year)", words.size());
  if ((words[2] == "?") == (words[4] == "?")) {
    return Error{Quoted(text) + ": one of day of month and day of week must be ?, and only one"};
  }
  Reader reader;
  const auto minutes = reader.ReadSet(words[0], kMinuteField), hours = reader.ReadSet(words[1], kHourField), months = reader.ReadSet(words[3], kMonthField);
  for (const auto* const set : {&minutes, &hours, &months}) {
    if (!*set) return set->GetError();
  }
  for (const auto& read : {reader.ReadDom(words[2]), reader.ReadDow(words[4]), reader.ReadYears(words[5])}) {
    if (!read) return read.GetError();
  }
  CronLine& line = reader.line;
  line.minutes = *minutes;
  line.hours = static_cast<std::uint32_t>(*hours);
  line.months = static_cast<std::uint32_t>(*months);
  line.both_days = true;
  line.overlap = Overlap::kFirst;
  line.horizon = 50;
  line.zone = zone;
  const bool plain = words[5] == "*" && reader.extra.from_end == 0 && reader.extra.nearest_weekdays == 0 && reader.extra.weeks == 0;
  if (!plain) line.extra = std::make_shared<const CronExtra>(reader.extra);
  return CronText{{line}, {}};
}

Result<CronText> ReadRate(std::string_view text, std::string_view inside) {
  constexpr std::pair<std::string_view, Duration> kUnits[] = {{"minute", minutes{1}}, {"hour", hours{1}}, {"day", days{1}}};
  const auto words = Words(inside);
  const auto value = words.empty() ? std::nullopt : FindNumber(words[0], FieldKind{"", 0, 0});
  if (words.size() == 2 && value && *value > 0 && *value <= 100'000'000) {
    for (const auto& [name, unit] : kUnits) {
      if (words[1] == name || words[1] == std::string(name) + "s") return CronText{{}, unit * *value};
    }
  }
  return Error{Quoted(text) + ": rate wants a number and minute(s), hour(s) or day(s), like rate(5 minutes)"};
}

}  // namespace

Result<CronText> ParseEventBridge(std::string_view text, const CronContext& context) {
  const auto lines = Lines(text);
  const std::string_view one = lines.size() == 1 ? lines[0] : text;
  const std::size_t open = one.find('(');
  if (open != std::string_view::npos && one.ends_with(')')) {
    const std::string_view name = one.substr(0, open), inside = one.substr(open + 1, one.size() - open - 2);
    if (name == "cron") return ReadCron(one, inside, context.zone);
    if (name == "rate") return ReadRate(one, inside);
    if (name == "at") return Error{Quoted(one) + ": a schedule that runs once has no next time, so nothing can be owed by it"};
  }
  return Error{Quoted(one) + ": expected cron(minute hour day-of-month month day-of-week year) or rate(value unit)"};
}

}  // namespace batchslo
