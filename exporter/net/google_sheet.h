#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/net/http.h"

namespace batchslo {

// The cells of a spreadsheet of Google's. Pure.

inline constexpr std::string_view kSheetsScope = "https://www.googleapis.com/auth/spreadsheets.readonly";

HttpRequest AskForSheet(const std::string& endpoint, const std::string& spreadsheet, const std::string& range);

// Row by row from the first one of the sheet on, as people see them. The Error says how to mend it; `email`: who asked, "":
// that is not known.
using SheetRows = std::vector<std::vector<std::string>>;
Result<SheetRows> ParseSheet(const HttpReply& reply, const std::string& email);

}  // namespace batchslo
