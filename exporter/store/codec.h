#pragma once

#include <optional>
#include <string>

#include "exporter/core/fact.h"

namespace batchslo {

// A fact as a row: what it is about, and what it says of that.
struct StoredFact {
  int kind = 0;          // index in Fact::what
  std::string job, key;  // key: a run's id, an output's name
  std::string fields;    // the rest, in an order of its own: "-" for none, else the text with %, tab and newline escaped
};

StoredFact Encode(const Fact& fact);
// None: the row is of a later version or damaged.
std::optional<Fact> Decode(const StoredFact& stored, const std::string& source, TimePoint observed);

}  // namespace batchslo
