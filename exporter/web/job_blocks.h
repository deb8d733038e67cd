#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "exporter/web/columns.h"
#include "exporter/web/families.h"
#include "exporter/web/gzip.h"

namespace batchslo {

// So many jobs in a row for as long as none of them changes. Successive pages share it, and with it their lines,
// deflated.
class JobBlock {
 public:
  using Lines = std::shared_ptr<const GzipPart>;

  Lines Find(std::size_t part) const;  // null: not yet
  void Keep(std::size_t part, Lines lines);

 private:
  mutable std::mutex mutex_;
  std::vector<Lines> lines_;  // guarded by mutex_
};

inline constexpr std::size_t kBlockJobs = 512;
using JobBlocks = std::vector<std::shared_ptr<JobBlock>>;

// Those of `before` whose jobs are the same objects are taken over. Both columns are alive, so none has another's
// address.
JobBlocks MakeBlocks(const Columns& columns, const Columns* columns_before, const JobBlocks& before);

// A family's lines go block by block; where it has lines for jobs and then for outputs, twice.
std::size_t PartsOf(Rows rows, std::size_t blocks);

struct RowRange {
  std::size_t from, to;
};
RowRange RowsOf(const Columns& columns, Rows rows, std::size_t part);

}  // namespace batchslo
