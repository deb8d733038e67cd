#include "exporter/core/date_parts.h"

namespace batchslo {

DateParts DatePartsOf(LocalTime local) {
  const auto day = std::chrono::floor<days>(local.since_epoch);
  const std::chrono::year_month_day date{std::chrono::sys_days{day}};
  return {static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(std::chrono::floor<hours>(local.since_epoch - day).count())};
}

DateParts DatePartsOf(TimePoint time, const Zone& zone) { return DatePartsOf(zone.ToLocal(time)); }

std::string FormatDateParts(const DateParts& date) {
  std::string text;
  for (std::size_t i = 0; i < date.size(); ++i) {
    if (i > 0) text += i == 3 ? "T" : "-";
    text += (date[i] < 10 ? "0" : "") + std::to_string(date[i]);
  }
  return text;
}

}  // namespace batchslo
