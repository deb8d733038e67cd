#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/result.h"
#include "exporter/core/time.h"
#include "exporter/core/zone_rule.h"

namespace batchslo {

// Wall-clock time of some zone, microseconds since 1970-01-01T00:00 there. Not an instant: do not mix with TimePoint.
struct LocalTime {
  Duration since_epoch{};
  auto operator<=>(const LocalTime&) const = default;
};

// A time zone of the IANA database, as the machine's tzdata has it, flattened for fast look-ups; or one that a file brings.
// Copying is cheap; safe to share between threads.
class Zone {
 public:
  Zone();  // UTC, also on a machine without tzdata
  // The name is case-sensitive, as Kubernetes takes it. Errors: unknown name (with the nearest one), tzdata missing.
  static Result<Zone> Find(std::string_view name);
  // Reads anew those whose file is another than when it was read. All objects of a zone go by its new rules from then on; what
  // was worked out by the old ones is to be worked out again. The names of those that have other rules, or were asked for in
  // vain and are there now; one that can't be read keeps the rules that it has.
  static std::vector<std::string> Update();
  // What a file says itself of a zone that the database does not have. `changes`: one at least, 60,000 at most, by instant
  // and with offsets below a day; the first reaches back for ever.
  static Zone Of(std::string name, const std::vector<OffsetChange>& changes);

  const std::string& Name() const;
  LocalTime ToLocal(TimePoint time) const;

  // What a wall-clock time means. kUnique: first == last. kSkipped (spring gap): first == last == the first instant
  // after the gap. kRepeated (autumn overlap): first and last are the two instants.
  enum class Kind { kUnique, kSkipped, kRepeated };
  struct Instants {
    Kind kind;
    TimePoint first, last;
  };
  Instants ToInstants(LocalTime local) const;

  // A stretch of constant offset, [from, to), and the offset before it (the same where there is none before).
  struct Period {
    TimePoint from, to;
    Duration offset, offset_before;
  };
  Period PeriodAt(TimePoint time) const;

  bool operator==(const Zone& other) const { return named_ == other.named_ || Name() == other.Name(); }

 private:
  struct Rules;
  struct Named;
  struct Known;
  static Result<std::unique_ptr<const Rules>> Load(const std::string& name);
  std::shared_ptr<const Named> named_;
};

}  // namespace batchslo
