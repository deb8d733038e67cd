#pragma once

#include <span>
#include <string_view>

#include "exporter/core/option.h"

namespace batchslo {

// The tables of keys: one row a key, read by the parser, config/schema.json and the reference in config/README.md.
// A kind of source adds its own rows (SourceSpec).
enum class BlockKind { kTop, kDefaults, kSource, kJob, kRuns, kOutput, kChecks, kObjectives, kObjective, kEveryRun, kCalendar, kHolidays, kHalfDays, kMaintenance, kRegistry, kCsv, kSheets };

std::span<const OptionSpec> KeysOf(BlockKind block);

// "a job", "an objective": for the reference.
std::string_view BlockTitle(BlockKind block);

}  // namespace batchslo
