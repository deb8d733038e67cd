// Files of dates, and which kind of file it is.
#include <algorithm>

#include "exporter/config/calendar_file.h"
#include "exporter/config/recurrence.h"
#include "exporter/config/text.h"

namespace batchslo {
namespace {

constexpr std::string_view kBlank = " \t\r", kByteOrderMark = "\xef\xbb\xbf";

std::string_view Trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(kBlank);
  return from == std::string_view::npos ? std::string_view{} : text.substr(from, text.find_last_not_of(kBlank) - from + 1);
}

std::string_view WithoutComment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '#' && (i == 0 || kBlank.find(line[i - 1]) != std::string_view::npos)) return line.substr(0, i);
  }
  return line;
}

std::optional<int> Digits(std::string_view text, std::size_t from, std::size_t count) {
  int value = 0;
  for (std::size_t i = from; i < from + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = 10 * value + (text[i] - '0');
  }
  return value;
}

// A message that quotes what a file has, as it may be shown: control characters are blanks, halves of characters left out.
Error Shown(const std::string& message) {
  std::string shown;
  for (std::size_t i = 0, length = 0; i < message.size(); i += std::max<std::size_t>(length, 1)) {
    length = CharacterLength(message, i);
    const char32_t point = length == 0 ? 0 : CodePointAt(message, i);
    const bool is_control = point < 0x20 || (0x7f <= point && point < 0xa0) || IsInvisible(point);
    if (length > 0) shown += is_control ? " " : message.substr(i, length);
  }
  return Error{shown};
}

// The line of the first byte that is not UTF-8; 0: there is none.
int LineOfBadByte(std::string_view text) {
  int line = 1;
  for (std::size_t i = 0, length = 0; i < text.size(); i += length) {
    length = CharacterLength(text, i);
    if (length == 0 || text[i] == '\0') return line;
    if (text[i] == '\n') ++line;
  }
  return 0;
}

}  // namespace

Result<CalendarEntry> ParseDate(std::string_view text) {
  const std::string_view date = text.substr(0, std::min(text.find_first_of(kBlank), text.size()));
  const bool shaped = date.size() == 10 && date[4] == '-' && date[7] == '-';
  const auto y = shaped ? Digits(date, 0, 4) : std::nullopt, m = shaped ? Digits(date, 5, 2) : std::nullopt, d = shaped ? Digits(date, 8, 2) : std::nullopt;
  const std::string quoted = "\"" + std::string(CutUtf8(date, 50)) + "\"";
  if (!y || !m || !d) return Error{quoted + " is no date; write it like 2026-12-31"};
  const std::chrono::year_month_day day{std::chrono::year{*y}, std::chrono::month{static_cast<unsigned>(*m)}, std::chrono::day{static_cast<unsigned>(*d)}};
  if (!day.ok()) return Error{quoted + ": there is no such day"};
  const LocalDay at{day};
  if (at < kFirstDay || at > kLastDay) return Error{quoted + ": the years go from 1970 to 2099"};
  return CalendarEntry{{at.time_since_epoch()}, {(at + days{1}).time_since_epoch()}, std::nullopt, PlainName(Trimmed(text.substr(date.size())))};
}

std::string PlainName(std::string_view text) {
  std::string name(CutUtf8(text, 100));
  std::replace_if(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return name;
}

Result<std::vector<CalendarEntry>> ReadDates(std::string_view text) {
  std::vector<CalendarEntry> entries;
  int number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = Trimmed(WithoutComment(text.substr(at, end - at)));
    at = end + 1;
    ++number;
    if (line.empty()) continue;
    auto entry = ParseDate(line);
    if (!entry) return Error{"line " + std::to_string(number) + ": " + entry.Message()};
    entries.push_back(std::move(entry).Value());
    if (entries.size() > kMostCalendarEntries) return Error{"line " + std::to_string(number) + ": more than 200,000 days"};
  }
  return entries;
}

Result<std::vector<CalendarEntry>> ReadCalendarFile(std::string_view text) {
  if (text.size() > kMostCalendarBytes) return Error{"it is larger than 10 MB"};
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (const int line = LineOfBadByte(text); line > 0) return Error{"line " + std::to_string(line) + ": it is not UTF-8; save it so"};
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  static constexpr std::string_view kBegin = "BEGIN:";
  std::string begin(text.substr(std::min(first, text.size()), kBegin.size()));
  std::transform(begin.begin(), begin.end(), begin.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  auto entries = begin == kBegin ? ReadICalendar(text) : ReadDates(text);
  if (!entries) return Shown(entries.Message());
  if (entries->empty()) return Error{"there is no day in it"};
  return entries;
}

}  // namespace batchslo
