#pragma once

#include "exporter/config/block.h"

namespace batchslo {

// One value by its row. Monostate: a fault was added. Texts may be written without quotes, also where they look like a
// number; true, false and whole numbers only so, and in this spelling (no yes, no 0x10, no 012).
OptionValue ReadValue(const Node& node, const OptionSpec& spec, FaultList& faults);

}  // namespace batchslo
