#pragma once

#include <string>

#include "exporter/sources/source.h"

namespace batchslo {

// A log to standard error: logfmt or JSON, one line a message; whatever is in a message can't forge another line.
Result<Log> MakeLog(const std::string& level, const std::string& format);

}  // namespace batchslo
