#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace batchslo {

using std::chrono::milliseconds;
using std::chrono::seconds;
using SteadyTime = std::chrono::steady_clock::time_point;
using Micros = std::int64_t;  // UTC, since 1970

// From the job's exit on. Together they stay below the second that the wrapper may add.
constexpr milliseconds kDrainBudget{200};    // until the rest of its stderr has been passed on
constexpr milliseconds kNetworkBudget{600};  // until the exporter must have answered
constexpr milliseconds kReportBudget{850};   // until the event must be on disk instead
constexpr milliseconds kLastLook{5};         // at whether the relay has ended with the job

constexpr seconds kAttemptLimit{10};  // one exchange that nobody waits for
constexpr seconds kRetryLimit{120};   // the courier's life after the job; the exporter's spool_allowance
constexpr seconds kLeastPause{1}, kMostPause{15};
constexpr seconds kFlushLimit{60};  // for what other runs left in the spool
constexpr int kFlushMost = 200;

constexpr std::size_t kMessageBytes = 8192;
constexpr std::size_t kAfterCut = 256;
constexpr std::size_t kTailBytes = 2 * kMessageBytes;  // kept of stderr, so that a whole line begins the message
constexpr std::size_t kHeadBytes = 16384;              // of a reply
constexpr std::size_t kSpoolFiles = 10'000;            // then the oldest goes

}  // namespace batchslo
