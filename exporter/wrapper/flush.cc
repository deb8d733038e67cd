// Tested by tests/wrapper/wrapper_test.cc.
#include "exporter/wrapper/flush.h"

#include <set>

namespace batchslo {

FlushResult Flush(const Spool& spool, const std::string& url, const std::string& own_job,
                  const std::function<Outcome(const SpoolEntry&)>& send, const std::function<bool()>& go_on) {
  FlushResult result;
  std::set<std::string, std::less<>> skipped;  // runs and jobs, as parts of names
  const auto leave = [&](std::string_view part) {
    skipped.emplace(part);
    ++result.left;
  };
  const auto names = spool.List(own_job);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string_view run = RunPartOf(names[i]), job = JobPartOf(names[i]);
    if (!go_on()) {
      result.left += static_cast<int>(names.size() - i);
      return result;
    }
    Held held;
    const bool skip = skipped.contains(run) || skipped.contains(job);
    const auto taken = skip ? Spool::Taken::kBusy : spool.Take(names[i], held);
    if (taken == Spool::Taken::kGone) continue;
    if (taken != Spool::Taken::kHeld || held.entry.url != url) {
      leave(run);
      continue;
    }
    const Outcome outcome = send(held.entry);
    if (outcome.kind != Outcome::Kind::kDelivered) result.fault = outcome.detail;
    if (outcome.kind == Outcome::Kind::kLater) {
      result.left += static_cast<int>(names.size() - i);
      return result;
    }
    if (outcome.kind == Outcome::Kind::kDelivered) {
      Spool::Remove(std::move(held));
      ++result.sent;
    } else if (held.entry.job == own_job) {
      Spool::SetAside(std::move(held));
      ++result.set_aside;
    } else {
      leave(job);
    }
  }
  return result;
}

}  // namespace batchslo
