#pragma once

#include <optional>
#include <string_view>

#include "exporter/core/time.h"

namespace batchslo {

// The D of "@every D" as robfig/cron reads it: Go's time.ParseDuration ("1h30m", "1.5h", "-90s"), cut to whole seconds,
// at least one. None for text that Go refuses.
std::optional<Duration> ParseEvery(std::string_view text);

}  // namespace batchslo
