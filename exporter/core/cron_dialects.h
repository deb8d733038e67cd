#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "exporter/core/cron_line.h"
#include "exporter/core/result.h"

namespace batchslo {

// What a parser of a dialect makes of an expression: lines, or an interval.
struct CronText {
  std::vector<CronLine> lines;
  std::optional<Duration> every;
};

// What the expression itself does not say.
struct CronContext {
  Zone zone;
  std::string_view job;
};

// Each is exact: it refuses what its scheduler refuses.
Result<CronText> ParseVixie(std::string_view text, const CronContext& context);       // Debian's cron 3.0pl1
Result<CronText> ParseKubernetes(std::string_view text, const CronContext& context);  // robfig/cron v3.0.1 ParseStandard
Result<CronText> ParseArgo(std::string_view text, const CronContext& context);        // the same; zones in lines, a line for each of `schedules`
Result<CronText> ParseJenkins(std::string_view text, const CronContext& context);
Result<CronText> ParseAirflow(std::string_view text, const CronContext& context);     // croniter 6, and timedeltas
Result<CronText> ParseEventBridge(std::string_view text, const CronContext& context);
Result<CronText> ParseGcp(std::string_view text, const CronContext& context);
Result<CronText> ParseSystemd(std::string_view text, const CronContext& context);     // OnCalendar of systemd 252
Result<CronText> ParseDeadlines(std::string_view text, const CronContext& context);   // our own: Vixie's syntax

}  // namespace batchslo
