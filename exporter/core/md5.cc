#include "exporter/core/md5.h"

#include <bit>
#include <cmath>
#include <string>

namespace batchslo {
namespace {

using State = std::array<std::uint32_t, 4>;

// RFC 1321, 3.4: the integer part of 2^32 * |sin(i)|.
const std::array<std::uint32_t, 64>& Sines() {
  static const auto kSines = [] {
    std::array<std::uint32_t, 64> sines{};
    for (unsigned i = 0; i < 64; ++i) sines[i] = static_cast<std::uint32_t>(std::floor(std::ldexp(std::fabs(std::sin(i + 1.0)), 32)));
    return sines;
  }();
  return kSines;
}

std::uint32_t Word(const char* at) {
  std::uint32_t word = 0;
  for (unsigned i = 0; i < 4; ++i) word |= static_cast<std::uint32_t>(static_cast<unsigned char>(at[i])) << 8 * i;
  return word;
}

void Mix(State& state, const char* block) {
  static constexpr int kTurns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  auto [a, b, c, d] = state;
  for (unsigned i = 0; i < 64; ++i) {
    const unsigned round = i / 16;
    const std::uint32_t mixed[] = {(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d, c ^ (b | ~d)};
    const unsigned words[] = {i, (5 * i + 1) % 16, (3 * i + 5) % 16, 7 * i % 16};
    const std::uint32_t sum = a + mixed[round] + Sines()[i] + Word(block + 4 * words[round]);
    a = d, d = c, c = b;
    b += std::rotl(sum, kTurns[round][i % 4]);
  }
  state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d};
}

}  // namespace

std::array<std::uint8_t, 16> Md5(std::string_view text) {
  std::string padded(text);
  padded += '\x80';
  padded.resize((padded.size() + 8 + 63) / 64 * 64 - 8, '\0');
  const std::uint64_t bits = static_cast<std::uint64_t>(text.size()) * 8;
  for (unsigned i = 0; i < 8; ++i) padded += static_cast<char>(bits >> 8 * i & 0xff);
  State state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  for (std::size_t at = 0; at < padded.size(); at += 64) Mix(state, padded.data() + at);
  std::array<std::uint8_t, 16> digest{};
  for (unsigned i = 0; i < 16; ++i) digest[i] = static_cast<std::uint8_t>(state[i / 4] >> 8 * (i % 4));
  return digest;
}

}  // namespace batchslo
