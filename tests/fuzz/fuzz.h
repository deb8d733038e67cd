#pragma once
// What the targets share. A property that does not hold ends the program: libFuzzer keeps the input.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace batchslo::fuzz {

inline void CheckAt(bool holds, const char* what, int line) {
  if (holds) return;
  std::fprintf(stderr, "line %d: does not hold: %s\n", line, what);
  std::abort();
}
#define CHECK(condition) ::batchslo::fuzz::CheckAt(static_cast<bool>(condition), #condition, __LINE__)

inline std::string_view TextOf(const std::uint8_t* data, std::size_t size) { return {reinterpret_cast<const char*>(data), size}; }

// The text up to the next `end`; takes it and the end off.
inline std::string_view Cut(std::string_view& text, char end = '\n') {
  const std::string_view piece = text.substr(0, text.find(end));
  text.remove_prefix(piece.size() < text.size() ? piece.size() + 1 : piece.size());
  return piece;
}

inline std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) lines.push_back(Cut(text));
  return lines;
}

// Of ASCII: DEL and what is below the blank.
inline bool HasControl(std::string_view text, std::string_view but = "") {
  for (const char c : text) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (control && but.find(c) == std::string_view::npos) return true;
  }
  return false;
}

}  // namespace batchslo::fuzz
