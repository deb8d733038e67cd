#include <algorithm>

#include "exporter/config/jobs.h"

namespace batchslo {

// What is allowed, but perhaps not meant.
void JobReader::LintJob(const Node& key, const JobDef& job) {
  const bool pages = std::any_of(job.objectives.begin(), job.objectives.end(), [](const Objective& o) { return o.severity == "critical"; });
  if (!pages) {
    lints_.Add(key, "job \"" + job.name + "\": nothing of it pages anybody", "its objectives are warnings; severity: critical pages");
  }
  for (const Objective& objective : job.objectives) {
    const auto* by = std::get_if<By>(&objective.rule);
    if (!by || !std::holds_alternative<std::monostate>(by->since) || job.schedule) continue;
    lints_.Add(key, "job \"" + job.name + "\", objective \"" + objective.name +
                        "\": its window opens at the newest tick of the job's own schedule, or half-way from the deadline before where it has none",
               "write since to say where it opens");
  }
}

}  // namespace batchslo
