// Tested by tests/net/google_sheet_test.cc.
#include "exporter/net/google_sheet.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>

#include "exporter/net/json.h"

namespace batchslo {
namespace {

using nlohmann::json;

constexpr std::size_t kMostRowsBefore = 100'000;

// How many rows of the sheet stand before the range that was answered: 4 of "Jobs!A5:Z1000", and of "'Jobs 2'!5:9".
std::size_t RowsBefore(const std::string& range) {
  const std::size_t sheet = range.rfind('!');
  std::size_t at = sheet == std::string::npos ? 0 : sheet + 1;
  while (at < range.size() && std::isalpha(static_cast<unsigned char>(range[at])) != 0) ++at;
  std::size_t row = 1;
  std::from_chars(range.data() + at, range.data() + range.size(), row);
  return std::min(std::max<std::size_t>(row, 1) - 1, kMostRowsBefore);
}

std::string Advice(long status, const std::string& email) {
  const std::string who = email.empty() ? "the account that asks" : email;
  if (status == 403) return "; share the spreadsheet with " + who + ", and see that the Sheets API is switched on in its project";
  if (status == 404) return "; is the id of the spreadsheet right?";
  if (status == 400) return "; is the range right, with the name of a sheet that is there?";
  return "";
}

std::string CellText(const json& cell) {
  if (cell.is_string()) return cell.get<std::string>();
  return cell.is_null() ? "" : cell.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

HttpRequest AskForSheet(const std::string& endpoint, const std::string& spreadsheet, const std::string& range) {
  HttpRequest request;
  request.url = endpoint + "/v4/spreadsheets/" + UrlEncode(spreadsheet) + "/values/" + UrlEncode(range) + "?majorDimension=ROWS&valueRenderOption=FORMATTED_VALUE";
  request.headers.emplace_back("Accept", "application/json");
  return request;
}

Result<SheetRows> ParseSheet(const HttpReply& reply, const std::string& email) {
  const json body = ReadJson(reply.body).value_or(json());
  if (reply.status != 200) {
    const std::string message = JsonText(JsonChild(body, "error"), "message").substr(0, 300);
    return Error{"Google's Sheets API answers " + std::to_string(reply.status) + (message.empty() ? "" : ": " + message) + Advice(reply.status, email)};
  }
  if (!body.is_object()) return Error{"the answer is no JSON, or more than 500,000 cells; is the endpoint right, and the range no larger than the table?"};
  SheetRows rows(RowsBefore(JsonText(body, "range")));
  const json& values = JsonChild(body, "values");
  if (!values.is_array()) return rows;
  for (const json& row : values) {
    auto& cells = rows.emplace_back();
    if (!row.is_array()) continue;
    for (const json& cell : row) cells.push_back(CellText(cell));
  }
  return rows;
}

}  // namespace batchslo
