#pragma once

#include <optional>
#include <string>

#include "exporter/core/fact.h"

namespace batchslo {

// As they are stored; never renumbered.
enum class FactKind : int { kJob = 0, kView = 1, kRun = 2, kObservation = 3, kLastSuccess = 4, kGone = 5, kDown = 6 };

// A fact as a row: what it is about, and what it says of that.
struct StoredFact {
  FactKind kind = FactKind::kDown;
  std::string source, job, key;  // job: empty for facts about the source; key: a run's id, an output's name, a scope
  TimePoint observed;
  int mark = 0;                      // what retention asks for: a run's outcome; what a job fact tells, as bits
  std::optional<TimePoint> success;  // of a run that succeeded
  std::string fields;  // the rest, in an order of its own, parted by tabs: "-" for none, else "=" and the text
};

StoredFact Encode(const Fact& fact);
// None: the row is damaged, or a later version wrote it.
std::optional<Fact> Decode(const StoredFact& stored);

// A scope in a column that is never NULL: "-" for none, else "=" and the scope.
std::string EncodeScope(const std::optional<std::string>& scope);
std::optional<std::string> DecodeScope(const std::string& text);

// What the database gives for an integer; 0 for what is none.
std::int64_t IntegerOf(const std::optional<std::string>& text);
inline std::int64_t Micros(TimePoint time) { return time.time_since_epoch().count(); }
inline TimePoint FromMicros(std::int64_t micros) { return TimePoint{Duration{micros}}; }

}  // namespace batchslo
