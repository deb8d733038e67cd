#include "exporter/core/run_log.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <tuple>
#include <utility>

#include "exporter/core/sight_codec.h"

namespace batchslo {
namespace {

using Field = std::optional<TimePoint> Sight::*;
constexpr std::array<Field, 4> kFields = {&Sight::scheduled, &Sight::created, &Sight::started, &Sight::finished};

bool SaysTheSame(Sight earlier, const Sight& later) {
  earlier.observed = later.observed;
  return earlier == later;
}

bool SaysNothingBeyond(const Sight& sight, const Sight& next) {
  if (sight.outcome == Outcome::kSucceeded) return sight == next;
  if (sight.trigger != Trigger::kUnknown && next.trigger == Trigger::kUnknown) return false;
  if (sight.started && next.started && *sight.started < *next.started) return false;
  return std::all_of(kFields.begin(), kFields.end(), [&](Field field) { return !(sight.*field) || next.*field; });
}

// Of sights that follow each other and say nothing beyond the next one, the last.
std::vector<Sight> Compacted(std::vector<Sight> sights) {
  std::vector<Sight> kept;
  kept.reserve(sights.size());
  for (Sight& sight : sights) {
    if (!kept.empty() && kept.back().run_id == sight.run_id && SaysNothingBeyond(kept.back(), sight)) kept.pop_back();
    kept.push_back(std::move(sight));
  }
  return kept;
}

bool ById(const Sight& a, const Sight& b) { return a.run_id != b.run_id ? a.run_id < b.run_id : Before(a, b); }

constexpr std::size_t kMostInPiece = 128;
// Sights of one run: an addition reads them all, so who tells of one run without end would keep all jobs from being judged.
// Of more, an older one that comes late may find what it would have come before merged with what came after.
constexpr std::size_t kMostOfRun = 100;

// Writes what comes after the first `kept` sights anew; those take the first `bytes_kept` bytes of the piece.
void Encode(std::string& piece, std::span<const Sight> sights, std::size_t kept = 0, std::size_t bytes_kept = 0) {
  const Sight none;
  piece.resize(bytes_kept);
  for (std::size_t i = kept; i < sights.size(); ++i) EncodeSight(piece, sights[i], i == 0 ? none : sights[i - 1]);
  piece.shrink_to_fit();
}

std::string Encoded(const Sight* first, const Sight* last) {
  std::string bytes;
  Encode(bytes, {first, last});
  return bytes;
}

constexpr std::size_t kBytesOfSight = 20;  // about

// `begins`: where each begins in the piece; null: nobody asks.
void Decode(const std::string& piece, std::vector<Sight>& sights, std::vector<std::size_t>* begins = nullptr) {
  if (sights.empty()) sights.reserve(piece.size() / kBytesOfSight + 1);
  Sight next;
  for (const char *at = piece.data(), *const end = at + piece.size(); at < end; sights.push_back(next)) {
    if (begins) begins->push_back(static_cast<std::size_t>(at - piece.data()));
    DecodeSight(at, next);
  }
}

std::string FirstId(const std::string& piece) {
  const char* at = piece.data();
  Sight first;
  if (!piece.empty()) DecodeSight(at, first);
  return first.run_id;
}

// From the first sight of the run that has this one to after its last.
std::pair<std::size_t, std::size_t> RunAt(const std::vector<Sight>& sights, std::size_t at) {
  std::size_t first = at, last = at + 1;
  while (first > 0 && sights[first - 1].run_id == sights[at].run_id) --first;
  while (last < sights.size() && sights[last].run_id == sights[at].run_id) ++last;
  return {first, last};
}

// The first sight of another run than the one before it, at `from` or after it; the end: there is none.
std::size_t NextRun(const std::vector<Sight>& sights, std::size_t from) {
  while (from > 0 && from < sights.size() && sights[from].run_id == sights[from - 1].run_id) ++from;
  return from;
}

void Overlay(Run& run, const Sight& sight) {
  if (sight.scheduled) run.scheduled = sight.scheduled;
  if (sight.created) run.created = sight.created;
  if (sight.started) run.started = sight.started;
  if (sight.finished) run.finished = sight.finished;
  if (sight.trigger != Trigger::kUnknown) run.trigger = sight.trigger;
  run.outcome = sight.outcome;
  run.observed = sight.observed;
}

// Who starts runs and never ends them must not fill the memory; a run that is going too long stays told by the oldest.
constexpr std::size_t kRunningKept = 500;  // of the newest, and of the oldest

// An end that was told within its own second may be told again as the end of that second: it is still the same run's.
constexpr Duration kWidened = seconds{1};
constexpr Duration kMeasured = seconds{1};  // a clock that is ahead is known by whole seconds

bool IsRunning(const Run& run) { return run.newest_outcome == Outcome::kRunning; }

void Settle(Run& run) {
  if (run.outcome == Outcome::kRunning) run.finished.reset();
  if (run.started && run.finished) run.started = std::min(*run.started, *run.finished);
}

// What both views of a run say of its newest sight.
void TellNewest(const Run& newest, Run& run) {
  run.newest_outcome = newest.outcome;
  run.newest_started = newest.started;
  run.newest_finished = newest.finished;
  run.newest_observed = newest.observed;
  run.earliest_start = newest.earliest_start;
  for (const auto& bound : {run.started, run.finished, newest.finished}) {
    if (run.earliest_start && bound) run.earliest_start = std::min(*run.earliest_start, *bound);
  }
}

// Most have one.
void FoldOne(const Sight& sight, Run& run) {
  Overlay(run, sight);
  run.earliest_start = sight.started;
  Settle(run);
  TellNewest(run, run);
}

// All but the id. `run`: as made.
void FoldTimes(const Sight* first, const Sight* last, Run& run) {
  if (last - first == 1) return FoldOne(*first, run);
  Run newest;
  bool frozen = false;
  for (const Sight* sight = first; sight != last; ++sight) {
    Overlay(newest, *sight);
    if (sight->started) newest.earliest_start = std::min(newest.earliest_start.value_or(*sight->started), *sight->started);
    const bool last_of_its_time = sight + 1 == last || sight[1].observed != sight->observed;
    if (frozen || !last_of_its_time || sight->outcome != Outcome::kSucceeded) continue;
    run = newest;
    frozen = true;
  }
  Settle(newest);
  if (!frozen) run = newest;
  Settle(run);
  TellNewest(newest, run);
}

// Of too many sights of one run, one from amidst goes, and what only it said the next one says: the fold stays what it was.
// So stay what first said that the run was completed, all of the instant of its first success, and the earliest start.
// Gives the index where the sights begin to be others.
std::size_t MergeAmidst(std::vector<Sight>& sights, std::size_t first, std::size_t last) {
  const auto begin = sights.begin() + static_cast<std::ptrdiff_t>(first), end = sights.begin() + static_cast<std::ptrdiff_t>(last);
  const auto completed = std::find_if(begin, end, [](const Sight& sight) { return IsCompleted(sight.outcome); });
  const auto success = std::find_if(begin, end, [](const Sight& sight) { return sight.outcome == Outcome::kSucceeded; });
  const auto earliest = std::min_element(begin, end, [](const Sight& a, const Sight& b) { return a.started && (!b.started || *a.started < *b.started); });
  for (auto at = begin + kMostOfRun / 2; at + 1 < end; ++at) {
    if (at == completed || at == earliest || (success != end && at->observed == success->observed)) continue;
    Sight merged = *at;
    merged.observed = at[1].observed;
    merged.outcome = at[1].outcome;
    for (const Field field : kFields) merged.*field = at[1].*field ? at[1].*field : merged.*field;
    if (at[1].trigger != Trigger::kUnknown) merged.trigger = at[1].trigger;
    at[1] = std::move(merged);
    sights.erase(at);
    return static_cast<std::size_t>(at - sights.begin());
  }
  return last;
}

// Folds run by run, for a job may have many.
void FoldPiece(const std::string& piece, std::vector<Run>& runs) {
  std::vector<Sight> sights(1);  // of one run, before the last; their room is used again
  std::size_t count = 0;
  const auto fold = [&] {
    Run& run = runs.emplace_back();
    FoldTimes(sights.data(), sights.data() + count, run);
    run.id = sights.front().run_id;
  };
  for (const char *at = piece.data(), *const end = at + piece.size(); at < end; ++count) {
    if (count == sights.size()) sights.emplace_back();
    if (count > 0) sights[count] = sights[count - 1];
    DecodeSight(at, sights[count]);
    if (count == 0 || sights[count].run_id == sights[count - 1].run_id) continue;
    fold();
    std::swap(sights.front(), sights[count]);
    count = 0;
  }
  if (count > 0) fold();
}

}  // namespace

Sight MadeWhole(Sight sight) {
  for (const Field field : {&Sight::created, &Sight::started, &Sight::finished}) {
    if (sight.*field) sight.*field = std::min(*(sight.*field), sight.observed);
  }
  if (sight.outcome == Outcome::kSucceeded && !sight.finished) sight.finished = sight.observed;
  if (sight.started && sight.finished) sight.started = std::min(*sight.started, *sight.finished);
  return sight;
}

bool Before(const Sight& a, const Sight& b) {
  const auto rank = [](const Sight& sight) {
    return std::tuple(sight.observed, sight.outcome == Outcome::kSucceeded, sight.outcome != Outcome::kRunning, sight.finished,
                      sight.outcome, sight.started, sight.created, sight.scheduled, sight.trigger);
  };
  return rank(a) < rank(b);
}

Run FoldSights(const Sight* first, const Sight* last) {
  Run run;
  FoldTimes(first, last, run);
  run.id = first->run_id;
  return run;
}

RunLog::RunLog(const RunLog& other)
    : bytes_(other.bytes_), earlier_(other.earlier_ ? std::make_unique<std::vector<std::string>>(*other.earlier_) : nullptr), dropped_until_(other.dropped_until_), dropped_failures_(other.dropped_failures_) {}

RunLog& RunLog::operator=(RunLog other) noexcept {
  bytes_.swap(other.bytes_);
  earlier_.swap(other.earlier_);
  dropped_until_ = other.dropped_until_;
  dropped_failures_ = other.dropped_failures_;
  return *this;
}

RunLog::Change RunLog::Add(const Sight& added) {
  std::string& piece = PieceOf(added.run_id);
  std::vector<Sight> sights;
  std::vector<std::size_t> begins;
  Decode(piece, sights, &begins);
  begins.push_back(piece.size());
  const Sight whole = MadeWhole(added);
  const auto at = std::upper_bound(sights.begin(), sights.end(), whole, ById);
  if (at != sights.begin() && at[-1] == whole) return Change::kNone;
  const bool was_completed = std::any_of(sights.begin(), sights.end(), [&](const Sight& sight) {
    return sight.run_id == whole.run_id && IsCompleted(sight.outcome);
  });
  const auto inserted = sights.insert(at, whole);
  auto before = static_cast<std::size_t>(inserted - sights.begin());
  const bool in_row = before > 1 && SaysTheSame(inserted[-1], whole) && SaysTheSame(inserted[-2], whole);
  if (in_row) sights.erase(inserted - 1), --before;
  const auto [first, last] = RunAt(sights, before);
  if (last - first > kMostOfRun) before = std::min(before, MergeAmidst(sights, first, last));
  if (sights.size() > kMostInPiece) {
    Split(piece, sights);
  } else {
    Encode(piece, sights, before, begins[before]);
  }
  if (was_completed || !IsCompleted(whole.outcome) || WasDropped(EndOf(whole))) return Change::kNone;
  return whole.outcome == Outcome::kFailed ? Change::kFailed : Change::kCompleted;
}

std::vector<Sight> RunLog::Sights() const {
  std::vector<Sight> sights;
  if (earlier_) {
    for (const std::string& piece : *earlier_) Decode(piece, sights);
  }
  Decode(bytes_, sights);
  return sights;
}

std::size_t RunLog::Bytes() const {
  std::size_t bytes = bytes_.capacity();
  if (earlier_) {
    for (const std::string& piece : *earlier_) bytes += piece.capacity();
  }
  return bytes;
}

std::vector<Run> RunLog::Fold() const {
  std::vector<Run> runs;
  runs.reserve(Bytes() / kBytesOfSight + 1);
  if (earlier_) {
    for (const std::string& piece : *earlier_) FoldPiece(piece, runs);
  }
  FoldPiece(bytes_, runs);
  return runs;
}

// Of those that ended at once the one later by its id is the later one.
std::uint32_t RunLog::FailuresInARow(const std::vector<Run>& folded, TimePoint until) const {
  const auto counts = [&](const Run& run) { return IsCompleted(run.outcome) && !WasDropped(EndOf(run)) && EndOf(run) <= until; };
  const Run* good = nullptr;  // the last that did not fail
  for (const Run& run : folded) {
    if (run.outcome != Outcome::kFailed && counts(run) && (!good || EndOf(run) >= EndOf(*good))) good = &run;
  }
  const auto is_later = [&](const Run& run) { return EndOf(run) > EndOf(*good) || (EndOf(run) == EndOf(*good) && &run > good); };
  const auto failures = std::count_if(folded.begin(), folded.end(), [&](const Run& run) {
    return run.outcome == Outcome::kFailed && counts(run) && (!good || is_later(run));
  });
  return static_cast<std::uint32_t>(failures) + (good ? 0 : dropped_failures_);
}

void RunLog::Trim(TimePoint since, std::size_t keep, const std::function<bool(const Run&)>& counts, Duration ahead) {
  const std::vector<Run> runs = Fold();
  std::vector<const Run*> newest_first;
  const Run *success = nullptr, *scheduled = nullptr;
  for (const Run& run : runs) {
    newest_first.push_back(&run);
    const bool succeeded = run.outcome == Outcome::kSucceeded && counts(run);
    if (succeeded && (!success || *run.finished > *success->finished)) success = &run;
    if (run.scheduled && (!scheduled || *run.scheduled > *scheduled->scheduled)) scheduled = &run;
  }
  std::sort(newest_first.begin(), newest_first.end(), [](const Run* a, const Run* b) { return a->newest_observed > b->newest_observed; });
  const auto running = static_cast<std::size_t>(std::count_if(runs.begin(), runs.end(), IsRunning));
  std::vector<const Run*> dropped;
  std::size_t going = 0;
  for (std::size_t i = 0; i < newest_first.size(); ++i) {
    const Run* const run = newest_first[i];
    going += IsRunning(*run) ? 1 : 0;
    const bool kept_going = IsRunning(*run) && (going <= kRunningKept || going + kRunningKept > running);
    const bool needed = i < keep || run->newest_observed >= since || kept_going || run == success || run == scheduled;
    if (!needed) dropped.push_back(run);
  }
  Drop(runs, dropped, kWidened + (ahead > Duration{0} ? ahead + kMeasured : Duration{0}));
}

void RunLog::Drop(const std::vector<Run>& runs, const std::vector<const Run*>& dropped, Duration widened) {
  Maybe<TimePoint> until = dropped_until_;
  std::vector<std::string_view> ids;
  for (const Run* run : dropped) {
    ids.push_back(run->id);
    if (IsCompleted(run->outcome)) until = std::max(until, Maybe<TimePoint>(EndOf(*run) + widened));
  }
  if (until) dropped_failures_ = FailuresInARow(runs, *until);
  dropped_until_ = until;
  std::sort(ids.begin(), ids.end());
  std::vector<Sight> sights = Sights();
  std::erase_if(sights, [&](const Sight& sight) { return std::binary_search(ids.begin(), ids.end(), sight.run_id); });
  Store(Compacted(std::move(sights)));
}

void RunLog::Store(const std::vector<Sight>& sights) {
  std::vector<std::string> pieces;
  std::size_t from = 0;
  while (sights.size() - from > kMostInPiece) {
    const std::size_t to = NextRun(sights, from + kMostInPiece / 2);
    if (to == sights.size()) break;
    pieces.push_back(Encoded(sights.data() + from, sights.data() + to));
    from = to;
  }
  bytes_ = Encoded(sights.data() + from, sights.data() + sights.size());
  earlier_ = pieces.empty() ? nullptr : std::make_unique<std::vector<std::string>>(std::move(pieces));
}

std::string& RunLog::PieceOf(const std::string& run_id) {
  if (!earlier_ || FirstId(bytes_) <= run_id) return bytes_;
  const auto after = std::partition_point(earlier_->begin(), earlier_->end(), [&](const std::string& piece) { return FirstId(piece) <= run_id; });
  return after == earlier_->begin() ? *after : after[-1];
}

void RunLog::Split(std::string& piece, const std::vector<Sight>& sights) {
  const std::size_t half = NextRun(sights, sights.size() / 2);
  const Sight *const first = sights.data(), *const middle = first + half, *const last = first + sights.size();
  if (middle == last) return void(piece = Encoded(first, last));
  piece = Encoded(middle, last);
  if (!earlier_) earlier_ = std::make_unique<std::vector<std::string>>();
  const auto at = &piece == &bytes_ ? earlier_->end() : earlier_->begin() + (&piece - earlier_->data());
  earlier_->insert(at, Encoded(first, middle));
}

}  // namespace batchslo
