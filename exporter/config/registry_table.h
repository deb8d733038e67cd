#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/snapshot.h"

namespace batchslo {

// The rows of a registry as they were read: nothing is understood yet but which column is which.
struct RegistryCell {
  std::string_view key;  // "by": of the keys that a row may have
  int column;            // from 1
  std::string text;      // without blanks around it, never empty
};
struct RegistryRow {
  int number;       // as a spreadsheet counts
  int job_column;
  std::string job;
  std::vector<RegistryCell> cells;
};
struct RegistryTable {
  std::vector<RegistryRow> rows;
  RegistryReading reading;  // of the table, and of rows that can't be of any job
};

// A CSV whose first row that says something names the columns, in any order: "job", and keys that an annotation may have.
// Other columns are for people, and are listed once. An Error where nothing can be said of any row.
Result<RegistryTable> ReadRegistryTable(std::string_view csv);

// Of a reading, of which so many notes are kept.
void AddNote(std::vector<RegistryReading::Note>& notes, RegistryReading::Note note);

}  // namespace batchslo
