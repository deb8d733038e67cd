#pragma once

#include <string>

#include "exporter/core/option.h"
#include "exporter/core/result.h"

namespace batchslo {

// The secret itself, read each time anew (it may be rotated); one newline at its end is dropped. Errors name the file
// or the variable, never what is in it.
Result<std::string> ReadSecret(const SecretRef& secret);

}  // namespace batchslo
