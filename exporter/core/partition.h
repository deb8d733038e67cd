// Tested by tests/core/partition_test.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exporter/core/history.h"
#include "exporter/core/job.h"

namespace batchslo {

// The name under which Look::values has the partition, as PartitionNumber gives it.
inline constexpr std::string_view kPartitionValue = "partition";

// "2026-03-01T09", "2026-03-01 09:00:00+00" and "2026030109" as 2026030109; "202603" as 202603. None: the name is no date.
std::optional<double> PartitionNumber(std::string_view name);

// The partition that is due to be written at an instant: "20260301". What is older, and written then all the same, is no
// success of what is due by then.
std::string PartitionAt(const PartitionCheck& check, TimePoint written);

// What was written, to as many fields as the check has. None: nothing is known of it, or fewer fields.
std::optional<double> WrittenPartition(const PartitionCheck& check, const Look& look);

}  // namespace batchslo
