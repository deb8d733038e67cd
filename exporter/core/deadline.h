#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/cron.h"

namespace batchslo {

// The ticks of one or several schedules together, each instant once. Copies share them.
class Ticks {
 public:
  explicit Ticks(Schedule schedule);
  Ticks(std::vector<Schedule> schedules, std::string text);  // one at least, all in one zone

  std::optional<TimePoint> Next(TimePoint time) const;  // strictly after
  std::optional<TimePoint> Prev(TimePoint time) const;  // strictly before
  const std::string& Text() const { return written_->text; }  // as written
  const std::string& ZoneName() const { return written_->schedules.front().GetZone().Name(); }
  bool operator==(const Ticks& other) const { return written_ == other.written_ || (Text() == other.Text() && ZoneName() == other.ZoneName()); }

 private:
  struct Written {
    std::vector<Schedule> schedules;
    std::string text;
  };
  std::shared_ptr<const Written> written_;
};

// What people write for `by`, and for a `since` that is no duration: "HH:MM[,HH:MM...] [days]" with at most 24 times and days
// like mon-fri or mon,wed, or a five-field cron. DST as Dialect::kDeadline says.
Result<Ticks> ParseDeadline(std::string_view text, const Zone& zone);

}  // namespace batchslo
