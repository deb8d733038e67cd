#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/fault.h"

namespace batchslo {

// A YAML document as it was written: nothing is typed yet, every node knows its place.
struct Node {
  enum class Kind : std::uint8_t { kNull, kScalar, kSequence, kMap };
  struct Entry;
  Kind kind = Kind::kNull;
  bool quoted = false;
  bool bad = false;            // its fault is told already: it says nothing, and nobody complains of it again
  int line = 0, column = 0;    // from 1
  std::string text;            // of a scalar
  std::vector<Entry> entries;  // of a map; those of a sequence have no key
  const Node* Find(std::string_view key) const;  // null: not there; linear: for maps whose keys are few
};
struct Node::Entry {
  Node key, value;
};

// Strict YAML: one document; no anchors, aliases, merge keys or tags; keys are scalars and unique; at most 50 levels,
// five million values, 50 MB and 10 MB between two values. Faults are appended. None: the text can't be read to its end, so nothing can be said of
// what it means.
std::optional<Node> ParseTree(std::string_view text, std::vector<Fault>& faults);

// The same, but what stands in the top block of this key is handed over entry by entry, as soon as each is complete,
// and not kept: the tree of a large file takes a kilobyte a job. `root`: all that stands before.
struct OneByOne {
  std::string_view key;
  std::function<void(const Node& root, const Node::Entry& entry)> take;
};
std::optional<Node> ParseTree(std::string_view text, std::vector<Fault>& faults, const OneByOne& apart);

}  // namespace batchslo
