#include <algorithm>

#include "exporter/config/jobs.h"
#include "exporter/config/windows.h"

namespace batchslo {
namespace {

constexpr Duration kShrinkLooksBack = days{90};

bool HasShrink(const JobDef& job) {
  return std::any_of(job.outputs.begin(), job.outputs.end(), [](const OutputDef& output) {
    return std::any_of(output.checks.begin(), output.checks.end(),
                       [](const Check& check) { return check.name == "shrink"; });
  });
}

}  // namespace

// What is allowed, but perhaps not meant.
void JobReader::Lint(const Node& key, const JobDef& job, const ScheduleLine& line) {
  const std::string what = "job " + Quoted(job.name);
  const bool pages = std::any_of(job.objectives.begin(), job.objectives.end(),
                                 [](const Objective& o) { return o.severity == "critical"; });
  if (!pages)
    lints_.Add(key, what + ": nothing of it pages anybody",
               "severity: critical pages; objectives that nobody wrote are warnings");
  const auto source = sources_.find(*job.runs_source);
  if (job.schedule && source != sources_.end() && source->second.spec->discovers) {
    lints_.Add(key, what + ": its source tells its schedule, and what is written here holds only until it does",
               "leave schedule out");
  }
  if (HasShrink(job) && config_.retention < kShrinkLooksBack) {
    lints_.Add(key,
               what + ": shrink compares with 90 days, but the ledger keeps only " + FormatDuration(config_.retention),
               "set retention to 100d");
  }
  for (const Objective& objective : job.objectives) {
    const auto* by = std::get_if<By>(&objective.rule);
    if (!by) continue;
    const std::string which = what + ", objective " + Quoted(objective.name);
    if (std::holds_alternative<std::monostate>(by->since) && !job.schedule && !MayLearnSchedule(job)) {
      lints_.Add(key,
                 which + ": it has neither since nor a schedule: each window opens half-way from the deadline before",
                 "write since to say where it opens");
    }
    if (OpensAfterItsTick(*by, line)) {
      lints_.Add(
          key,
          which + ": its window opens after the run that should fill it is due to start, so that run will not count",
          "let since reach back before the schedule's tick");
    }
  }
}

}  // namespace batchslo
