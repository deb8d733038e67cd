#pragma once

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace batchslo {

// What systemd says in its variables; 0: nothing, or no number.
inline std::int64_t EnvironmentNumber(const char* variable) {
  const std::string_view text = getenv(variable) ? getenv(variable) : "";
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc{} && end == text.data() + text.size() ? number : 0;
}

}  // namespace batchslo
