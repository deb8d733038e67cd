#pragma once

#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/fact.h"

namespace batchslo {

struct FactsFile {
  std::vector<Fact> facts;
  std::vector<std::string> faults;  // "FILE:LINE: what is wrong", all of them, as long as they are few
};

// Facts as a file: one JSON object a line. Unknown, missing and repeated keys, empty lines and wrong values are faults;
// null is a value only of `updated_at` and `value`.
FactsFile ReadFacts(std::istream& in, std::string_view name);
FactsFile ReadFactsFile(const std::string& path);  // that it can't be read is a fault

// One line of such a file, without its newline. Annotations, and values that are no finite numbers, have no place in
// it.
std::string FactLine(const Fact& fact);

std::string_view OutcomeName(Outcome outcome);  // as facts write it: "running"

}  // namespace batchslo
