#pragma once

#include <string_view>

#include "exporter/core/job.h"

namespace batchslo {

// ">= 1000", "> 0", "== 1", "!= 0", "< 10", "<= 10".
Result<RowsCheck> ParseRowsCheck(std::string_view text);

// "< 20%", "<= 5%".
Result<ShrinkCheck> ParseShrinkCheck(std::string_view text);

}  // namespace batchslo
