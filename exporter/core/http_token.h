#pragma once

#include <algorithm>
#include <string_view>

namespace batchslo {

// What names of headers are made of (RFC 9110, section 5.6.2: token).
inline bool IsHttpToken(std::string_view text) {
  const auto is_in_it = [](char c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return is_letter || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), is_in_it);
}

}  // namespace batchslo
