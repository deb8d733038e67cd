#pragma once

#include "exporter/config/text.h"

namespace batchslo {

// Which lines of a configuration may hold a secret in clear text: the value of a key that is called like one (or
// nearly), also where the key stands on the line above, a password or a signature in an address, a value that an alias
// may repeat, a comment that speaks of one or stands beside it. {file: ...} and {env: ...} hold none. Rather once too
// often: it only costs the reader a line of the message.
class SecretLines {
 public:
  explicit SecretLines(const Lines& lines);  // outlives it
  bool MayHold(int number) const;

 private:
  const Lines& lines_;
  std::vector<int> parents_;  // of each line the nearest above that is less indented; 0: none
};

// A configuration to be shown: each such line is "<secret>" instead, comments too.
std::string WithoutSecrets(std::string_view text);

}  // namespace batchslo
