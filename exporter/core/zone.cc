#include "exporter/core/zone.h"

#include <date/tz.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>

#include "exporter/core/nearest.h"

namespace batchslo {

// The offsets of a zone, each from an instant on. Beyond the last year of the table the last offset holds.
struct Zone::Rules {
  std::string name;
  std::vector<OffsetChange> changes;    // by `from`; the first reaches back for ever
  std::vector<std::uint16_t> buckets;   // index of the change that holds when a bucket of kBucket begins

  static constexpr Duration kBucket = days{32};
  void Add(OffsetChange change);
  void Index();
  const OffsetChange& At(TimePoint time) const;
};

namespace {

constexpr int kFirstYear = 1970, kLastYear = 2200;
constexpr const char* kDatabase = "/usr/share/zoneinfo/";

TimePoint YearBegin(int year) { return TimePoint{std::chrono::sys_days{std::chrono::year{year} / 1 / 1}}; }
int YearOf(TimePoint time) { return static_cast<int>(std::chrono::year_month_day{std::chrono::floor<days>(time)}.year()); }

date::sys_seconds ToDate(TimePoint time) { return date::sys_seconds{std::chrono::floor<seconds>(time.time_since_epoch())}; }
TimePoint FromDate(date::sys_seconds time) { return TimePoint{time.time_since_epoch()}; }

}  // namespace

void Zone::Rules::Add(OffsetChange change) {
  if (!changes.empty() && changes.back().from == change.from) changes.pop_back();
  if (changes.empty() || changes.back().offset != change.offset) changes.push_back(change);
}

void Zone::Rules::Index() {
  std::size_t change = 0;
  for (TimePoint at = YearBegin(kFirstYear); at < YearBegin(kLastYear); at += kBucket) {
    while (change + 1 < changes.size() && changes[change + 1].from <= at) ++change;
    buckets.push_back(static_cast<std::uint16_t>(change));
  }
}

const OffsetChange& Zone::Rules::At(TimePoint time) const {
  if (changes.size() == 1 || time < YearBegin(kFirstYear)) return changes.front();
  const auto bucket = static_cast<std::size_t>((time - YearBegin(kFirstYear)) / kBucket);
  const std::size_t first = buckets[std::min(bucket, buckets.size() - 1)];
  const std::size_t last = bucket + 1 < buckets.size() ? buckets[bucket + 1] : changes.size() - 1;  // that can hold in the bucket
  const auto begin = changes.begin() + static_cast<std::ptrdiff_t>(first), end = changes.begin() + static_cast<std::ptrdiff_t>(last);
  if (begin == end) return *begin;
  return *std::prev(std::upper_bound(begin + 1, end + 1, time, [](TimePoint at, const OffsetChange& change) { return at < change.from; }));
}

Zone::Zone() {
  static const auto kUtc = [] {
    auto rules = std::make_shared<Rules>();
    rules->name = "UTC";
    rules->changes.push_back({TimePoint{}, Duration{0}});
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
  }
  if (known.empty()) return Error{"time zone \"" + name + "\": this machine has no time zone database; install tzdata"};
  const auto nearest = Nearest(name, known);
  return Error{"unknown time zone \"" + name + "\"" + (nearest.empty() ? "" : "; did you mean \"" + std::string(nearest) + "\"?")};
}

bool IsPlainName(std::string_view name) {
  const auto odd = [](char c) { return !(std::isalnum(static_cast<unsigned char>(c)) || std::string_view("/_+-").find(c) != std::string_view::npos); };
  return !name.empty() && name.front() != '/' && name.size() <= 64 && std::none_of(name.begin(), name.end(), odd) && name != "Local" &&
         name != "local" && name != "localtime" && !name.starts_with("posix") && !name.starts_with("right/");
}

// The last line of a zone's file: the rule for the time after the last change that the file lists.
std::string LastRule(const std::string& name) {
  std::ifstream file(kDatabase + name, std::ios::binary);
  std::string line, last;
  while (std::getline(file, line)) last = line;
  return last;
}

}  // namespace

// The library reads the changes that the file lists, but not the rule that goes on from there.
Result<std::shared_ptr<const Zone::Rules>> Zone::Load(const std::string& name) {
  const auto located = Locate(name);
  if (!located) return located.GetError();
  auto rules = std::make_shared<Rules>();
  rules->name = name;
  try {
    auto info = (*located)->get_info(ToDate(YearBegin(kFirstYear)));
    rules->Add({YearBegin(kFirstYear), info.offset});
    while (info.end < ToDate(YearBegin(kLastYear))) {
      info = (*located)->get_info(info.end);
      rules->Add({FromDate(info.begin), info.offset});
    }
    const TimePoint last = FromDate(std::max(info.begin, ToDate(YearBegin(kFirstYear))));
    for (const OffsetChange& change : ChangesByRule(LastRule(name), YearOf(last), kLastYear - 1)) {
      if (change.from > last) rules->Add(change);
    }
  } catch (const std::exception&) {
    return Error{"time zone \"" + name + "\": its data can't be read; reinstall tzdata"};
  }
  rules->Index();
  return std::shared_ptr<const Rules>(std::move(rules));
}

Result<Zone> Zone::Find(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const Rules>, std::less<>> found;  // guarded by mutex
  if (name == "UTC") return Zone{};
  if (!IsPlainName(name)) return Error{"\"" + std::string(name.substr(0, 64)) + "\" is no time zone; write an IANA name like Europe/Berlin"};
  const std::lock_guard lock(mutex);
  auto at = found.find(name);
  if (at == found.end()) {
    auto rules = Load(std::string(name));
    if (!rules) return rules.GetError();
    at = found.emplace(std::string(name), *std::move(rules)).first;
  }
  Zone zone;
  zone.rules_ = at->second;
  return zone;
}

Zone Zone::Of(std::string name, const std::vector<OffsetChange>& changes) {
  auto rules = std::make_shared<Rules>();
  rules->name = std::move(name);
  for (const OffsetChange& change : changes) rules->Add(change);
  rules->Index();
  Zone zone;
  zone.rules_ = std::move(rules);
  return zone;
}

const std::string& Zone::Name() const { return rules_->name; }

LocalTime Zone::ToLocal(TimePoint time) const { return {time.time_since_epoch() + rules_->At(time).offset}; }

Zone::Period Zone::PeriodAt(TimePoint time) const {
  const OffsetChange* const change = &rules_->At(time);
  const bool first = change == &rules_->changes.front(), last = change == &rules_->changes.back();
  return {first ? TimePoint::min() : change->from, last ? TimePoint::max() : change[1].from, change->offset,
          first ? change->offset : change[-1].offset};
}

// At most two stretches can claim a wall-clock time; no offset is a day or more from UTC.
Zone::Instants Zone::ToInstants(LocalTime local) const {
  constexpr Duration kFarthest = hours{26};
  const TimePoint naive{local.since_epoch};
  std::optional<TimePoint> one, two, gap_end;
  for (Period period = PeriodAt(naive - kFarthest);; period = PeriodAt(period.to)) {
    const TimePoint instant = naive - period.offset;
    if (instant >= period.from && instant < period.to) (one ? two : one) = instant;
    if (instant < period.from && !one && !gap_end) gap_end = period.from;
    if (period.to > naive + kFarthest) break;
  }
  if (one && two) return {Kind::kRepeated, *one, *two};
  if (one) return {Kind::kUnique, *one, *one};
  return {Kind::kSkipped, gap_end.value_or(naive), gap_end.value_or(naive)};
}

}  // namespace batchslo
