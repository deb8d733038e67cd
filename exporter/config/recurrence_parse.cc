#include <algorithm>
#include <charconv>
#include <set>
#include <string>

#include "exporter/config/recurrence.h"
#include "exporter/core/cron_fields.h"

namespace batchslo {
namespace {

std::optional<std::int64_t> Number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [at, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  return fault == std::errc{} && at == text.data() + text.size() && !text.empty() ? std::optional(value) : std::nullopt;
}

std::optional<std::chrono::weekday> WeekdayOf(std::string_view text) {
  static constexpr std::string_view kNames[] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
  const auto* const at = std::find(std::begin(kNames), std::end(kNames), text);
  return at == std::end(kNames) ? std::nullopt : std::optional(std::chrono::weekday{static_cast<unsigned>(at - std::begin(kNames))});
}

// A file may repeat a value as often as it likes.
template <typename T>
void KeepEachOnce(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

std::string Shown(std::string_view text) { return "\"" + std::string(text.substr(0, 60)) + "\""; }

class RuleReader {
 public:
  Result<Recurrence> Read(std::string_view text) {
    for (const std::string_view part : cron::Split(text, ";")) {
      const std::size_t equals = part.find('=');
      if (equals == std::string_view::npos) return Error{"RRULE: " + Shown(part) + " is no PART=VALUE"};
      const std::string_view name = part.substr(0, equals), value = part.substr(equals + 1);
      if (!seen_.insert(name).second) return Error{"RRULE: " + std::string(name) + " stands twice"};
      const std::string fault = Take(name, value);
      if (!fault.empty()) return Error{"RRULE: " + fault};
    }
    const std::string fault = Whole();
    if (!fault.empty()) return Error{"RRULE: " + fault};
    return rule_;
  }

 private:
  std::string Take(std::string_view name, std::string_view value) {
    if (name == "FREQ") return Frequency(value);
    if (name == "INTERVAL") return Positive(name, value, rule_.interval);
    if (name == "COUNT") return Positive(name, value, rule_.count.emplace());
    if (name == "UNTIL") return rule_.until = value, "";
    if (name == "BYMONTH") return Numbers(name, value, {1, 12, Sign::kPositive}, rule_.months);
    if (name == "BYMONTHDAY") return Numbers(name, value, {1, 31, Sign::kAny}, rule_.month_days);
    if (name == "BYSETPOS") return Numbers(name, value, {1, 366, Sign::kAny}, rule_.positions);
    if (name == "BYDAY") return Weekdays(value);
    if (name == "WKST") {
      const auto day = WeekdayOf(value);
      return day ? (rule_.week_start = *day, "") : "WKST wants MO, TU ... SU, not " + Shown(value);
    }
    return Shown(name) + " is not understood; what days recur by is FREQ, INTERVAL, COUNT, UNTIL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS and WKST";
  }

  std::string Frequency(std::string_view value) {
    static constexpr std::pair<std::string_view, Recurrence::Frequency> kNames[] = {{"DAILY", Recurrence::Frequency::kDaily},
                                                                                   {"WEEKLY", Recurrence::Frequency::kWeekly},
                                                                                   {"MONTHLY", Recurrence::Frequency::kMonthly},
                                                                                   {"YEARLY", Recurrence::Frequency::kYearly}};
    const auto* const at = std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& name) { return name.first == value; });
    if (at == std::end(kNames)) return "FREQ=" + std::string(value.substr(0, 60)) + ": days recur DAILY, WEEKLY, MONTHLY or YEARLY";
    rule_.frequency = at->second;
    return "";
  }

  std::string Positive(std::string_view name, std::string_view value, std::int64_t& into) {
    const auto number = Number(value);
    if (!number || *number < 1 || *number > 1'000'000'000'000) return std::string(name) + " wants a whole number from 1 on, not " + Shown(value);
    into = *number;
    return "";
  }

  enum class Sign { kPositive, kAny };
  struct Range {
    int least, most;
    Sign sign;
    bool Has(std::int64_t number) const {
      if (number < 0 && sign == Sign::kAny) number = -number;
      return least <= number && number <= most;
    }
  };

  std::string Numbers(std::string_view name, std::string_view value, const Range& range, std::vector<int>& into) {
    for (const std::string_view item : cron::Split(value, ",")) {
      const auto number = Number(item);
      if (!number || !range.Has(*number)) return std::string(name) + " can't be " + Shown(item);
      into.push_back(static_cast<int>(*number));
    }
    KeepEachOnce(into);
    return "";
  }

  std::string Weekdays(std::string_view value) {
    for (const std::string_view item : cron::Split(value, ",")) {
      const std::string_view ordinal = item.substr(0, item.size() < 2 ? 0 : item.size() - 2);
      const auto day = WeekdayOf(item.substr(ordinal.size()));
      const auto number = ordinal.empty() ? std::optional<std::int64_t>(0) : Number(ordinal);
      const bool good = day && number && -53 <= *number && *number <= 53 && (*number != 0 || ordinal.empty());
      if (!good) return "BYDAY wants days like MO, 2MO or -1FR, not " + Shown(item);
      rule_.weekdays.push_back({static_cast<int>(*number), *day});
    }
    KeepEachOnce(rule_.weekdays);
    return "";
  }

  // What only all parts together can have wrong.
  std::string Whole() const {
    using enum Recurrence::Frequency;
    if (!seen_.contains("FREQ")) return "it has no FREQ";
    if (rule_.count && !rule_.until.empty()) return "it has both COUNT and UNTIL";
    const bool counted = std::any_of(rule_.weekdays.begin(), rule_.weekdays.end(), [](const auto& day) { return day.ordinal != 0; });
    if (counted && (rule_.frequency == kDaily || rule_.frequency == kWeekly)) return "a numbered day (BYDAY) needs FREQ=MONTHLY or FREQ=YEARLY";
    if (!rule_.month_days.empty() && rule_.frequency == kWeekly) return "BYMONTHDAY does not go with FREQ=WEEKLY";
    return "";
  }

  Recurrence rule_;
  std::set<std::string_view> seen_;
};

}  // namespace

Result<Recurrence> ParseRecurrence(std::string_view text) { return RuleReader().Read(text); }

}  // namespace batchslo
