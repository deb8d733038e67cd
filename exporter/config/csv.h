#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/result.h"

namespace batchslo {

constexpr std::size_t kMostCsvBytes = 16u << 20, kMostCsvRows = 10'000, kMostCsvCells = 64;

// A row as it stands in the table; what lies behind its 64th cell is left out, but for whether something does.
struct CsvRow {
  std::size_t number = 0;  // from 1, as a spreadsheet counts: rows that say nothing count, a line end in quotes does not
  std::vector<std::string> cells;
  bool is_longer = false;
};

// Visits the rows of a CSV (RFC 4180, with or without a byte order mark) that say something, as they are read. What parts
// the cells, a comma, a semicolon or a tab, is what stands most often in the first row. A quote within a cell that does not
// begin with one is a letter. The error says where: "row 7: ..."; what was visited before is then not to be relied on.
Result<void> ReadCsv(std::string_view text, const std::function<void(CsvRow&)>& visit);

// The rows as ReadCsv reads them.
std::string WriteCsv(const std::vector<std::vector<std::string>>& rows);

}  // namespace batchslo
