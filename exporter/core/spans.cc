#include "exporter/core/spans.h"

#include <algorithm>

namespace batchslo {
namespace {

// Inserts `added`, melting it with all spans that are less than `reach` away from it.
void Melt(std::vector<Span>& all, Span added, Duration reach) {
  const auto first = std::partition_point(all.begin(), all.end(),
                                          [&](const Span& span) { return span.to + reach < added.from; });
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

}  // namespace

void Spans::Add(TimePoint from, TimePoint to) {
  if (from <= to) Melt(all_, {from, to}, Duration{1});
}

void Spans::Add(const Spans& other) {
  for (const Span& span : other.all_) Add(span.from, span.to);
}

void Spans::Remove(TimePoint instant) {
  const auto at = std::partition_point(all_.begin(), all_.end(), [&](const Span& span) { return span.to < instant; });
  if (at == all_.end() || at->from > instant) return;
  const Span left{at->from, instant - Duration{1}};
  const Span right{instant + Duration{1}, at->to};
  const auto next = all_.erase(at);
  const auto inserted = right.from <= right.to ? all_.insert(next, right) : next;
  if (left.from <= left.to) all_.insert(inserted, left);
}

bool Spans::Cover(TimePoint from, TimePoint to) const {
  const auto at = std::partition_point(all_.begin(), all_.end(), [&](const Span& span) { return span.to < from; });
  return at != all_.end() && at->from <= from && to <= at->to;
}

Spans Spans::Intersect(const Spans& other) const {
  Spans both;
  auto mine = all_.begin();
  auto theirs = other.all_.begin();
  while (mine != all_.end() && theirs != other.all_.end()) {
    both.Add(std::max(mine->from, theirs->from), std::min(mine->to, theirs->to));
    if (mine->to < theirs->to) {
      ++mine;
    } else {
      ++theirs;
    }
  }
  return both;
}

void Stretches::Add(Span stretch, Duration bound) { Melt(all_, stretch, bound); }

void Stretches::Add(const Stretches& other, Duration bound) {
  for (const Span& stretch : other.all_) Add(stretch, bound);
}

void Stretches::DropBefore(TimePoint time) {
  std::erase_if(all_, [&](const Span& stretch) { return stretch.to < time; });
}

}  // namespace batchslo
