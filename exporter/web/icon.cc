// Tested by tests/web/html_test.cc.
#include "exporter/web/icon.h"

#include <algorithm>

namespace batchslo {

std::string RenderIcon(const Snapshot& snapshot) {
  const auto has = [&](State state) { return std::any_of(snapshot.jobs.begin(), snapshot.jobs.end(), [&](const auto& job) { return job->state == state; }); };
  struct Mark {
    const char *colour, *path;
  };
  static constexpr Mark kMissed{"#c0261c", "M10 10l12 12M22 10L10 22"}, kUnknown{"#b07a10", "M12 12a4 4 0 1 1 5 4q-1 1-1 3m0 3v1"}, kMet{"#1a7f4b", "M9 17l5 5L23 11"};
  const Mark& mark = has(State::kMissed) ? kMissed : has(State::kUnknown) ? kUnknown : kMet;
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\"><rect width=\"32\" height=\"32\" rx=\"7\" fill=\"" + std::string(mark.colour) +
         "\"/><path d=\"" + mark.path + "\" fill=\"none\" stroke=\"#fff\" stroke-width=\"3\" stroke-linecap=\"round\"/></svg>\n";
}

}  // namespace batchslo
