// Tested by tests/sources/files_pattern_test.cc and tests/core/partition_test.cc.
#pragma once

#include <string>
#include <vector>

#include "exporter/core/time.h"
#include "exporter/core/zone.h"

namespace batchslo {

// Year, month, day, hour: as many as are known. They compare as times do.
using DateParts = std::vector<int>;
DateParts DatePartsOf(LocalTime local);
DateParts DatePartsOf(TimePoint time, const Zone& zone);
std::string FormatDateParts(const DateParts& date);  // "2026-03-01T09"

}  // namespace batchslo
