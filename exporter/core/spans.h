#pragma once

#include <vector>

#include "exporter/core/time.h"

namespace batchslo {

// Both ends belong to it.
struct Span {
  TimePoint from, to;
  bool operator==(const Span&) const = default;
};

// A set of instants, kept as sorted spans that neither overlap nor touch (a microsecond is the next instant).
class Spans {
 public:
  void Add(TimePoint from, TimePoint to);  // from > to adds nothing
  void Add(const Spans& other);
  void Remove(TimePoint instant);
  bool Cover(TimePoint from, TimePoint to) const;  // every instant of [from, to]
  Spans Intersect(const Spans& other) const;
  const std::vector<Span>& All() const { return all_; }
  bool Empty() const { return all_.empty(); }

 private:
  std::vector<Span> all_;
};

// The instants at which a source was looked at, where those at most `bound` apart also cover what lies between:
// as stretches from the first to the last of such a row. The order in which they are added does not matter.
class Stretches {
 public:
  void Add(TimePoint instant, Duration bound) { Add({instant, instant}, bound); }
  void Add(Span stretch, Duration bound);
  void Add(const Stretches& other, Duration bound);
  void DropBefore(TimePoint time);  // stretches that ended before it
  const std::vector<Span>& All() const { return all_; }

 private:
  std::vector<Span> all_;
};

}  // namespace batchslo
