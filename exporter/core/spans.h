#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "exporter/core/time.h"

namespace batchslo {

// Both ends belong to it.
struct Span {
  TimePoint from, to;
  bool operator==(const Span&) const = default;
};

// A set of stretches of time, kept sorted and apart from each other. Ends may belong to a stretch or not, so that its
// length is exact: what (value, to] covers is to - value long.
class Spans {
 public:
  void Add(TimePoint from, TimePoint to);        // both ends belong to it; from > to adds nothing
  void AddAfter(TimePoint value, TimePoint to);  // (value, to]
  void Add(const Spans& other);
  void Remove(TimePoint instant);
  void CutAfter(TimePoint instant);  // removes all that is later
  bool Cover(TimePoint from, TimePoint to) const;  // all of [from, to]
  Spans Intersect(const Spans& other) const;
  bool Empty() const { return all_.empty(); }
  std::vector<Span> Gaps(TimePoint from, TimePoint to) const;  // what of [from, to] it leaves out, each end to the nearest instant
  std::optional<TimePoint> Newest() const;      // the last instant that belongs to it
  Duration LongestSince(TimePoint since) const;  // of its stretches, cut off at `since`
  // The same without what lies in other stretches, which are apart.
  Duration LongestSince(TimePoint since, const std::vector<Span>& without) const;
  bool operator==(const Spans&) const = default;

 private:
  // In half microseconds: 2t is the instant t, 2t + 1 the time between t and the next. Both ends belong to it.
  struct Piece {
    std::int64_t from, to;
    bool operator==(const Piece&) const = default;
  };
  void Put(Piece piece);

  std::vector<Piece> all_;
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
