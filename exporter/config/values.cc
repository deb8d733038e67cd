#include "exporter/config/values.h"

#include <charconv>
#include <string>

namespace batchslo {
namespace {

constexpr std::pair<std::string_view, Compare> kCompares[] = {{">=", Compare::kGreaterEqual}, {"<=", Compare::kLessEqual}, {"==", Compare::kEqual},
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

template <class T>
std::optional<T> TakeNumber(std::string_view& text) {
  T value{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

}  // namespace

Result<RowsCheck> ParseRowsCheck(std::string_view text) {
  std::string_view rest = text;
  const auto compare = TakeCompare(rest);
  const auto bound = compare ? TakeNumber<std::int64_t>(rest) : std::nullopt;
  if (bound && *bound >= 0 && rest.empty()) return RowsCheck{*compare, *bound};
  return Error{"\"" + std::string(text.substr(0, 60)) + "\" is no comparison; write it like \">= 1000\" (>= > <= < == !=)"};
}

Result<ShrinkCheck> ParseShrinkCheck(std::string_view text) {
  std::string_view rest = text;
  const auto compare = TakeCompare(rest);
  const auto percent = compare ? TakeNumber<double>(rest) : std::nullopt;
  const bool below = compare == Compare::kLess || compare == Compare::kLessEqual;
  if (below && percent && *percent > 0 && *percent <= 100 && rest == "%") return ShrinkCheck{*percent / 100, *compare};
  return Error{"\"" + std::string(text.substr(0, 60)) + "\" is no limit; write it like \"< 20%\""};
}

}  // namespace batchslo
