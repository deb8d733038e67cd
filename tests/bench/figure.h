#pragma once

#include <string>

namespace batchslo {

// One measured figure of the performance table, and what it is held against.
struct Figure {
  std::string id;
  double value;
  std::string unit;
  double goal, floor;
  bool bigger_is_better;
};

}  // namespace batchslo
