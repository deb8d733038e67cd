// Airflow: croniter's fields (minute, hour, day of month, month, day of week, then second, then year), presets, and
// timedeltas as Airflow shows them. A range that runs backwards wraps, one of equal ends means all.
#include <algorithm>
#include <charconv>

#include "exporter/core/cron_dialects.h"
#include "exporter/core/cron_every.h"
#include "exporter/core/cron_fields.h"

namespace batchslo {

using namespace cron;

namespace {

constexpr Macro kPresets[] = {{"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@quarterly", "0 0 1 */3 *"}, {"@monthly", "0 0 1 * *"},
                              {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},    {"@hourly", "0 * * * *"}};
constexpr Macro kRefused[] = {{"@once", "it runs once, so no next run is owed"},
                              {"@continuous", "it starts when the run before it has ended, so no time is due; use within"},
                              {"none", "it runs only when asked to, so no time is due"},
                              {"null", "it runs only when asked to, so no time is due"},
                              {"never", "it runs only when asked to, so no time is due"},
                              {"dataset", "it runs when its data sets were updated, so no time is due; use within"},
                              {"asset", "it runs when its assets were updated, so no time is due; use within"}};
constexpr FieldKind kYearField{"year", 1970, 2099};

struct Field {
  std::vector<std::int64_t> values;
  std::uint64_t weeks = 0;  // as in CronExtra
  bool star = false, last_day = false;

  std::uint64_t Bits(const FieldKind& kind) const {
    std::uint64_t bits = 0;
    for (const std::int64_t value : values) bits |= std::uint64_t{1} << value;
    return star ? BitsOf({kind.low, kind.high, 1, true}) : bits;
  }
};

// What croniter makes of "low-high/step".
std::vector<std::int64_t> Expand(const Range& range, const FieldKind& kind) {
  std::vector<std::int64_t> values;
  const bool all = range.from == range.to;
  const std::int64_t from = all ? kind.low : range.from, to = all || range.from > range.to ? kind.high : range.to;
  for (std::int64_t value = from; value <= to; value += range.step) values.push_back(value);
  if (range.from <= range.to) return values;
  // A step that leaves the end of the field is not counted on exactly: it begins anew one further.
  const std::int64_t left = values.empty() ? 0 : kind.high - values.back();
  const std::int64_t skipped = !values.empty() && range.step > left + 1 ? range.step - left : 0;
  for (std::int64_t value = kind.low + skipped; value <= range.to; value += range.step) values.push_back(value);
  return values;
}

class Reader {
 public:
  explicit Reader(std::size_t count) : count_(count) {}

  Result<Field> ReadField(std::string_view text, const FieldKind& kind) {
    Field field;
    const bool day = &kind == &kDomField || &kind == &kDowField;
    if (text == "?" && day) return field.star = true, field;
    for (const std::string_view item : Split(text, ",")) {
      const auto read = &kind == &kDowField ? ReadWeekday(item, field) : ReadItem(item, kind, field);
      if (!read) return read.GetError();
    }
    std::sort(field.values.begin(), field.values.end());
    field.values.erase(std::unique(field.values.begin(), field.values.end()), field.values.end());
    return field;
  }

 private:
  std::optional<std::int64_t> Value(std::string_view text, const FieldKind& kind) const {
    auto value = FindNumber(text, kind);
    if (!value) return value;
    if (*value == 7 && &kind == &kDowField && count_ == 5) return 0;
    if (*value == 0 && &kind == &kDomField && count_ == 6) return 1;
    return value;
  }

  Result<void> Add(std::int64_t value, std::string_view item, const FieldKind& kind, Field& field) const {
    if (value < kind.low || value > kind.high) return Bad(kind, item, "allowed are " + Allowed(kind));
    field.values.push_back(value);
    return {};
  }

  Result<void> ReadItem(std::string_view item, const FieldKind& kind, Field& field) const {
    if (item == "*") return field.star = true, Result<void>();
    if (item == "l" && &kind == &kDomField) return field.last_day = true, Result<void>();
    const auto parts = Split(item, "/");
    const auto ends = Split(parts[0], "-");
    const bool star = parts[0] == "*", is_range = ends.size() == 2 || parts.size() == 2;
    if (!is_range) {
      const auto value = Value(item, kind);
      return value ? Add(*value, item, kind, field) : Bad(kind, item, "expected " + Allowed(kind));
    }
    const auto from = star ? kind.low : Value(ends[0], kind);
    const bool to_last = ends.back() == "l" && &kind == &kDomField;
    const auto to = star || ends.size() == 1 || to_last ? kind.high : Value(ends.back(), kind);
    const auto step = parts.size() == 2 ? FindNumber(parts[1], FieldKind{"", 0, 0}) : std::int64_t{1};
    if (!from || !to || !step || parts.size() > 2 || ends.size() > 2) return Bad(kind, item, "expected " + Allowed(kind) + ", a range, or a step like */5");
    if (std::max(*from, *to) > kind.high) return Bad(kind, item, "allowed are " + Allowed(kind));
    if (*step == 0) return Bad(kind, item, "a step of 0 never moves");
    for (const std::int64_t value : Expand({*from, *to, std::min<std::int64_t>(*step, 10'000), star}, kind)) {
      if (const auto added = Add(value, item, kind, field); !added) return added;
    }
    return {};
  }

  // "fri#3", "mon-wed#1", "l5": weeks of the month.
  Result<void> ReadWeekday(std::string_view item, Field& field) const {
    const std::size_t sharp = item.find('#');
    const bool is_last = item.size() > 1 && item[0] == 'l';
    if (sharp == std::string_view::npos && !is_last) return ReadItem(item, kDowField, field);
    const std::string_view days = is_last ? item.substr(1) : item.substr(0, sharp);
    const auto week = is_last ? std::int64_t{CronExtra::kLastWeek} : FindNumber(item.substr(sharp + 1), FieldKind{"", 1, 5});
    if (!week || *week < 1 || (!is_last && *week > 5)) return Bad(kDowField, item, "the week of a month lies between 1 and 5");
    const bool range_of_numbers = days.find('-') != std::string_view::npos && days.find_first_of("0123456789/") != std::string_view::npos;
    const bool no_number = is_last && days.find_first_not_of("0123456789") != std::string_view::npos;
    if (days.empty() || days[0] == '*' || range_of_numbers || no_number) return Bad(kDowField, item, "expected a day, or a range of names, like fri#3; or l5");
    Field of;
    if (const auto read = ReadItem(days, kDowField, of); !read) return read;
    for (const std::int64_t dow : of.values) {
      field.weeks |= std::uint64_t{1} << (8 * *week + dow);
      field.values.push_back(dow);
    }
    return {};
  }

  std::size_t count_;
};

// Days of the week that no week of the month is told for can't stand beside those of which one is.
bool MixesWeeks(const Field& dow) {
  std::uint64_t in_weeks = 0;
  for (unsigned week = 1; week <= CronExtra::kLastWeek; ++week) in_weeks |= dow.weeks >> 8 * week & 0x7f;
  const bool others = std::any_of(dow.values.begin(), dow.values.end(), [&](std::int64_t day) { return (in_weeks >> day & 1) == 0; });
  return dow.weeks != 0 && others && dow.values.size() + (dow.star ? 1 : 0) != 7;
}

void SetDays(const Field& dom, const Field& dow, bool dom_is_all, bool dow_is_all, CronLine& line, CronExtra& extra) {
  const bool dom_star = dom.star || dom_is_all, dow_star = dow.star || dow_is_all;
  line.doms = static_cast<std::uint32_t>(dom_star ? ~1u : dom.Bits(kDomField));
  line.dows = static_cast<std::uint32_t>(dow_star ? 0x7f : dow.Bits(kDowField));
  line.both_days = dom_star || dow_star;
  if (dom.last_day && !dom_star) extra.from_end = 1u << 1;
  if (dow.weeks == 0) return;
  // Where weeks are told, they alone count, unless the day of the week is a star besides.
  extra.weeks = dow.weeks;
  line.dows = 0;
  if (!dow_star) line.doms = ~1u, extra.from_end = 0;
  line.both_days = true;
}

Result<CronText> ReadFields(std::string_view text, const std::vector<std::string_view>& words, const Zone& zone) {
  const FieldKind* const kinds[] = {&kMinuteField, &kHourField, &kDomField, &kMonthField, &kDowField, &kSecondField, &kYearField};
  Field fields[7];
  fields[5].values = {0};
  fields[6].star = true;
  Reader reader(words.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    auto field = reader.ReadField(words[i], *kinds[i]);
    if (!field) return field.GetError();
    fields[i] = *std::move(field);
  }
  if (MixesWeeks(fields[4])) return Error{Quoted(text) + ": days with a week (like fri#3) and days without can't be mixed"};
  const auto is_all = [&](std::size_t field, std::size_t other, std::size_t size) {
    return fields[field].values.size() + (fields[field].last_day ? 1 : 0) == size && words[other].find('*') != std::string_view::npos;
  };
  CronLine line;
  CronExtra extra;
  line.minutes = fields[0].Bits(kMinuteField);
  line.hours = static_cast<std::uint32_t>(fields[1].Bits(kHourField));
  line.months = static_cast<std::uint32_t>(fields[3].Bits(kMonthField));
  line.seconds = fields[5].Bits(kSecondField);
  SetDays(fields[2], fields[4], is_all(2, 4, 31), is_all(4, 2, 7), line, extra);
  for (int year = fields[6].star ? CronExtra::kFirstYear : CronExtra::kLastYear + 1; year <= CronExtra::kLastYear; ++year) extra.AllowYear(year);
  for (const std::int64_t year : fields[6].values) extra.AllowYear(static_cast<int>(year));
  if (!fields[6].star || extra.from_end != 0 || extra.weeks != 0) line.extra = std::make_shared<const CronExtra>(extra);
  // A star beside other hours counts as a list, as in croniter.
  const bool every_hour = (fields[1].star && fields[1].values.empty()) || fields[1].values.size() + (fields[1].star ? 1 : 0) == 24;
  line.gap = every_hour ? Gap::kCarries : Gap::kShifts;
  line.overlap = every_hour ? Overlap::kRepeats : Overlap::kSecond;
  line.horizon = 50;
  line.zone = zone;
  return CronText{{line}, {}};
}

std::optional<std::int64_t> Digits(std::string_view text, std::size_t least, std::size_t most) {
  if (text.size() < least || text.size() > most) return std::nullopt;
  return FindNumber(text, FieldKind{"", 0, 0});
}

// Python's str(timedelta): "1 day, 0:00:00", "0:05:00", "2 days, 3:00:00.500000"; or a duration like 1h30m or 1d.
std::optional<Duration> ReadTimedelta(std::string_view text) {
  std::int64_t whole_days = 0;
  if (const std::size_t comma = text.find(", "); comma != std::string_view::npos) {
    const auto words = Words(text.substr(0, comma));
    const auto count = words.empty() ? std::nullopt : Digits(words[0], 1, 6);
    if (words.size() != 2 || !count || (words[1] != "day" && words[1] != "days")) return std::nullopt;
    whole_days = *count;
    text.remove_prefix(comma + 2);
  }
  const auto clock = Split(text.substr(0, text.find('.')), ":");
  const auto micros = text.find('.') == std::string_view::npos ? std::int64_t{0} : Digits(text.substr(text.find('.') + 1), 6, 6);
  if (clock.size() == 3) {
    const auto h = Digits(clock[0], 1, 2), m = Digits(clock[1], 2, 2), s = Digits(clock[2], 2, 2);
    if (!h || !m || !s || !micros || *h > 23 || *m > 59 || *s > 59) return std::nullopt;
    return Duration{days{whole_days} + hours{*h} + minutes{*m} + seconds{*s} + microseconds{*micros}};
  }
  if (whole_days != 0) return std::nullopt;
  if (const auto duration = ParseDuration(text)) return *duration;
  return text.starts_with('-') ? std::nullopt : ParseEvery(text);
}

}  // namespace

Result<CronText> ParseAirflow(std::string_view text, const CronContext& context) {
  const std::string lower = Lower(text);
  auto words = Words(lower);
  if (words.empty()) return Error{"the schedule is empty; write five fields like \"0 10 * * *\""};
  for (const Macro& refused : kRefused) {
    if (words[0] == refused.name || words[0] == std::string(refused.name) + ",") return Error{Quoted(text) + ": " + std::string(refused.fields)};
  }
  if (const auto every = ReadTimedelta(lower.substr(static_cast<std::size_t>(words[0].data() - lower.data())))) {
    if (*every <= Duration{0}) return Error{Quoted(text) + ": an interval of no length never moves"};
    return CronText{{}, every};
  }
  if (words.size() == 1) {
    const auto* const preset = std::find_if(std::begin(kPresets), std::end(kPresets), [&](const Macro& m) { return m.name == words[0]; });
    if (preset != std::end(kPresets)) words = Words(preset->fields);
  }
  if (words.size() < 5 || words.size() > 7) {
    return WrongCount(text, "five fields (minute, hour, day of month, month, day of week; then second, then year), a preset like @daily, or a timedelta like \"1 day, 0:00:00\"", words.size());
  }
  return ReadFields(text, words, context.zone);
}

}  // namespace batchslo
