#include "exporter/core/cron.h"

#include <algorithm>
#include <array>

#include "exporter/core/cron_dialects.h"

namespace batchslo {
namespace {

struct DialectRow {
  std::string_view name;
  Result<CronText> (*parse)(std::string_view text, const CronContext& context);
};

// By Dialect.
constexpr DialectRow kDialects[] = {
    {"vixie", ParseVixie},     {"kubernetes", ParseKubernetes},   {"argo", ParseArgo}, {"jenkins", ParseJenkins},
    {"airflow", ParseAirflow}, {"eventbridge", ParseEventBridge}, {"gcp", ParseGcp},   {"systemd", ParseSystemd},
    {"deadline", ParseDeadlines}};

constexpr auto kNames = [] {
  std::array<std::string_view, std::size(kDialects) - 1> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kDialects[i].name;
  return names;
}();

// Instants between which sums with offsets, horizons and intervals can't overflow.
constexpr TimePoint kFirst{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}}, kLast{std::chrono::sys_days{std::chrono::year{9999} / 1 / 1}};
bool IsWithinReach(TimePoint time) { return time >= kFirst && time < kLast; }

std::int64_t FloorDiv(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

std::optional<Duration> ShortestGap(const Schedule& schedule) {
  constexpr TimePoint kMonday{std::chrono::sys_days{std::chrono::year{2024} / 1 / 1}};
  std::optional<Duration> shortest;
  auto tick = schedule.Next(kMonday);
  for (int i = 0; tick && i < 1000 && (*tick < kMonday + days{14} || !shortest); ++i) {
    const auto next = schedule.Next(*tick);
    if (!next) break;
    shortest = std::min(shortest.value_or(*next - *tick), Duration{*next - *tick});
    tick = next;
  }
  return shortest;
}

}  // namespace

std::span<const std::string_view> DialectNames() { return kNames; }

std::string_view DialectName(Dialect dialect) { return kDialects[static_cast<std::size_t>(dialect)].name; }

Result<Dialect> ParseDialect(std::string_view name) {
  const auto at = std::find(kNames.begin(), kNames.end(), name);
  if (at != kNames.end()) return static_cast<Dialect>(at - kNames.begin());
  std::string known;
  for (const std::string_view one : kNames) known += (known.empty() ? "" : ", ") + std::string(one);
  return Error{"unknown cron dialect \"" + std::string(name.substr(0, 100)) + "\"; there are " + known};
}

Result<Schedule> Schedule::Parse(std::string_view expression, Dialect dialect, Zone zone, std::string_view job) {
  auto text = kDialects[static_cast<std::size_t>(dialect)].parse(expression, {zone, job});
  if (!text) return text.GetError();
  Schedule schedule;
  schedule.expression_ = expression;
  schedule.dialect_ = dialect;
  schedule.zone_ = text->lines.empty() ? std::move(zone) : text->lines[0].zone;
  schedule.lines_ = std::move(text->lines);
  schedule.every_ = text->every;
  return schedule;
}

std::optional<Duration> Schedule::Period() const {
  if (period_) return period_;
  return every_ ? every_ : ShortestGap(*this);
}

Schedule Schedule::WithPeriod() const {
  Schedule schedule = *this;
  schedule.period_ = Period();
  return schedule;
}

std::optional<TimePoint> Schedule::Next(TimePoint time) const {
  if (!IsWithinReach(time)) return std::nullopt;
  if (anchor_) return *anchor_ + *every_ * (FloorDiv((time - *anchor_).count(), every_->count()) + 1);
  if (lines_.size() == 1) return lines_[0].Next(time);
  std::optional<TimePoint> first;
  for (const CronLine& line : lines_) {
    const auto tick = line.Next(time);
    if (tick && (!first || *tick < *first)) first = tick;
  }
  return first;
}

std::optional<TimePoint> Schedule::Prev(TimePoint time) const {
  if (!IsWithinReach(time)) return std::nullopt;
  if (anchor_) return *anchor_ + *every_ * FloorDiv((time - *anchor_).count() - 1, every_->count());
  if (lines_.size() == 1) return lines_[0].Prev(time);
  std::optional<TimePoint> last;
  for (const CronLine& line : lines_) {
    const auto tick = line.Prev(time);
    if (tick && (!last || *tick > *last)) last = tick;
  }
  return last;
}

Schedule Schedule::AnchoredAt(TimePoint anchor) const {
  Schedule anchored = *this;
  if (every_) anchored.anchor_ = anchor;
  return anchored;
}

}  // namespace batchslo
