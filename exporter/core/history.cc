#include "exporter/core/history.h"

#include <algorithm>

namespace batchslo {

std::optional<TimePoint> ScheduleLine::Prev(TimePoint time) const {
  for (std::size_t i = segments_.size(); i-- > 0;) {
    const Segment& segment = segments_[i];
    if (i > 0 && segment.from + Duration{1} >= time) continue;  // all its ticks are at or after `time`
    if (!segment.schedule) continue;
    const bool newest = i + 1 == segments_.size();
    const TimePoint before = newest ? time : std::min(time, segments_[i + 1].from + Duration{1});
    const auto tick = segment.schedule->Prev(before);
    if (tick && (i == 0 || *tick > segment.from)) return tick;
  }
  return std::nullopt;
}

std::optional<TimePoint> ScheduleLine::Next(TimePoint time) const {
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const Segment& segment = segments_[i];
    const bool newest = i + 1 == segments_.size();
    if (!segment.schedule || (!newest && segments_[i + 1].from <= time)) continue;
    const auto tick = segment.schedule->Next(i == 0 ? time : std::max(time, segment.from));
    if (tick && (newest || *tick <= segments_[i + 1].from)) return tick;
  }
  return std::nullopt;
}

bool ScheduleLine::HasTicks() const {
  return !segments_.empty() && segments_.back().schedule && segments_.back().schedule->HasTicks();
}

bool ScheduleLine::NeedsAnchor() const {
  return std::any_of(segments_.begin(), segments_.end(),
                     [](const Segment& segment) { return segment.schedule && segment.schedule->Every(); });
}

ScheduleLine ScheduleLine::AnchoredAt(TimePoint anchor) const {
  ScheduleLine anchored = *this;
  for (Segment& segment : anchored.segments_) {
    if (!segment.schedule || !segment.schedule->Every()) continue;
    segment.schedule = std::make_shared<const Schedule>(segment.schedule->AnchoredAt(anchor));
  }
  return anchored;
}

const Schedule* ScheduleInForce(const History& history) {
  const auto* newest = history.line.Newest();
  return newest ? newest->schedule.get() : nullptr;
}

}  // namespace batchslo
