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
  for (std::size_t i = 0; i < state.objectives.size(); ++i) {
    const JudgeContext judge{evidence, job.def->objectives[i], nullptr, job.horizon};
    const Foreseen seen = Foresee({judge, state.objectives[i], state.blocked_by, runtime_p95});
    job.valid_until = std::min(job.valid_until, seen.valid_until);
    job.awaits_view = job.awaits_view || seen.awaits_view;
    outlooks.push_back(seen.outlook);
  }
  state.outlooks = SharedValue(std::move(outlooks));
}

}  // namespace batchslo
