#include "exporter/core/spans.h"

#include <algorithm>

namespace batchslo {
namespace {

// Inserts `added`, melting it with all that is at most `reach` away from it.
template <class Piece, class Length>
void Melt(std::vector<Piece>& all, Piece added, Length reach) {
  const auto first = std::partition_point(all.begin(), all.end(), [&](const Piece& piece) { return piece.to + reach < added.from; });
  auto last = first;
  for (; last != all.end() && last->from <= added.to + reach; ++last) {
    added.from = std::min(added.from, last->from);
    added.to = std::max(added.to, last->to);
  }
  if (first == last) {
    all.insert(first, added);
    return;
  }
  *first = added;
  all.erase(first + 1, last);
}

// Instants beyond what doubles are as good as for ever.
std::int64_t Half(TimePoint time) {
  constexpr std::int64_t kMost = std::int64_t{1} << 61;
  return std::clamp(time.time_since_epoch().count(), -kMost, kMost) * 2;
}

}  // namespace

void Spans::Put(Piece piece) {
  if (piece.from <= piece.to) Melt(all_, piece, std::int64_t{1});
}

void Spans::Add(TimePoint from, TimePoint to) { Put({Half(from), Half(to)}); }

void Spans::AddAfter(TimePoint value, TimePoint to) { Put({Half(value) + 1, Half(to)}); }

void Spans::Add(const Spans& other) {
  for (const Piece& piece : other.all_) Put(piece);
}

void Spans::Remove(TimePoint instant) {
  const std::int64_t point = Half(instant);
  const auto at = std::partition_point(all_.begin(), all_.end(), [&](const Piece& piece) { return piece.to < point; });
  if (at == all_.end() || at->from > point) return;
  const Piece left{at->from, point - 1}, right{point + 1, at->to};
  const auto next = all_.erase(at);
  const auto inserted = right.from <= right.to ? all_.insert(next, right) : next;
  if (left.from <= left.to) all_.insert(inserted, left);
}

void Spans::CutAfter(TimePoint instant) {
  const std::int64_t point = Half(instant);
  while (!all_.empty() && all_.back().from > point) all_.pop_back();
  if (!all_.empty()) all_.back().to = std::min(all_.back().to, point);
}

bool Spans::Cover(TimePoint from, TimePoint to) const {
  const auto at = std::partition_point(all_.begin(), all_.end(), [&](const Piece& piece) { return piece.to < Half(from); });
  return at != all_.end() && at->from <= Half(from) && Half(to) <= at->to;
}

Spans Spans::Intersect(const Spans& other) const {
  Spans both;
  auto mine = all_.begin();
  auto theirs = other.all_.begin();
  while (mine != all_.end() && theirs != other.all_.end()) {
    both.Put({std::max(mine->from, theirs->from), std::min(mine->to, theirs->to)});
    if (mine->to < theirs->to) {
      ++mine;
    } else {
      ++theirs;
    }
  }
  return both;
}

std::vector<Span> Spans::Gaps(TimePoint from, TimePoint to) const {
  std::vector<Span> gaps;
  std::int64_t open = Half(from);
  const auto close = [&](std::int64_t until) {
    if (open <= until) gaps.push_back({TimePoint{Duration{open >> 1}}, TimePoint{Duration{(until + 1) >> 1}}});
  };
  for (const Piece& piece : all_) {
    if (piece.to < open) continue;
    if (piece.from > Half(to)) break;
    close(piece.from - 1);
    open = piece.to + 1;
  }
  close(Half(to));
  return gaps;
}

std::optional<TimePoint> Spans::Newest() const {
  if (all_.empty()) return std::nullopt;
  return TimePoint{Duration{all_.back().to >> 1}};
}

Duration Spans::LongestSince(TimePoint since) const { return LongestSince(since, {}); }

Duration Spans::LongestSince(TimePoint since, const std::vector<Span>& without) const {
  std::int64_t longest = 0;
  for (const Piece& piece : all_) {
    const std::int64_t from = std::max(piece.from >> 1, Half(since) >> 1), to = (piece.to + 1) >> 1;
    std::int64_t length = to - from;
    for (const Span& other : without) {
      const std::int64_t begin = other.from.time_since_epoch().count(), end = other.to.time_since_epoch().count();
      length -= std::max<std::int64_t>(0, std::min(to, end) - std::max(from, begin));
    }
    longest = std::max(longest, length);
  }
  return Duration{longest};
}

void Stretches::Add(Span stretch, Duration bound) { Melt(all_, stretch, bound); }

void Stretches::Add(const Stretches& other, Duration bound) {
  for (const Span& stretch : other.all_) Add(stretch, bound);
}

void Stretches::DropBefore(TimePoint time) {
  std::erase_if(all_, [&](const Span& stretch) { return stretch.to < time; });
}

}  // namespace batchslo
