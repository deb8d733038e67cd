#pragma once

#include <string>

#include "exporter/core/run_log.h"

namespace batchslo {

// A sight as a record of a byte string, for RunLog: flags (which fields are there, outcome, trigger; nothing where they
// are as before), the run id as the length that it shares with the id before it and the rest, and the instants as varints,
// each relative to the one before it: scheduled, created, started, finished, observed; the first one to the record before.
void EncodeSight(std::string& out, const Sight& sight, const Sight& previous);

// What EncodeSight wrote; `sight` is the previous one, and becomes this one. `at` is left behind it.
void DecodeSight(const char*& at, Sight& sight);

}  // namespace batchslo
