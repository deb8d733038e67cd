// Tested by tests/core/blot_test.cc.
#pragma once

#include <string>
#include <string_view>

namespace batchslo {

// "<secret>" in the place of each `secret`. Linear: who was told the secret may send nothing else.
inline void Blot(std::string& text, std::string_view secret) {
  std::size_t at = text.find(secret);
  if (secret.empty() || at == std::string::npos) return;
  std::string out;
  std::size_t from = 0;
  for (; at != std::string::npos; at = text.find(secret, from)) {
    out.append(text, from, at - from).append("<secret>");
    from = at + secret.size();
  }
  out.append(text, from);
  text = std::move(out);
}

}  // namespace batchslo
