#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace batchslo {

// RFC 1321. For the schedulers that spread their jobs by it; it protects nothing.
std::array<std::uint8_t, 16> Md5(std::string_view text);

}  // namespace batchslo
