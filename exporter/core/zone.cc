#include "exporter/core/zone.h"

#include <date/tz.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "exporter/core/nearest.h"

namespace batchslo {

// The offsets of a zone, each from an instant on. Beyond the last year of the table the last offset holds.
struct Zone::Rules {
  std::vector<OffsetChange> changes;    // by `from`; the first reaches back for ever
  std::vector<std::uint16_t> buckets;   // index of the change that holds when a bucket of kBucket begins

  static constexpr Duration kBucket = days{32};
  void Add(OffsetChange change);
  void Index();
  const OffsetChange& At(TimePoint time) const;
};

// What all objects of one zone share.
struct Zone::Named {
  explicit Named(std::string zone) : name(std::move(zone)) {}
  void GoBy(std::unique_ptr<const Rules> fresh);

  const std::string name;
  std::atomic<const Rules*> rules = nullptr;          // the newest
  std::vector<std::unique_ptr<const Rules>> by_turns;  // none is let go, for somebody may be reading it; guarded by Known::mutex
};

namespace {

constexpr int kFirstYear = 1970, kLastYear = 2200;
constexpr const char* kDatabase = "/usr/share/zoneinfo/";

TimePoint YearBegin(int year) { return TimePoint{std::chrono::sys_days{std::chrono::year{year} / 1 / 1}}; }
int YearOf(TimePoint time) { return static_cast<int>(std::chrono::year_month_day{std::chrono::floor<days>(time)}.year()); }

date::sys_seconds ToDate(TimePoint time) { return date::sys_seconds{std::chrono::floor<seconds>(time.time_since_epoch())}; }
TimePoint FromDate(date::sys_seconds time) { return TimePoint{time.time_since_epoch()}; }

}  // namespace

void Zone::Named::GoBy(std::unique_ptr<const Rules> fresh) {
  by_turns.push_back(std::move(fresh));
  rules = by_turns.back().get();
}

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
    auto rules = std::make_unique<Rules>();
    rules->changes.push_back({TimePoint{}, Duration{0}});
    auto utc = std::make_shared<Named>("UTC");
    utc->GoBy(std::move(rules));
    return utc;
  }();
  named_ = kUtc;
}

namespace {

Error NoSuchZone(const std::string& name) {
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
  return !name.empty() && name.front() != '/' && name.size() <= 64 && name.find("//") == name.npos && name != "Factory" && std::none_of(name.begin(), name.end(), odd) && name != "Local" &&
         name != "local" && name != "localtime" && !name.starts_with("posix") && !name.starts_with("right/");
}

std::string PathOf(const std::string& name) { return kDatabase + name; }

// Those of a package come as a whole, with its date.
struct FileMark {
  std::filesystem::file_time_type written{};
  std::uintmax_t size = 0;
  bool operator==(const FileMark&) const = default;
};

FileMark MarkOf(const std::string& name) {
  std::error_code none;
  return {std::filesystem::last_write_time(PathOf(name), none), std::filesystem::file_size(PathOf(name), none)};
}

// The database has lists and tables beside its zones.
bool IsZone(const std::string& name) {
  constexpr std::string_view kMagic = "TZif";
  std::string begin(kMagic.size(), '\0');
  std::error_code none;
  return std::filesystem::is_regular_file(PathOf(name), none) && std::ifstream(PathOf(name), std::ios::binary).read(begin.data(), std::ssize(kMagic)) && begin == kMagic;
}

// As the file is now: what date::locate_zone finds was read once for the life of the process. The type can't be destroyed
// outside of the library, so each that was read is kept; there are as many as updates. One thread at a time.
const date::time_zone& ReadZone(const std::string& name) {
  static std::vector<const date::time_zone*>& kept = *new std::vector<const date::time_zone*>;
  return *kept.emplace_back(new date::time_zone(name, date::detail::undocumented{}));
}

// The last line of a zone's file: the rule for the time after the last change that the file lists.
std::string LastRule(const std::string& name) {
  std::ifstream file(PathOf(name), std::ios::binary);
  std::string line, last;
  while (std::getline(file, line)) last = line;
  return last;
}

}  // namespace

// The library reads the changes that the file lists, but not the rule that goes on from there.
Result<std::unique_ptr<const Zone::Rules>> Zone::Load(const std::string& name) {
  auto rules = std::make_unique<Rules>();
  try {
    if (!IsZone(name)) return NoSuchZone(name);
    const date::time_zone& zone = ReadZone(name);
    auto info = zone.get_info(ToDate(YearBegin(kFirstYear)));
    rules->Add({YearBegin(kFirstYear), info.offset});
    while (info.end < ToDate(YearBegin(kLastYear))) {
      info = zone.get_info(info.end);
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
  return std::unique_ptr<const Rules>(std::move(rules));
}

// Those that were asked for, each as its file was when it was read.
struct Zone::Known {
  struct Read {
    FileMark file;
    std::shared_ptr<Named> zone;
  };
  static constexpr std::size_t kMostMissing = 1000;
  std::mutex mutex;  // held while a file is read
  std::map<std::string, Read, std::less<>> zones;  // guarded by mutex
  std::set<std::string> missing;                   // asked for in vain; guarded by mutex

  static Known& All() {
    static Known& all = *new Known;  // never destroyed: threads may ask after the end of main
    return all;
  }
};

Result<Zone> Zone::Find(std::string_view name) {
  if (name == "UTC") return Zone{};
  if (!IsPlainName(name)) return Error{"\"" + std::string(name.substr(0, 64)) + "\" is no time zone; write an IANA name like Europe/Berlin"};
  Known& known = Known::All();
  const std::lock_guard lock(known.mutex);
  auto at = known.zones.find(name);
  if (at == known.zones.end()) {
    const std::string key(name);
    const FileMark file = MarkOf(key);
    auto rules = Load(key);
    if (!rules) {
      if (known.missing.size() < Known::kMostMissing) known.missing.insert(key);
      return rules.GetError();
    }
    at = known.zones.emplace(key, Known::Read{file, std::make_shared<Named>(key)}).first;
    at->second.zone->GoBy(std::move(rules).Value());
  }
  Zone zone;
  zone.named_ = at->second.zone;
  return zone;
}

std::vector<std::string> Zone::Update() {
  std::vector<std::string> changed;
  Known& known = Known::All();
  const std::lock_guard lock(known.mutex);
  std::erase_if(known.missing, [&](const std::string& name) {
    const bool has_come = IsZone(name) && Load(name).Ok();
    if (has_come) changed.push_back(name);
    return has_come;
  });
  for (auto& [name, read] : known.zones) {
    const FileMark file = MarkOf(name);
    if (file == read.file) continue;
    auto rules = Load(name);
    if (!rules) continue;
    read.file = file;
    if ((*rules)->changes == read.zone->rules.load()->changes) continue;
    read.zone->GoBy(std::move(rules).Value());
    changed.push_back(name);
  }
  return changed;
}

Zone Zone::Of(std::string name, const std::vector<OffsetChange>& changes) {
  auto rules = std::make_unique<Rules>();
  for (const OffsetChange& change : changes) rules->Add(change);
  rules->Index();
  auto named = std::make_shared<Named>(std::move(name));
  named->GoBy(std::move(rules));
  Zone zone;
  zone.named_ = std::move(named);
  return zone;
}

const std::string& Zone::Name() const { return named_->name; }

LocalTime Zone::ToLocal(TimePoint time) const { return {time.time_since_epoch() + named_->rules.load()->At(time).offset}; }

Zone::Period Zone::PeriodAt(TimePoint time) const {
  const Rules& rules = *named_->rules.load();
  const OffsetChange* const change = &rules.At(time);
  const bool first = change == &rules.changes.front(), last = change == &rules.changes.back();
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
