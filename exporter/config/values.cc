#include "exporter/config/values.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "exporter/config/block.h"

namespace batchslo {
namespace {

constexpr std::pair<std::string_view, Compare> kCompares[] = {
    {">=", Compare::kGreaterEqual}, {"<=", Compare::kLessEqual}, {"==", Compare::kEqual},
    {"!=", Compare::kNotEqual},     {">", Compare::kGreater},    {"<", Compare::kLess}};

std::optional<Compare> TakeCompare(std::string_view& text) {
  for (const auto& [sign, compare] : kCompares) {
    if (!text.starts_with(sign)) continue;
    text.remove_prefix(sign.size());
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return compare;
  }
  return std::nullopt;
}

bool AreDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

template <class T>
std::optional<T> Number(std::string_view digits) {
  T value{};
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return fault == std::errc{} && end == digits.data() + digits.size() ? std::optional(value) : std::nullopt;
}

// "20%", "2.5%": more than nothing, at most all.
std::optional<double> Percent(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  const std::string_view whole = text.substr(0, text.find('.'));
  const bool has_decimals = whole.size() < text.size();
  if (!AreDigits(whole) || (has_decimals && !AreDigits(text.substr(whole.size() + 1))) ||
      (whole.size() > 2 && whole != "100"))
    return std::nullopt;
  const auto percent = Number<double>(text);
  return percent && *percent > 0 && *percent <= 100 ? percent : std::nullopt;
}

// "99.95%" is 999500: more than nothing, less than all.
std::optional<std::uint32_t> PerMillion(std::string_view text) {
  constexpr std::size_t kDecimals = 4;
  const std::size_t point = text.find('.');
  std::string digits(text.substr(0, point)), decimals(point == std::string_view::npos ? "0" : text.substr(point + 1));
  if (digits.size() > 2 || decimals.size() > kDecimals || !AreDigits(digits) || !AreDigits(decimals)) return std::nullopt;
  decimals.resize(kDecimals, '0');
  const auto parts = Number<std::uint32_t>(digits + decimals);
  return parts && *parts > 0 ? parts : std::nullopt;
}

}  // namespace

Result<RowsCheck> ParseRowsCheck(std::string_view text) {
  std::string_view rest = text;
  const auto compare = TakeCompare(rest);
  const auto bound = compare && AreDigits(rest) ? Number<std::int64_t>(rest) : std::nullopt;
  if (bound) return RowsCheck{*compare, *bound};
  return Error{Quoted(text) + " is no comparison; write it like \">= 1000\" (>= > <= < == !=)"};
}

Result<ShrinkCheck> ParseShrinkCheck(std::string_view text) {
  std::string_view rest = text;
  const auto compare = TakeCompare(rest);
  const bool below = compare == Compare::kLess || compare == Compare::kLessEqual;
  const auto percent = below ? Percent(rest) : std::nullopt;
  if (percent) return ShrinkCheck{*percent, *compare};
  return Error{Quoted(text) + " is no limit; write it like \"< 20%\""};
}

Result<PartitionCheck> ParsePartitionCheck(std::string_view text) {
  constexpr std::string_view kFields[] = {"%Y", "%m", "%d", "%H"}, kBehind = " -";
  const std::size_t behind = text.find(kBehind);
  std::string_view pattern = text.substr(0, behind);
  PartitionCheck check{Zone{}, 0, Duration{0}};
  for (const std::string_view field : kFields) {
    std::string_view rest = pattern;
    if (check.fields > 0 && rest.starts_with('-')) rest.remove_prefix(1);
    if (!rest.starts_with(field)) break;
    pattern = rest.substr(field.size());
    ++check.fields;
  }
  const auto back = behind == std::string_view::npos ? Result<Duration>(Duration{0}) : ParseDuration(text.substr(behind + kBehind.size()));
  if (check.fields == 0 || !pattern.empty() || !back || *back > days{366}) {
    return Error{Quoted(text) + " is no date of a partition; write it like %Y%m%d, or %Y%m%d -1d for what is written a day later (at most 366d)"};
  }
  check.back = *back;
  return check;
}

Result<SloTarget> ParseTarget(std::string_view text) {
  constexpr std::string_view kOver = "% over ";
  constexpr std::uint32_t kMostDays = *std::max_element(std::begin(kAttainmentDays), std::end(kAttainmentDays));
  const std::size_t over = text.find(kOver);
  if (over != std::string_view::npos && text.ends_with('d')) {
    const std::string_view span = text.substr(over + kOver.size(), text.size() - over - kOver.size() - 1);
    const auto share = PerMillion(text.substr(0, over));
    const auto count = AreDigits(span) && span[0] != '0' ? Number<std::uint32_t>(span) : std::nullopt;
    if (share && count && *count <= kMostDays) return SloTarget{static_cast<std::uint8_t>(*count), *share & 0xffffff};
  }
  return Error{Quoted(text) + " is no target; write it like 99% over 28d (more than 0% and less than 100%, over 1d to 90d)"};
}

}  // namespace batchslo
