#pragma once

#include <string_view>

namespace batchslo {

// What this binary is. One file is compiled anew for another revision, not everything that tells of it.
extern const std::string_view kVersion, kRevision, kCompiler;

}  // namespace batchslo
