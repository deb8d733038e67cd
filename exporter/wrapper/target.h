#pragma once

#include <string>

#include "exporter/wrapper/arguments.h"
#include "exporter/wrapper/http.h"

namespace batchslo {

// Where to send, with the token read. False, with what to do: nothing can be sent.
bool ReadTarget(const Arguments& arguments, Target& target, std::string& fault);

}  // namespace batchslo
