#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace batchslo::bench {

// What so many peers saw who each sent one request after the other, all from one thread.
struct Load {
  double seconds = 0;
  std::vector<double> latencies;           // of those answered 200, in seconds, sorted
  std::vector<std::size_t> acknowledged;   // the numbers of the requests that were answered 200
  std::size_t refused = 0;                 // 503 with Retry-After
  std::size_t wrong = 0;                   // any other answer, a 503 without Retry-After, or none
  double Percentile(double share) const { return latencies.empty() ? 0 : latencies[static_cast<std::size_t>(share * static_cast<double>(latencies.size() - 1))]; }
};

// Talks to 127.0.0.1 over `peers` connections that are kept (and made anew when the server ends one) for `seconds`.
// `request` gives the text of a request by its number; numbers begin at `first`.
Load MakeLoad(std::uint16_t port, std::size_t peers, double seconds, std::size_t first, const std::function<std::string(std::size_t)>& request);

}  // namespace batchslo::bench
