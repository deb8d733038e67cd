// systemd's OnCalendar: "Mon..Fri *-*-1..7 10:00/15:00 Europe/Berlin". Lines are OR-ed, as several OnCalendar= are.
#include <algorithm>
#include <charconv>

#include "exporter/core/cron_dialects.h"
#include "exporter/core/cron_fields.h"

namespace batchslo {

using namespace cron;

namespace {

constexpr Macro kShorthands[] = {{"minutely", "*-*-* *:*:00"},
                                 {"hourly", "*-*-* *:00:00"},
                                 {"daily", "*-*-* 00:00:00"},
                                 {"weekly", "mon *-*-* 00:00:00"},
                                 {"monthly", "*-*-01 00:00:00"},
                                 {"quarterly", "*-01,04,07,10-01 00:00:00"},
                                 {"semiannually", "*-01,07-01 00:00:00"},
                                 {"semi-annually", "*-01,07-01 00:00:00"},
                                 {"biannually", "*-01,07-01 00:00:00"},
                                 {"bi-annually", "*-01,07-01 00:00:00"},
                                 {"annually", "*-01-01 00:00:00"},
                                 {"yearly", "*-01-01 00:00:00"}};
constexpr std::string_view kWeekdays[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
constexpr FieldKind kYearField{"year", CronExtra::kFirstYear, CronExtra::kLastYear};
constexpr FieldKind kFromEndField{"day from the end of the month", 1, 28};

// Reads one line from left to right.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  Result<CronLine> Read() {
    line_.both_days = true;
    line_.overlap = Overlap::kFirst;
    line_.horizon = 50;
    for (const auto step : {&Reader::ReadWeekdays, &Reader::ReadDate, &Reader::ReadTime}) {
      const auto read = (this->*step)();
      if (!read) return read.GetError();
    }
    if (extra_.from_end != 0 || has_years_) {
      if (!has_years_) AllowYears({kYearField.low, kYearField.high, 1, true});
      line_.extra = std::make_shared<const CronExtra>(extra_);
    }
    return line_;
  }

 private:
  std::optional<unsigned> TakeWeekday() {
    for (unsigned day = 0; day < 7; ++day) {
      for (const std::string_view name : {kWeekdays[day], kWeekdays[day].substr(0, 3)}) {
        if (!rest_.starts_with(name)) continue;
        rest_.remove_prefix(name.size());
        return day;
      }
    }
    return std::nullopt;
  }

  bool Take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  void TakeBlanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }
  bool AtEnd() const { return rest_.empty() || rest_[0] == ' '; }

  // Weekdays of a list with ranges; all where there is none. Monday is the first.
  Result<void> ReadWeekdays() {
    unsigned bits = 0;
    for (auto day = TakeWeekday(); day; day = TakeWeekday()) {
      auto last = day;
      if (Take("..") || Take("-")) last = TakeWeekday();
      if (!last || *last < *day) return Error{"a range of weekdays goes forward, from Monday to Sunday, like Mon..Fri"};
      for (unsigned one = *day; one <= *last; ++one) bits |= 1u << (one + 1) % 7;
      if (!Take(",")) break;
      if (AtEnd()) break;
    }
    if (bits != 0 && !AtEnd()) return Error{"weekdays: can't read " + Quoted(rest_)};
    line_.dows = bits == 0 ? 0x7f : bits;
    TakeBlanks();
    return {};
  }

  std::optional<std::int64_t> TakeNumber() {
    std::int64_t value = 0;
    const auto [end, fault] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (fault != std::errc{} || value < 0 || rest_[0] == '-') return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

  // "*" (an empty list), or "5", "1..5", "10/3", "1..9/2", separated by commas. An end of -1 is that of the field.
  struct Component {
    std::int64_t from, to, step;
    auto operator<=>(const Component&) const = default;
  };
  Result<std::vector<Component>> TakeList() {
    std::vector<Component> list;
    if (Take("*")) return list;
    do {
      const auto from = TakeNumber();
      if (!from) return Error{"expected * or numbers at " + Quoted(rest_)};
      Component one{*from, -1, 0};
      if (Take("..")) {
        const auto to = TakeNumber();
        if (!to) return Error{"expected the end of a range at " + Quoted(rest_)};
        one.to = *to;
      }
      if (Take("/")) {
        const auto step = TakeNumber();
        if (!step || *step == 0) return Error{"expected a step of at least 1 at " + Quoted(rest_)};
        one.step = *step;
      }
      list.push_back(one);
    } while (Take(","));
    if (rest_.starts_with('.')) return Error{"fractions of a second are not read here"};
    return list;
  }

  // The values of a list. A step without an end goes towards the end of the month where days are counted from there.
  Result<std::vector<std::int64_t>> Values(std::vector<Component> list, const FieldKind& kind) const {
    const bool down = &kind == &kFromEndField;
    for (Component& one : list) {
      if (&kind == &kSecondField && one.to == one.from && one.step == 0) return Bad(kind, std::to_string(one.to), "a range of one second is written without ..");
      if (one.to >= one.from && one.step > 0) one.to = one.from + (one.to - one.from) / one.step * one.step;
      if (one.to == one.from) one.to = -1, one.step = 0;
    }
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
    std::vector<std::int64_t> values;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto [from, to, step] = list[i];
      const std::string item = std::to_string(from) + (to >= 0 ? ".." + std::to_string(to) : "") + (step > 0 ? "/" + std::to_string(step) : "");
      const std::int64_t high = kind.high - (down ? 3 * static_cast<std::int64_t>(i) : 0);  // each part of a list may reach three days less
      if (to >= 0 && to < from) return Bad(kind, item, "the range runs backwards");
      if (from < kind.low || std::max(from, to) > high) return Bad(kind, item, "allowed are " + std::to_string(kind.low) + " to " + std::to_string(high));
      if (step > 0 && to < 0 && (down ? from - step < kind.low : from + step > kind.high)) return Bad(kind, item, "the step leaves the field at once");
      const std::int64_t each = std::max<std::int64_t>(step, 1), last = to >= 0 ? to : step == 0 ? from : down ? kind.low : kind.high;
      for (std::int64_t value = from; down && to < 0 ? value >= last : value <= last; value += down && to < 0 ? -each : each) values.push_back(value);
    }
    return values;
  }

  Result<std::uint64_t> Bits(const std::vector<Component>& list, const FieldKind& kind) const {
    if (list.empty()) return BitsOf({kind.low, kind.high, 1, true});
    const auto values = Values(list, kind);
    if (!values) return values.GetError();
    std::uint64_t bits = 0;
    for (const std::int64_t value : *values) bits |= std::uint64_t{1} << value;
    return bits;
  }

  void AllowYears(const Range& range) {
    for (std::int64_t year = range.from; year <= range.to; ++year) extra_.AllowYear(static_cast<int>(year));
  }

  Result<void> SetYears(std::vector<Component> list) {
    if (list.empty()) return {};
    for (Component& one : list) {
      for (std::int64_t* year : {&one.from, &one.to}) *year += *year < 0 || *year > 99 ? 0 : *year < 70 ? 2000 : 1900;
    }
    const auto values = Values(list, kYearField);
    if (!values) return values.GetError();
    for (const std::int64_t year : *values) extra_.AllowYear(static_cast<int>(year));
    has_years_ = true;
    return {};
  }

  Result<void> SetDays(const std::vector<Component>& list, bool from_end) {
    if (!from_end || list.empty()) {
      const auto bits = Bits(list, kDomField);
      if (!bits) return bits.GetError();
      line_.doms = static_cast<std::uint32_t>(*bits);
      return {};
    }
    const auto bits = Bits(list, kFromEndField);
    if (!bits) return bits.GetError();
    extra_.from_end = static_cast<std::uint32_t>(*bits);
    return {};
  }

  // "[year-]month-day", with "~" before a day that is counted from the end; every day where there is none.
  Result<void> ReadDate() {
    const std::string_view before = rest_;
    std::vector<std::vector<Component>> parts;
    bool from_end = false;
    for (;;) {
      if (rest_.empty() && parts.empty()) break;
      auto part = TakeList();
      if (!part) return part.GetError();
      parts.push_back(*std::move(part));
      if (parts.size() == 3 || from_end) break;
      if (Take("~")) {
        from_end = true;
      } else if (!Take("-")) {
        break;
      }
    }
    if (parts.size() < 2) {  // it was a time, or nothing
      rest_ = before;
      parts.assign(3, {});
    } else if (!AtEnd()) {
      return Error{"date: can't read " + Quoted(rest_)};
    }
    if (parts.size() == 2) parts.insert(parts.begin(), {{}});
    const auto months = Bits(parts[1], kMonthField);
    if (!months) return months.GetError();
    line_.months = static_cast<std::uint32_t>(*months);
    if (const auto years = SetYears(parts[0]); !years) return years;
    if (const auto days = SetDays(parts[2], from_end); !days) return days;
    TakeBlanks();
    return {};
  }

  // "hour:minute[:second]"; midnight where there is none.
  Result<void> ReadTime() {
    std::vector<std::vector<Component>> parts;
    if (rest_.empty()) parts.assign(3, {{0, -1, 0}});
    while (!rest_.empty() || parts.empty()) {
      auto part = TakeList();
      if (!part) return part.GetError();
      parts.push_back(*std::move(part));
      if (rest_.empty() || parts.size() == 3) break;
      if (!Take(":")) return Error{"time: can't read " + Quoted(rest_)};
      if (rest_.empty()) return Error{"a time is written hour:minute or hour:minute:second"};
    }
    if (parts.size() < 2 || !rest_.empty()) return Error{"a time is written hour:minute or hour:minute:second"};
    if (parts.size() == 2) parts.push_back({{0, -1, 0}});
    const auto hours = Bits(parts[0], kHourField), minutes = Bits(parts[1], kMinuteField), seconds = Bits(parts[2], kSecondField);
    for (const auto* const set : {&hours, &minutes, &seconds}) {
      if (!*set) return set->GetError();
    }
    line_.hours = static_cast<std::uint32_t>(*hours);
    line_.minutes = *minutes;
    line_.seconds = *seconds;
    return {};
  }

  std::string_view rest_;
  CronLine line_;
  CronExtra extra_;
  bool has_years_ = false;
};

Result<CronLine> ReadLine(std::string_view text, Zone zone) {
  std::string_view calendar = text;
  const std::size_t blank = text.rfind(' ');
  if (blank != std::string_view::npos) {
    const std::string_view last = text.substr(blank + 1);
    const bool utc = Lower(last) == "utc";
    const auto found = utc ? Result<Zone>(Zone{}) : last.find_first_of(":*~") == std::string_view::npos ? Zone::Find(last) : Result<Zone>(Error{});
    if (found) {
      zone = *found;
      calendar = text.substr(0, blank);
    } else if (last.find('/') != std::string_view::npos && last.find_first_of("0123456789*~:") == std::string_view::npos) {
      return Error{Quoted(text) + ": " + found.Message()};
    }
  }
  const std::string lower = Lower(calendar);
  const auto* const shorthand = std::find_if(std::begin(kShorthands), std::end(kShorthands), [&](const Macro& m) { return m.name == lower; });
  if (lower.starts_with('@')) return Error{Quoted(text) + ": one instant, so no next run is owed"};
  auto line = Reader(shorthand != std::end(kShorthands) ? shorthand->fields : lower).Read();
  if (!line) return Error{Quoted(text) + ": " + line.Message()};
  line->zone = zone;
  return line;
}

}  // namespace

Result<CronText> ParseSystemd(std::string_view text, const CronContext& context) {
  CronText read;
  for (const std::string_view one : Lines(text)) {
    if (one.empty()) continue;
    auto line = ReadLine(one, context.zone);
    if (!line) return line.GetError();
    read.lines.push_back(*std::move(line));
  }
  if (read.lines.empty()) return Error{"the schedule is empty; write a calendar like \"Mon..Fri 10:00\""};
  return read;
}

}  // namespace batchslo
