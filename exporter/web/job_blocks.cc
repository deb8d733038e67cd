// Tested by tests/web/exposition_test.cc.
#include "exporter/web/job_blocks.h"

#include <algorithm>

namespace batchslo {
namespace {

// The rows whose owner, in an ascending list, is within `owners`.
RowRange Owned(const Columns::Indexes& owner, RowRange owners) {
  const auto at = [&](std::size_t first) {
    return static_cast<std::size_t>(std::lower_bound(owner.begin(), owner.end(), first) - owner.begin());
  };
  return {at(owners.from), at(owners.to)};
}

RowRange JobsOf(const Columns& columns, std::size_t block) {
  const std::size_t jobs = columns.job.size();
  return {std::min(block * kBlockJobs, jobs), std::min((block + 1) * kBlockJobs, jobs)};
}

std::size_t CountBlocks(const Columns& columns) { return (columns.job.size() + kBlockJobs - 1) / kBlockJobs; }

}  // namespace

JobBlock::Lines JobBlock::Find(std::size_t part) const {
  const std::lock_guard lock(mutex_);
  return part < lines_.size() ? lines_[part] : nullptr;
}

void JobBlock::Keep(std::size_t part, Lines lines) {
  const std::lock_guard lock(mutex_);
  if (part >= lines_.size()) lines_.resize(part + 1);
  lines_[part] = std::move(lines);
}

JobBlocks MakeBlocks(const Columns& columns, const Columns* columns_before, const JobBlocks& before) {
  JobBlocks blocks;
  for (std::size_t block = 0; block < CountBlocks(columns); ++block) {
    const auto jobs = [&](const Columns& of) {
      const RowRange range = JobsOf(of, block);
      return std::span(of.job).subspan(range.from, range.to - range.from);
    };
    const bool is_same =
        columns_before && block < before.size() && std::ranges::equal(jobs(columns), jobs(*columns_before));
    blocks.push_back(is_same ? before[block] : std::make_shared<JobBlock>());
  }
  return blocks;
}

std::size_t PartsOf(Rows rows, std::size_t blocks) { return rows == Rows::kLinks ? 2 * blocks : blocks; }

RowRange RowsOf(const Columns& columns, Rows rows, std::size_t part) {
  const std::size_t blocks = CountBlocks(columns);
  const RowRange jobs = JobsOf(columns, part % blocks);
  switch (rows) {
    case Rows::kJobs:
      return jobs;
    case Rows::kObjectives:
      return Owned(columns.objective_job, jobs);
    case Rows::kAttainments: {
      const RowRange objectives = Owned(columns.objective_job, jobs);
      const std::size_t spans = columns.attainment_days.size();
      return {objectives.from * spans, objectives.to * spans};
    }
    case Rows::kUpstreams:
      return Owned(columns.blocked_job, jobs);
    case Rows::kOutlooks:
      return Owned(columns.outlook_job, jobs);
    case Rows::kOutputs:
      return Owned(columns.output_job, jobs);
    case Rows::kChecks:
      return Owned(columns.check_output, Owned(columns.output_job, jobs));
    case Rows::kLinks:
      break;
  }
  if (part < blocks) return jobs;
  const RowRange outputs = Owned(columns.output_job, jobs);
  return {columns.job.size() + outputs.from, columns.job.size() + outputs.to};
}

}  // namespace batchslo
