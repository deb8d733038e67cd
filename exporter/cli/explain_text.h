// Tested by tests/cli/explain_test.py.
#pragma once

#include <string>

#include "exporter/core/explain.h"

namespace batchslo {

// For somebody at a terminal: what is the matter in the first line, then what was seen, then what would change it; about
// 100 columns wide, without colours. Nothing in it acts on a terminal.
std::string ExplanationText(const Explanation& explanation);

// The same for programs: a JSON object, the text under "text". Facts are those of `replay`.
std::string ExplanationJson(const Explanation& explanation);

}  // namespace batchslo
