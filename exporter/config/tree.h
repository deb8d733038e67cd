#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/fault.h"

namespace batchslo {

// A YAML document as it was written: nothing is typed yet, every node knows its place.
struct Node {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  int line = 0, column = 0;  // from 1
  bool quoted = false;
  bool bad = false;         // its fault is told already: it says nothing, and nobody complains of it again
  std::string text;         // of a scalar
  std::vector<Node> items;  // of a sequence; of a map: its values
  std::vector<Node> keys;   // of a map, as items
  const Node* Find(std::string_view key) const;  // null: not there; linear: for maps whose keys are few
};

// Strict YAML: one document; no anchors, aliases, merge keys or tags; keys are scalars and unique; at most 50 levels,
// five million values, 50 MB and 10 MB between two values. Faults are appended. None: the text can't be read to its end, so nothing can be said of
// what it means.
std::optional<Node> ParseTree(std::string_view text, std::vector<Fault>& faults);

}  // namespace batchslo
