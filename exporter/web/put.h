#pragma once
// The hot path of a scrape: bytes into a buffer that is known to be large enough. Each gives the new end.

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "exporter/core/time.h"

namespace batchslo {

// What Put may read and write beyond the end of the text: the text lies in memory that goes on for so many bytes.
inline constexpr std::size_t kPadding = 32;

// Copies in blocks of a fixed size, which is several times as fast as memcpy of a length that the compiler can't see.
inline char* Put(char* to, std::string_view padded) {
  const char* from = padded.data();
  char* const end = to + padded.size();
  do {
    std::memcpy(to, from, kPadding);
    to += kPadding;
    from += kPadding;
  } while (to < end);
  return end;
}

// For text of a length that the compiler sees.
inline char* PutText(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

inline char* PutInteger(char* to, std::int64_t value) { return std::to_chars(to, to + 24, value).ptr; }

// Seconds with as many digits as the microseconds need: "1772355600", "1772355600.25".
inline char* PutSeconds(char* to, std::int64_t micros) {
  if (micros < 0) {
    *to++ = '-';
    micros = -micros;
  }
  to = std::to_chars(to, to + 24, static_cast<std::uint64_t>(micros) / 1'000'000).ptr;
  auto fraction = static_cast<std::uint32_t>(micros % 1'000'000);
  if (fraction == 0) return to;
  *to++ = '.';
  for (int digit = 5; digit >= 0; --digit) {
    to[digit] = static_cast<char>('0' + fraction % 10);
    fraction /= 10;
  }
  to += 6;
  while (to[-1] == '0') --to;
  return to;
}

// The shortest digits that read back as the same number.
inline char* PutDouble(char* to, double value) {
  if (std::isnan(value)) return PutText(to, "NaN");
  if (std::isinf(value)) return PutText(to, value > 0 ? "+Inf" : "-Inf");
  return std::to_chars(to, to + 32, value).ptr;
}

}  // namespace batchslo
