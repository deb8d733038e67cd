// Looks ahead, where somebody asked for that. Tested by tests/core/outlook_test.cc.
#include <algorithm>

#include "exporter/core/outlook.h"
#include "exporter/core/tracker.h"
#include "exporter/core/tracker_parts.h"

namespace batchslo {

// Gives a fresh state its outlooks.
void Tracker::LookAhead(JobTrack& job, const Evidence& evidence, JobState& state) const {
  if (foresight_ == Foresight::kOff || state.state == State::kPaused || state.state == State::kGone) return;
  std::vector<Outlook> outlooks;
  const auto runtime_p95 = RuntimeP95(evidence);
  const bool goes_on = job.state && job.state->def == job.def && job.state->outlooks;
  for (std::size_t i = 0; i < state.objectives.size(); ++i) {
    const JudgeContext judge{evidence, job.def->objectives[i], nullptr, job.horizon};
    Foreseen seen = Foresee({judge, state.objectives[i], state.blocked_by, runtime_p95});
    AddTrend(judge, state.objectives[i], goes_on ? &(*job.state->outlooks)[i] : nullptr, seen.outlook);
    job.valid_until = std::min(job.valid_until, seen.valid_until);
    job.awaits_view = job.awaits_view || seen.awaits_view;
    outlooks.push_back(std::move(seen.outlook));
  }
  state.outlooks = SharedValue(std::move(outlooks));
}

}  // namespace batchslo
