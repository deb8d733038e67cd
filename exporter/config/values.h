#pragma once

#include <string_view>

#include "exporter/core/job.h"

namespace batchslo {

// ">= 1000", "> 0", "== 1", "!= 0", "< 10", "<= 10".
Result<RowsCheck> ParseRowsCheck(std::string_view text);

// "< 20%", "<= 5%".
Result<ShrinkCheck> ParseShrinkCheck(std::string_view text);

// "%Y%m%d", "%Y-%m-%d", "%Y%m%d%H", "%Y%m", "%Y"; then how far behind what is written is: "%Y%m%d -1d". In UTC.
Result<PartitionCheck> ParsePartitionCheck(std::string_view text);

// "99% over 28d", "99.95% over 7d": up to four decimals, 1d to 90d.
Result<SloTarget> ParseTarget(std::string_view text);

}  // namespace batchslo
