// Tested by tests/sources/bigquery_name_test.cc.
#include "exporter/sources/bigquery_name.h"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace batchslo {
namespace {

constexpr std::string_view kFields = "YmdH";
constexpr std::size_t kMostName = 1024;

bool IsWord(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

// What BigQuery allows in a table's name, of the characters that could end a text in a query.
bool IsTableName(std::string_view text) {
  return !text.empty() && text.size() <= kMostName && std::all_of(text.begin(), text.end(), [](char c) {
    return IsWord(c) || c == '-' || c == ' ' || static_cast<unsigned char>(c) >= 0x80;
  });
}

// How many fields of a date it has, from the year down; `rest` is the text without them.
Result<std::size_t> CountFields(std::string_view text, std::string& rest) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      rest += text[i];
      continue;
    }
    const char field = i + 1 < text.size() ? text[++i] : ' ';
    if (count >= kFields.size() || field != kFields[count])
      return Error{"a date goes from the year down, each field once: %Y, %Y%m, %Y%m%d or %Y%m%d%H"};
    ++count;
  }
  return count;
}

Result<BigQueryName> Checked(BigQueryName name) {
  const auto in_dataset = [](char c) { return IsWord(c) || c == '-'; };
  const auto in_project = [](char c) { return IsWord(c) || c == '-' || c == '.' || c == ':'; };
  const bool has_domain = name.project.find(':') != std::string::npos;  // "example.com:project"
  if (!std::all_of(name.project.begin(), name.project.end(), in_project) || (!has_domain && name.project.find('.') != std::string::npos))
    return Error{"\"" + name.project + "\" is no project"};
  if (name.dataset.empty() || !std::all_of(name.dataset.begin(), name.dataset.end(), in_dataset))
    return Error{"write it as dataset.table, or project.dataset.table"};
  std::string rest, none;
  const auto fields = CountFields(name.table, rest);
  if (!fields) return fields.GetError();
  const bool is_name = IsTableName(rest) || (rest.empty() && *fields > 0);
  if (!is_name)
    return Error{name.table.find('*') == std::string::npos
                     ? "\"" + name.table + "\" is no table's name"
                     : "a table has no wildcard; write events_%Y%m%d for the newest table of a date"};
  name.table_fields = *fields;
  const auto dates = CountFields(name.partition, none);
  if (!dates) return dates.GetError();
  const bool is_id = none.empty() || (*dates == 0 && IsTableName(none));
  if (!is_id) return Error{"a partition is either a date, as $%Y%m%d, or an id, as $20260301"};
  name.partition_fields = *dates;
  if (name.table_fields > 0 && !name.partition.empty())
    return Error{"a date stands either in the table's name or in its partition"};
  return name;
}

int DigitsOf(std::size_t field) { return field == 0 ? 4 : 2; }

std::string Digits(int value, int width) {
  std::string text = std::to_string(value);
  return std::string(static_cast<std::size_t>(std::max(0, width - static_cast<int>(text.size()))), '0') + text;
}

}  // namespace

Result<BigQueryName> ParseBigQueryName(std::string_view text) {
  BigQueryName name;
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos) return Error{"write it as dataset.table, or project.dataset.table"};
  std::string_view before = text.substr(0, dot), table = text.substr(dot + 1);
  if (const std::size_t dollar = table.find('$'); dollar != std::string_view::npos) {
    name.partition = table.substr(dollar + 1);
    if (name.partition.empty())
      return Error{"after the $ stands a partition: a date, as $%Y%m%d, or an id, as $20260301"};
    table = table.substr(0, dollar);
  }
  const std::size_t first = before.rfind('.');  // a project may hold dots: example.com:project
  if (first == 0) return Error{"it begins with a dot"};
  if (first != std::string_view::npos) name.project = before.substr(0, first);
  name.dataset = first == std::string_view::npos ? before : before.substr(first + 1);
  name.table = table;
  return Checked(std::move(name));
}

std::string FillDate(std::string_view text, const DateParts& date) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t field =
        text[i] == '%' && i + 1 < text.size() ? kFields.find(text[i + 1]) : std::string_view::npos;
    if (field >= date.size()) {
      out += text[i];
      continue;
    }
    out += Digits(date[field], DigitsOf(field));
    ++i;
  }
  return out;
}

DateParts DateBefore(const DateParts& date, std::size_t fields, int back) {
  using namespace std::chrono;
  if (fields == 1) return {date[0] - back};
  const year_month month = year{date[0]} / date[1];
  if (fields == 2) {
    const year_month before = month - months{back};
    return {static_cast<int>(before.year()), static_cast<int>(static_cast<unsigned>(before.month()))};
  }
  const sys_days day = month / date[2];
  const auto hour = day + hours{fields > 3 ? date[3] : 0} - (fields > 3 ? hours{back} : hours{24 * back});
  const year_month_day before{floor<std::chrono::days>(hour)};
  DateParts parts = {static_cast<int>(before.year()), static_cast<int>(static_cast<unsigned>(before.month())),
                     static_cast<int>(static_cast<unsigned>(before.day()))};
  if (fields > 3) parts.push_back(static_cast<int>((hour - floor<std::chrono::days>(hour)).count()));
  return parts;
}

DateParts DateOfPartition(std::string_view id, std::size_t fields) {
  DateParts date;
  for (std::size_t field = 0; field < fields; ++field) {
    const auto width = static_cast<std::size_t>(DigitsOf(field));
    int value = -1;
    const std::string_view digits = id.substr(0, width);
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.size() != width || fault != std::errc{} || end != digits.data() + width || value < 0) return {};
    date.push_back(value);
    id.remove_prefix(width);
  }
  return id.empty() ? date : DateParts{};
}

}  // namespace batchslo
