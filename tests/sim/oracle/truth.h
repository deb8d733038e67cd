#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

// What really happened, and the judge of what was told of it. Shares nothing with the product: tests/layers looks.
namespace oracle {

using Instant = std::int64_t;  // microseconds since 1970, UTC; also lengths of time
constexpr Instant kMillisecond = 1000, kSecond = 1000 * kMillisecond, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;
constexpr Instant kNever = std::numeric_limits<Instant>::max() / 4;

struct Span {
  Instant from, to;  // both belong to it
  bool Meets(Instant a, Instant b) const { return from <= b && a <= to; }
};

// One execution, or one move of a table.
struct Run {
  std::string id;
  std::optional<Instant> scheduled;  // as its source tells it
  Instant start = 0;
  Instant end = kNever;
  Instant shown = kNever;        // since when its source tells of its end
  Instant start_shown = kNever;  // and of its start
  Instant vanished = kNever;     // since when there is nothing of it, for it was cut off
  Instant failed_first = kNever; // it is told twice to end: first as a failure, by a try that came before
  Instant taken_back = 0;        // told while our clock was so far behind: nobody knows that it was not so much earlier
  bool succeeded = false;
  bool counts = true;  // manual runs and backfills by the job's options
  bool start_is_told = true;     // else the end may stand for it
  std::int64_t rows = 0;         // of a table after the move
};

enum class Kind { kWithin, kBy, kEveryRun, kStartBy, kMaxRuntime, kChecks };

// A span in which a success was owed.
struct Window {
  Instant opens, due;
  Instant from, to;  // what belongs to it by its scheduled time: [from, to)
  Instant last;      // what belongs to it by another instant: [from, last]
};

struct Rule {
  Kind kind = Kind::kWithin;
  std::string name;
  Instant length = 0, grace = 0;
  std::vector<Window> windows;  // of by, every_run and start_by, by due; complete over the whole run
};

// All of one job.
struct Truth {
  std::string name;
  Instant first_seen = 0;
  std::vector<Rule> rules;
  std::vector<Run> runs;       // of a table: its moves, by time
  std::vector<Span> dark;      // in which its sources or we could not see all, or had not caught up
  std::vector<Span> blind;     // in which nothing was seen, for longer than views may be apart
  std::vector<Span> pauses;
  std::vector<Span> gone;      // it did not exist
  bool is_table = false;
  bool is_discovered = false;
  bool tells_last_success = false;  // beside the runs
  std::int64_t least_rows = 0;      // of a table, to be good
  Instant staleness = 0;            // how long a look says how things are
  Instant skew = 0;                 // of the source's clock
  Instant coarse = 0;               // its times are told up to so much later than they were
  bool tells_counts = true;         // our clock was never wrong, by which windows are counted
};

}  // namespace oracle
