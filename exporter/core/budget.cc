#include "exporter/core/budget.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace batchslo {

std::string TargetText(SloTarget target) {
  char percent[16];
  std::snprintf(percent, sizeof percent, "%g", target.per_million / 1e4);
  return std::string(percent) + "% over " + std::to_string(target.days) + "d";
}

std::uint32_t& Endings::Of(Ending ending) {
  switch (ending) {
    case Ending::kMet:
      return met;
    case Ending::kMissed:
      return missed;
    case Ending::kUnknown:
      return unknown;
    case Ending::kExcused:
      break;
  }
  return excused;
}

Endings& Endings::operator+=(const Endings& other) {
  met += other.met;
  missed += other.missed;
  unknown += other.unknown;
  excused += other.excused;
  return *this;
}

std::optional<double> AttainmentOf(const Endings& endings) {
  const double all = static_cast<double>(std::uint64_t{endings.met} + endings.missed);
  return all > 0 ? std::optional(static_cast<double>(endings.met) / all) : std::nullopt;
}

std::optional<double> RemainingOf(const Endings& endings, SloTarget target) {
  constexpr double kMillion = 1e6;
  const double all = static_cast<double>(std::uint64_t{endings.met} + endings.missed);
  const double allowed = all * (kMillion - target.per_million) / kMillion;
  return allowed > 0 ? std::optional(1 - static_cast<double>(endings.missed) / allowed) : std::nullopt;
}

UtcDay UtcDayOf(TimePoint time) {
  const auto day = std::chrono::floor<days>(time).time_since_epoch().count();
  return static_cast<UtcDay>(std::clamp<decltype(day)>(day, 0, UINT16_MAX));
}

void DayCounts::Add(UtcDay day, Ending ending, std::uint32_t count) {
  DropAfter(day);
  const auto newest = Newest();
  if (!newest || *newest < day) {
    rows_.push_back({day, 1, {}});
  } else if (rows_.back().days > 1) {
    --rows_.back().days;
    rows_.push_back({*newest, 1, rows_.back().each});
  }
  rows_.back().each.Of(ending) += count;
  Join();
  rows_.shrink_to_fit();
}

void DayCounts::Join() {
  if (rows_.size() < 2) return;
  Row& before = rows_[rows_.size() - 2];
  if (before.first + before.days != rows_.back().first || before.each != rows_.back().each) return;
  ++before.days;
  rows_.pop_back();
}

void DayCounts::DropAfter(UtcDay day) {
  while (!rows_.empty() && rows_.back().first > day) rows_.pop_back();
  if (!rows_.empty()) rows_.back().days = std::min(rows_.back().days, static_cast<UtcDay>(day - rows_.back().first + 1));
}

void DayCounts::DropBefore(UtcDay day) {
  std::erase_if(rows_, [&](const Row& row) { return row.first + row.days <= day; });
  if (rows_.empty() || rows_.front().first >= day) return;
  rows_.front().days = static_cast<UtcDay>(rows_.front().first + rows_.front().days - day);
  rows_.front().first = day;
}

std::optional<UtcDay> DayCounts::Newest() const {
  if (rows_.empty()) return std::nullopt;
  return static_cast<UtcDay>(rows_.back().first + rows_.back().days - 1);
}

Endings DayCounts::Newest(int count) const {
  Endings sum;
  const int from = Newest().value_or(0) - count + 1;
  for (const Row& row : rows_) {
    const int inside = row.first + row.days - std::max<int>(row.first, from);
    for (int i = 0; i < inside; ++i) sum += row.each;
  }
  return sum;
}

std::string DayCounts::Text() const {
  std::string text;
  for (const Row& row : rows_) {
    text += (text.empty() ? "" : " ") + std::to_string(row.first) + "x" + std::to_string(row.days);
    char part = ':';
    for (const std::uint32_t count : {row.each.met, row.each.missed, row.each.unknown, row.each.excused}) {
      text += part + std::to_string(count);
      part = '/';
    }
  }
  return text;
}

std::optional<DayCounts> DayCounts::Read(std::string_view text) {
  DayCounts counts;
  int end = 0;  // of the row before
  while (!text.empty()) {
    std::uint32_t numbers[6];
    for (std::size_t i = 0; i < std::size(numbers); ++i) {
      const auto read = std::from_chars(text.data(), text.data() + text.size(), numbers[i]);
      if (read.ec != std::errc()) return std::nullopt;
      text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
      const char expected = "x:/// "[i];
      if (text.empty() ? expected != ' ' : text.front() != expected) return std::nullopt;
      if (!text.empty()) text.remove_prefix(1);
    }
    const auto [first, alike, met, missed, unknown, excused] = numbers;
    if (first < static_cast<std::uint32_t>(end) || alike == 0 || first > UINT16_MAX || alike > UINT16_MAX - first) return std::nullopt;
    counts.rows_.push_back({static_cast<UtcDay>(first), static_cast<UtcDay>(alike), {met, missed, unknown, excused}});
    end = static_cast<int>(first + alike);
  }
  counts.rows_.shrink_to_fit();
  return counts;
}

namespace {

void DropOld(DayCounts& counts) {
  const auto newest = counts.Newest();
  if (newest && *newest > kCountsKept) counts.DropBefore(static_cast<UtcDay>(*newest - kCountsKept));
}

}  // namespace

Tally AfterClosing(Tally tally, std::span<const ClosedWindow> windows) {
  for (const auto& [due, ending] : windows) {
    tally.until = due;
    tally.days.Add(UtcDayOf(due), ending);
    if (ending == Ending::kExcused) continue;
    ++tally.windows;
    if (ending == Ending::kMissed) ++tally.missed;
    if (ending == Ending::kUnknown) ++tally.unknown;
  }
  DropOld(tally.days);
  return tally;
}

Tally AfterTime(Tally tally, std::span<const SpentTime> times) {
  for (const SpentTime& time : times) {
    tally.until = time.to;
    for (TimePoint from = time.from; from < time.to;) {
      const TimePoint to = std::min(time.to, TimePoint{std::chrono::floor<days>(from) + days{1}});
      const auto seconds_in = std::chrono::floor<seconds>(to) - std::chrono::floor<seconds>(from);
      if (seconds_in.count() > 0) tally.days.Add(UtcDayOf(from), time.ending, static_cast<std::uint32_t>(seconds_in.count()));
      from = to;
    }
  }
  DropOld(tally.days);
  return tally;
}

std::optional<double> RemainingOf(const Tally& tally, SloTarget target) {
  return target ? RemainingOf(tally.days.Newest(target.days), target) : std::nullopt;
}

}  // namespace batchslo
