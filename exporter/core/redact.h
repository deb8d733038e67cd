// Tested by tests/core/redact_test.cc.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/result.h"

namespace batchslo {

// Takes secrets out of text that is shown or kept: private keys (the whole block), credentials in URLs, Authorization
// and Cookie headers, the values of names like password, token and secret, tokens of a known form (JWT, AWS, Google,
// GitHub, Slack ...), long runs of base64; and what further patterns of the configuration match. Each becomes
// "<redacted>". Twice is as once. Linear in the text. Safe from any thread.
class Redactor {
 public:
  Redactor();  // without further patterns
  // Error: one of them is no pattern of RE2, or matches the empty text; the message does not name it.
  static Result<Redactor> Make(const std::vector<std::string>& patterns);

  std::string Redact(std::string text) const;
  bool operator==(const Redactor& other) const;  // by the same patterns

 private:
  struct Patterns;
  std::shared_ptr<const Patterns> patterns_;  // null: none
};

// Why a text is no pattern for Make; "" if it is one.
std::string RedactFault(std::string_view pattern);

}  // namespace batchslo
