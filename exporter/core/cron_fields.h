#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/result.h"

namespace batchslo::cron {

// What the parsers of all dialects share.
struct FieldKind {
  std::string_view name;
  int low, high;
  std::span<const std::string_view> names = {};
  int first_name = 0;
};
extern const FieldKind kSecondField, kMinuteField, kHourField, kDomField, kMonthField;
extern const FieldKind kDowField, kDow7Field;  // Sunday is 0, in the second one 7 too

struct Macro {
  std::string_view name, fields;
};

std::string Lower(std::string_view text);
std::string Quoted(std::string_view text);  // cut where it is long
std::vector<std::string_view> Split(std::string_view text, std::string_view separators);
std::vector<std::string_view> Words(std::string_view text);  // split at blanks of ASCII, without empty ones
std::vector<std::string_view> Lines(std::string_view text);  // without "\r" and blanks around

Error Bad(const FieldKind& kind, std::string_view item, const std::string& why);
std::string Allowed(const FieldKind& kind);  // "1 to 12 or jan to dec"
// Digits, or a name in any case; not whether the field allows it.
std::optional<std::int64_t> FindNumber(std::string_view text, const FieldKind& kind);
Result<std::int64_t> ReadNumber(std::string_view text, const FieldKind& kind, std::string_view item);

struct Range {
  std::int64_t from = 0, to = 0, step = 1;
  bool star = false;
};
// Refuses ends that the field does not allow, ranges that run backwards, and a step of 0.
Result<Range> CheckRange(const Range& range, const FieldKind& kind, std::string_view item);
std::uint64_t BitsOf(const Range& range);

Error WrongCount(std::string_view expression, std::string_view expected, std::size_t count);

}  // namespace batchslo::cron
