#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/cron.h"

namespace batchslo {

// The ticks of one or several schedules together, each instant once.
class Ticks {
 public:
  explicit Ticks(Schedule schedule);
  Ticks(std::vector<Schedule> schedules, std::string text);

  std::optional<TimePoint> Next(TimePoint time) const;  // strictly after
  std::optional<TimePoint> Prev(TimePoint time) const;  // strictly before
  const std::string& Text() const { return text_; }     // as written

 private:
  std::vector<Schedule> schedules_;
  std::string text_;
};

// What people write for `by`, and for a `since` that is no duration: "HH:MM[,HH:MM...] [days]" with days like mon-fri
// or mon,wed, or a five-field cron. DST as Dialect::kDeadline says.
Result<Ticks> ParseDeadline(std::string_view text, const Zone& zone);

}  // namespace batchslo
