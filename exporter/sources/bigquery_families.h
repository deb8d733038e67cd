#pragma once

#include <string>
#include <vector>

namespace batchslo {

// Of a dataset's tables those that are one for each date taken together. Pure.

struct ListedTable {
  std::string name;
  std::string type;       // "TABLE", "VIEW" ...
  std::string partition;  // "DAY", "HOUR", "MONTH", "YEAR"; empty: it has no partitions by time
};
struct TableFamily {
  ListedTable table;       // of tables of dates its name is "events_%Y%m%d"
  std::size_t tables = 1;
  std::string newest;      // of tables of dates: the name of the newest
};

// In the order of their names.
std::vector<TableFamily> TableFamiliesOf(const std::vector<ListedTable>& tables);

// "%Y%m%d" of "DAY"; empty: there are no such partitions.
std::string PartitionFields(const std::string& type);

}  // namespace batchslo
