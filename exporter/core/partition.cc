#include "exporter/core/partition.h"

#include <charconv>

#include "exporter/core/date_parts.h"

namespace batchslo {
namespace {

constexpr std::size_t kYearDigits = 4, kFieldDigits = 2, kMostDigits = 10, kMostBytes = 40;  // to the hour
constexpr std::string_view kBetween = "-T :.+Z";

std::size_t DigitsOf(int fields) { return kYearDigits + kFieldDigits * static_cast<std::size_t>(fields - 1); }

std::optional<double> NumberOf(std::string_view digits) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return fault == std::errc{} ? std::optional(static_cast<double>(number)) : std::nullopt;
}

}  // namespace

std::optional<double> PartitionNumber(std::string_view name) {
  std::string digits;
  for (const char c : name.substr(0, kMostBytes)) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit && kBetween.find(c) == std::string_view::npos) return std::nullopt;
    if (is_digit && digits.size() < kMostDigits) digits += c;
  }
  const bool is_date = digits.size() >= kYearDigits && digits.size() % kFieldDigits == 0 && digits[0] != '0';
  return is_date ? NumberOf(digits) : std::nullopt;
}

std::string PartitionAt(const PartitionCheck& check, TimePoint written) {
  const bool in_days = check.back % days{1} == Duration{0};
  const DateParts date = in_days ? DatePartsOf(LocalTime{check.zone.ToLocal(written).since_epoch - check.back}) : DatePartsOf(written - check.back, check.zone);
  std::string digits;
  for (std::size_t field = 0; field < static_cast<std::size_t>(check.fields); ++field) digits += (date[field] < 10 ? "0" : "") + std::to_string(date[field]);
  return digits;
}

std::optional<double> WrittenPartition(const PartitionCheck& check, const Look& look) {
  const auto at = look.values.find(std::string(kPartitionValue));
  if (at == look.values.end()) return std::nullopt;
  const std::string digits = std::to_string(static_cast<std::int64_t>(at->second));
  return digits.size() < DigitsOf(check.fields) ? std::nullopt : NumberOf(std::string_view(digits).substr(0, DigitsOf(check.fields)));
}

}  // namespace batchslo
