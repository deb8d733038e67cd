#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/result.h"
#include "exporter/sources/files_pattern.h"

namespace batchslo {

// A table as people write it: "dataset.table", "project.dataset.table", "dataset.events_%Y%m%d" for the newest of the
// tables of each date, "dataset.table$%Y%m%d" for the newest partition. Pure.
struct BigQueryName {
  std::string project;  // empty: the source's
  std::string dataset;
  std::string table;             // without its partition; with the fields of a date
  std::size_t table_fields = 0;  // how many of year, month, day, hour stand in it
  std::string partition;         // "%Y%m%d", or "20260301"; empty: the whole table
  std::size_t partition_fields = 0;
};

// Errors tell what is wrong with it, and what to write.
Result<BigQueryName> ParseBigQueryName(std::string_view text);

// `text` with the digits of a date in place of %Y, %m, %d, %H.
std::string FillDate(std::string_view text, const DateParts& date);
// The first `fields` of a date, and those `back` units before it: of {2026, 3, 1} and 1 it is {2026, 2, 28}.
DateParts DateBefore(const DateParts& date, std::size_t fields, int back);
// A partition's date by its id ("2026030109"); none: it is of another kind, as "__NULL__".
DateParts DateOfPartition(std::string_view id, std::size_t fields);

}  // namespace batchslo
