#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace batchslo {

// Columns of text, as wide as they need to be; nothing in a cell acts on the terminal.
class Table {
 public:
  explicit Table(std::vector<std::string> header) { Add(std::move(header)); }
  void Add(std::vector<std::string> row);
  void Print(std::ostream& out) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace batchslo
