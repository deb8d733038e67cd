#include "exporter/core/fact.h"

namespace batchslo {

const std::string& JobOf(const Fact& fact) {
  static const std::string kNone;
  return std::visit([](const auto& what) -> const std::string& {
    if constexpr (requires { what.job; }) {
      return what.job;
    } else {
      return kNone;
    }
  }, fact.what);
}

}  // namespace batchslo
