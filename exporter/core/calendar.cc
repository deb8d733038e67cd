#include "exporter/core/calendar.h"

#include <algorithm>

#include "exporter/core/fnv.h"

namespace batchslo {
namespace {

constexpr Duration kTick{1};

bool BeginsFirst(const NamedSpan& a, const NamedSpan& b) { return std::pair(a.from, a.to) < std::pair(b.from, b.to); }

void Part(std::vector<NamedSpan>& spans) {
  std::sort(spans.begin(), spans.end(), BeginsFirst);
  std::vector<NamedSpan> apart;
  apart.reserve(spans.size());
  for (NamedSpan& span : spans) {
    if (!apart.empty()) span.from = std::max(span.from, apart.back().to + kTick);
    if (span.from <= span.to) apart.push_back(std::move(span));
  }
  spans = std::move(apart);
}

class Hash {
 public:
  void Add(std::string_view text) { hash_.Field(text); }
  void Add(Duration duration) { Add(std::to_string(duration.count())); }
  void AddSpans(const std::vector<NamedSpan>& spans) {
    for (const NamedSpan& span : spans) {
      Add(span.from.time_since_epoch());
      Add(span.to.time_since_epoch());
    }
    Add("end of spans");
  }
  void AddMaintenance(const Calendar& calendar) {
    AddSpans(calendar.maintenance);
    for (const RecurringSpan& span : calendar.recurring) {
      Add(span.ticks.Text());
      Add(span.ticks.ZoneName());
      Add(span.length);
    }
    Add("end of maintenance");
  }
  void AddDays(const Calendar& calendar) {
    Add(calendar.zone.Name());
    Add(std::to_string(calendar.weekdays));
    for (const HoursOfDay& open : calendar.hours) {
      Add(open.from);
      Add(open.to);
    }
    AddSpans(calendar.closed);
  }
  void AddNames(const Calendar& calendar) {
    for (const NamedSpan& span : calendar.closed) Add(*span.name);
    for (const NamedSpan& span : calendar.maintenance) Add(*span.name);
    for (const RecurringSpan& span : calendar.recurring) Add(*span.name);
  }
  std::uint64_t Value() const { return hash_.Value(); }

 private:
  Fnv1a<std::uint64_t> hash_;
};

const NamedSpan* Find(const std::vector<NamedSpan>& apart, TimePoint time) {
  const auto after = std::upper_bound(apart.begin(), apart.end(), time, [](TimePoint t, const NamedSpan& span) { return t < span.from; });
  return after == apart.begin() || after[-1].to < time ? nullptr : &after[-1];
}

Excuse ExcuseOf(const NamedSpan& span) { return {span.from, span.to + kTick, *span.name}; }

// The newest tick up to `time` begins the stretch that reaches furthest.
std::optional<NamedSpan> Find(const RecurringSpan& recurring, TimePoint time) {
  const auto tick = recurring.ticks.Prev(time + kTick);
  if (!tick || *tick + recurring.length < time) return std::nullopt;
  return NamedSpan{*tick, *tick + recurring.length, recurring.name};
}

// ---- days ----

struct LocalDay {
  std::chrono::local_days day;
  Duration clock;  // since its midnight
};

LocalDay DayOf(const Zone& zone, TimePoint time) {
  const Duration local = zone.ToLocal(time).since_epoch;
  const auto day = std::chrono::floor<days>(local);
  return {std::chrono::local_days{day}, local - day};
}

TimePoint At(const Zone& zone, std::chrono::local_days day, Duration clock = {}) {
  return zone.ToInstants({day.time_since_epoch() + clock}).first;
}

std::optional<Excuse> OfWeekday(const Calendar& calendar, const LocalDay& at) {
  static constexpr const char* kNames[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
  const unsigned weekday = std::chrono::weekday{at.day}.c_encoding();
  if (calendar.weekdays >> weekday & 1) return std::nullopt;
  return Excuse{At(calendar.zone, at.day), At(calendar.zone, at.day + days{1}), kNames[weekday]};
}

std::optional<Excuse> OfHours(const Calendar& calendar, const LocalDay& at) {
  Duration from{0}, until{days{1}};
  for (const HoursOfDay& open : calendar.hours) {
    if (open.from <= at.clock && at.clock <= open.to) return std::nullopt;
    if (open.to < at.clock) from = std::max(from, open.to);
    if (open.from > at.clock) until = std::min(until, open.from);
  }
  return calendar.hours.empty() ? std::nullopt : std::optional(Excuse{At(calendar.zone, at.day, from), At(calendar.zone, at.day, until), "outside of hours"});
}

void AddFirstAfter(const std::vector<NamedSpan>& apart, TimePoint now, std::vector<TimePoint>& instants) {
  const auto after = std::upper_bound(apart.begin(), apart.end(), now, [](TimePoint t, const NamedSpan& span) { return t < span.from; });
  if (after != apart.end()) instants.push_back(after->from);
}

// All instants of the week to come at which an excuse may begin, and those of what is written. Where hours go on at midnight
// none does.
std::vector<TimePoint> MayBegin(const Calendar& calendar, TimePoint now) {
  std::vector<TimePoint> instants;
  AddFirstAfter(calendar.closed, now, instants);
  AddFirstAfter(calendar.maintenance, now, instants);
  for (const RecurringSpan& recurring : calendar.recurring) {
    if (const auto tick = recurring.ticks.Next(now)) instants.push_back(*tick);
  }
  std::chrono::local_days day = DayOf(calendar.zone, now).day;
  for (int i = 0; i < 8; ++i, day += days{1}) {
    instants.push_back(At(calendar.zone, day));
    for (const HoursOfDay& open : calendar.hours) instants.push_back(At(calendar.zone, day, open.to) + kTick);
  }
  return instants;
}

}  // namespace

void Seal(Calendar& calendar) {
  Part(calendar.closed);
  Part(calendar.maintenance);
  Hash maintenance, windows, whole;
  maintenance.AddMaintenance(calendar);
  calendar.maintenance_hash = maintenance.Value();
  windows.AddDays(calendar);
  windows.AddMaintenance(calendar);
  calendar.windows_hash = windows.Value();
  whole.Add(std::to_string(calendar.windows_hash));
  whole.AddNames(calendar);
  calendar.whole_hash = whole.Value();
}

std::optional<Excuse> ExcuseAt(const Calendar& calendar, TimePoint time) {
  if (const NamedSpan* span = Find(calendar.maintenance, time)) return ExcuseOf(*span);
  for (const RecurringSpan& recurring : calendar.recurring) {
    if (const auto span = Find(recurring, time)) return ExcuseOf(*span);
  }
  if (const NamedSpan* span = Find(calendar.closed, time)) return ExcuseOf(*span);
  if (calendar.weekdays == 0x7f && calendar.hours.empty()) return std::nullopt;
  const LocalDay at = DayOf(calendar.zone, time);
  const auto weekday = OfWeekday(calendar, at);
  return weekday ? weekday : OfHours(calendar, at);
}

std::optional<Excuse> NextExcuse(const Calendar& calendar, TimePoint now) {
  if (const auto excuse = ExcuseAt(calendar, now)) return excuse;
  std::vector<TimePoint> instants = MayBegin(calendar, now);
  std::sort(instants.begin(), instants.end());
  for (const TimePoint instant : instants) {
    const auto excuse = instant > now ? ExcuseAt(calendar, instant) : std::nullopt;
    if (excuse) return excuse;
  }
  return std::nullopt;
}

std::vector<NamedSpan> MaintenanceIn(const Calendar& calendar, TimePoint from, TimePoint to) {
  std::vector<NamedSpan> found;
  for (const NamedSpan& span : calendar.maintenance) {
    if (span.to >= from && span.from <= to) found.push_back(span);
  }
  for (const RecurringSpan& recurring : calendar.recurring) {
    if (const auto span = Find(recurring, from)) found.push_back(*span);
    for (auto tick = recurring.ticks.Next(from); tick && *tick <= to; tick = recurring.ticks.Next(*tick)) {
      found.push_back({*tick, *tick + recurring.length, recurring.name});
    }
  }
  for (NamedSpan& span : found) span = {std::max(span.from, from), std::min(span.to, to), span.name};
  std::sort(found.begin(), found.end(), BeginsFirst);
  std::vector<NamedSpan> apart;  // ends that touch stay: nothing of their length is lost
  for (NamedSpan& span : found) {
    if (!apart.empty()) span.from = std::max(span.from, apart.back().to);
    if (span.from <= span.to) apart.push_back(std::move(span));
  }
  return apart;
}

Duration LengthOf(const std::vector<NamedSpan>& apart) {
  Duration length{0};
  for (const NamedSpan& span : apart) length += span.to - span.from;
  return length;
}

}  // namespace batchslo
