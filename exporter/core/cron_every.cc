#include "exporter/core/cron_every.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace batchslo {
namespace {

constexpr std::uint64_t kLimit = std::uint64_t{1} << 63;

constexpr std::pair<std::string_view, std::uint64_t> kNanoseconds[] = {
    {"ns", 1},
    {"us", 1'000},
    {"\u00b5s", 1'000},  // micro sign
    {"\u03bcs", 1'000},  // Greek mu
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60'000'000'000},
    {"h", 3'600'000'000'000}};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view TakeDigits(std::string_view& text) {
  const auto length = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), IsDigit) - text.begin());
  const std::string_view digits = text.substr(0, length);
  text.remove_prefix(length);
  return digits;
}

std::optional<std::uint64_t> Whole(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (value > kLimit / 10) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value <= kLimit ? std::optional(value) : std::nullopt;
}

// Digits after the point, of `unit`; those that no longer fit are ignored.
std::uint64_t Fraction(std::string_view digits, std::uint64_t unit) {
  std::uint64_t value = 0;
  double scale = 1;
  for (const char c : digits) {
    if (value > (kLimit - 1) / 10) break;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
    scale *= 10;
  }
  return static_cast<std::uint64_t>(static_cast<double>(value) * (static_cast<double>(unit) / scale));
}

// One "1.5h" off the front, in nanoseconds.
std::optional<std::uint64_t> TakePart(std::string_view& text) {
  const std::string_view whole = TakeDigits(text);
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = TakeDigits(text);
  }
  const auto value = Whole(whole);
  if ((whole.empty() && fraction.empty()) || !value) return std::nullopt;
  const std::string_view name = text.substr(0, text.find_first_of(".0123456789"));
  const auto* const unit = std::find_if(std::begin(kNanoseconds), std::end(kNanoseconds), [&](const auto& u) { return u.first == name; });
  if (unit == std::end(kNanoseconds) || *value > kLimit / unit->second) return std::nullopt;
  text.remove_prefix(name.size());
  return *value * unit->second + Fraction(fraction, unit->second);
}

}  // namespace

std::optional<Duration> ParseEvery(std::string_view text) {
  const bool minus = text.starts_with('-');
  if (minus || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  std::uint64_t total = 0;
  for (std::string_view rest = text == "0" ? "" : text; !rest.empty();) {
    const auto part = TakePart(rest);
    if (!part || *part > kLimit || total + *part > kLimit) return std::nullopt;
    total += *part;
  }
  if (!minus && total == kLimit) return std::nullopt;
  const auto whole_seconds = minus ? 0 : static_cast<std::int64_t>(total / 1'000'000'000);
  return Duration{seconds{std::max<std::int64_t>(whole_seconds, 1)}};
}

}  // namespace batchslo
