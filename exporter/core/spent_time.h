#pragma once

#include <span>
#include <vector>

#include "exporter/core/budget.h"
#include "exporter/core/judge.h"

namespace batchslo {

// What the time from `from` to `to` was, in pieces one after the other: of each instant as the first of `sayings` that
// holds there has it, unknown where none does. Tested by tests/core/spent_time_test.cc.
std::vector<SpentTime> SpendTime(TimePoint from, TimePoint to, std::span<const SpentTime> sayings);

// While an objective said so, nobody may count more.
Ending EndingOf(Verdict verdict);

// What is known of an objective without windows, whatever was told: a `within` is met after each success, and nothing is
// owed in a pause, nor while a discovered job is gone.
std::vector<SpentTime> KnownTimes(const Evidence& evidence, const Objective& objective, const History& history);

}  // namespace batchslo
