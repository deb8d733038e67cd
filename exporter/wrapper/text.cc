// Tested by tests/wrapper/wrapper_test.cc.
#include "exporter/wrapper/text.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace batchslo {
namespace {

unsigned char Byte(char c) { return static_cast<unsigned char>(c); }
bool IsContinuation(char c) { return (Byte(c) & 0xc0) == 0x80; }

// Length of the valid UTF-8 sequence that `text` begins with, 0 if it begins with none (RFC 3629).
std::size_t SequenceLength(std::string_view text) {
  struct Row {
    unsigned char first, last, least_second, most_second;
    std::size_t length;
  };
  static constexpr Row kRows[] = {
      {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
      {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
      {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
  const unsigned char first = Byte(text[0]);
  const auto row = std::find_if(std::begin(kRows), std::end(kRows),
                                [&](const Row& r) { return first >= r.first && first <= r.last; });
  if (row == std::end(kRows) || text.size() < row->length) return 0;
  if (row->length == 1) return 1;
  if (Byte(text[1]) < row->least_second || Byte(text[1]) > row->most_second) return 0;
  const std::string_view rest = text.substr(2, row->length - 2);
  return std::all_of(rest.begin(), rest.end(), IsContinuation) ? row->length : 0;
}

}  // namespace

std::string PercentEncode(std::string_view job) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : job) {
    if (kPlain.find(c) != std::string_view::npos) {
      out.push_back(c);
    } else {
      out += {'%', kHex[Byte(c) >> 4], kHex[Byte(c) & 15]};
    }
  }
  return out;
}

std::string JsonQuote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (c == '\n') {
      out += "\\n";
    } else if (Byte(c) < 0x20 || Byte(c) == 0x7f) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(Byte(c)));
      out += escape.data();
    } else {
      out.push_back(c);
    }
  }
  return out + "\"";
}

std::string ToUtf8(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const std::size_t length = SequenceLength(bytes);
    out += length > 0 ? bytes.substr(0, length) : std::string_view("\xef\xbf\xbd");
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string MessageOf(std::string_view bytes) {
  const std::string text = ToUtf8(bytes);
  if (text.size() <= kMessageBytes) return text;
  const std::size_t begin = text.size() - kMessageBytes, newline = text.find('\n', begin - 1);
  if (newline < text.size() - 1) return text.substr(newline + 1);
  const std::size_t part = text.find_first_of(" \t,;&|", begin + kAfterCut);
  return part == std::string::npos ? "" : text.substr(part + 1);
}

std::string FormatTime(Micros time) {
  const std::time_t whole = time / 1'000'000;
  std::tm parts{};
  gmtime_r(&whole, &parts);
  std::array<char, 80> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(time % 1'000'000));
  return out.data();
}

std::string NewRunId() {
  std::array<unsigned char, 16> random{};
  if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) std::abort();
  random[6] = static_cast<unsigned char>((random[6] & 0x0f) | 0x40);
  random[8] = static_cast<unsigned char>((random[8] & 0x3f) | 0x80);
  std::string out;
  for (std::size_t i = 0; i < random.size(); ++i) {
    std::array<char, 4> hex{};
    std::snprintf(hex.data(), hex.size(), "%02x", static_cast<unsigned>(random[i]));
    if (i == 4 || i == 6 || i == 8 || i == 10) out.push_back('-');
    out += hex.data();
  }
  return out;
}

}  // namespace batchslo
