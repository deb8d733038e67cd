#pragma once

#include "exporter/config/text.h"

namespace batchslo {

// Whether line `number` of a configuration may hold a secret in clear text: the value of a key that is called like one
// (or nearly), also where the key stands on the line above, or a password in an address. {file: ...} and {env: ...}
// hold none. Rather once too often: it only costs the reader a line of the message.
bool MayHoldSecret(const Lines& lines, int number);

// A configuration to be shown: each such line is "<secret>" instead, comments too.
std::string WithoutSecrets(std::string_view text);

}  // namespace batchslo
