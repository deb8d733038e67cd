#include "exporter/core/zone.h"

#include <date/tz.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "exporter/core/nearest.h"

namespace batchslo {

// The offsets of a zone, each from an instant on. Beyond the last year of the table the last offset holds.
struct Zone::Rules {
  struct Period {
    TimePoint from;
    Duration offset;
  };
  std::string name;
  std::vector<Period> periods;           // by `from`; the first reaches back for ever
  std::vector<std::uint16_t> by_month;   // index of the period in which a bucket of kBucket begins

  static constexpr Duration kBucket = days{32};
  void Index();
  const Period& At(TimePoint time) const;
};

namespace {

constexpr int kFirstYear = 1970, kLastYear = 2200;

TimePoint YearBegin(int year) { return TimePoint{std::chrono::sys_days{std::chrono::year{year} / 1 / 1}}; }

TimePoint FromDate(date::sys_seconds time) { return TimePoint{time.time_since_epoch()}; }

}  // namespace

void Zone::Rules::Index() {
  std::size_t period = 0;
  for (TimePoint at = YearBegin(kFirstYear); at < YearBegin(kLastYear); at += kBucket) {
    while (period + 1 < periods.size() && periods[period + 1].from <= at) ++period;
    by_month.push_back(static_cast<std::uint16_t>(period));
  }
}

const Zone::Rules::Period& Zone::Rules::At(TimePoint time) const {
  if (periods.size() == 1) return periods.front();
  const auto bucket = (time - YearBegin(kFirstYear)) / kBucket;
  const bool before = time < YearBegin(kFirstYear);
  const auto index = before ? 0 : std::min(static_cast<std::size_t>(bucket), by_month.size() - 1);
  std::size_t period = by_month[index];
  while (period + 1 < periods.size() && periods[period + 1].from <= time) ++period;
  return periods[period];
}

Zone::Zone() {
  static const auto kUtc = [] {
    auto rules = std::make_shared<Rules>();
    rules->name = "UTC";
    rules->periods.push_back({TimePoint{}, Duration{0}});
    return rules;
  }();
  rules_ = kUtc;
}

namespace {

Result<const date::time_zone*> Locate(const std::string& name) {
  try {
    return date::locate_zone(name);
  } catch (const std::exception&) {
  }
  std::vector<std::string_view> known;
  try {
    for (const auto& zone : date::get_tzdb().zones) known.push_back(zone.name());
  } catch (const std::exception&) {
    return Error{"time zone \"" + name + "\": this machine has no time zone database; install tzdata"};
  }
  const auto nearest = Nearest(name, known);
  return Error{"unknown time zone \"" + name + "\"" + (nearest.empty() ? "" : "; did you mean \"" + std::string(nearest) + "\"?")};
}

bool IsPlainName(std::string_view name) {
  const auto odd = [](char c) { return !(std::isalnum(static_cast<unsigned char>(c)) || std::string_view("/_+-").find(c) != std::string_view::npos); };
  return !name.empty() && name.front() != '/' && name.size() <= 64 && std::none_of(name.begin(), name.end(), odd) && name != "Local" &&
         name != "local" && name != "localtime" && !name.starts_with("posix") && !name.starts_with("right/");
}

}  // namespace

Result<Zone> Zone::Find(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const Rules>, std::less<>> found;  // guarded by mutex
  if (name == "UTC") return Zone{};
  if (!IsPlainName(name)) return Error{"\"" + std::string(name.substr(0, 64)) + "\" is no time zone; write an IANA name like Europe/Berlin"};
  const std::lock_guard lock(mutex);
  Zone zone;
  if (const auto at = found.find(name); at != found.end()) {
    zone.rules_ = at->second;
    return zone;
  }
  const auto located = Locate(std::string(name));
  if (!located) return located.GetError();
  auto rules = std::make_shared<Rules>();
  rules->name = name;
  try {
    const date::sys_seconds first{YearBegin(kFirstYear).time_since_epoch() / seconds{1} * seconds{1}};
    for (auto info = (*located)->get_info(first); FromDate(info.begin) < YearBegin(kLastYear);
         info = (*located)->get_info(info.end)) {
      const bool same = !rules->periods.empty() && rules->periods.back().offset == info.offset;
      if (!same) rules->periods.push_back({FromDate(std::max(info.begin, first)), info.offset});
      if (info.end >= date::sys_seconds{YearBegin(kLastYear).time_since_epoch() / seconds{1} * seconds{1}}) break;
    }
  } catch (const std::exception&) {
    return Error{"time zone \"" + std::string(name) + "\": its data can't be read; reinstall tzdata"};
  }
  rules->Index();
  zone.rules_ = found[std::string(name)] = std::move(rules);
  return zone;
}

const std::string& Zone::Name() const { return rules_->name; }

LocalTime Zone::ToLocal(TimePoint time) const { return {time.time_since_epoch() + rules_->At(time).offset}; }

Zone::Period Zone::PeriodAt(TimePoint time) const {
  const Rules::Period& period = rules_->At(time);
  const auto* const first = rules_->periods.data();
  const bool last = &period + 1 == first + rules_->periods.size();
  return {&period == first ? TimePoint::min() : period.from, last ? TimePoint::max() : (&period)[1].from, period.offset,
          &period == first ? period.offset : (&period)[-1].offset};
}

// At most two periods can claim a wall-clock time; both begin within a day of it.
Zone::Instants Zone::ToInstants(LocalTime local) const {
  const TimePoint naive{local.since_epoch};
  const auto& periods = rules_->periods;
  const auto* first = &rules_->At(naive - hours{26});
  const auto* const end = periods.data() + periods.size();
  std::optional<TimePoint> one, two;
  std::optional<TimePoint> gap_end;
  for (const auto* period = first; period != end && (period == first || period->from <= naive + hours{26}); ++period) {
    const TimePoint instant = naive - period->offset;
    const bool begun = period == periods.data() || instant >= period->from;
    const bool ended = period + 1 != end && instant >= period[1].from;
    if (begun && !ended) (one ? two : one) = instant;
    if (!begun && !one && !gap_end) gap_end = period->from;
  }
  if (one && two) return {Kind::kRepeated, *one, *two};
  if (one) return {Kind::kUnique, *one, *one};
  return {Kind::kSkipped, gap_end.value_or(naive), gap_end.value_or(naive)};
}

}  // namespace batchslo
