#pragma once

#include <string>
#include <utility>
#include <vector>

#include "exporter/core/option.h"
#include "exporter/core/result.h"

namespace batchslo {

// The secret itself, read each time anew (it may be rotated); one newline at its end is dropped. Errors name the file
// or the variable, never what is in it.
Result<std::string> ReadSecret(const SecretRef& secret);

// What a server says of a request that it refuses, without the credentials that it was sent: those after the scheme in
// `authorization` headers become "<secret>".
std::string WithoutCredentials(std::string text, const std::vector<std::pair<std::string, std::string>>& headers);

}  // namespace batchslo
