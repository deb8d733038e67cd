#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "exporter/core/snapshot.h"
#include "exporter/web/job_blocks.h"
#include "exporter/web/columns.h"
#include "exporter/web/negotiate.h"

namespace prometheus {
class Registry;
}

namespace batchslo {

// One snapshot, ready to be rendered any number of times, from any thread. Immutable; keeps the snapshot alive.
class Page {
 public:
  // `off`: the groups that are not shown ("runs", "budget", "trend", "self"). `own`: counters of this process, part of "self"; may be
  // null, else outlives the page. `before`: may be null; what did not change since is taken from it. `attainment_days`: the
  // spans that attainment is shown over, each page's the same.
  Page(std::shared_ptr<const Snapshot> snapshot, std::set<std::string> off, const prometheus::Registry* own = nullptr, const Page* before = nullptr,
       std::vector<int> attainment_days = {kShownDays});

  const Snapshot& Of() const { return *snapshot_; }
  const Columns& Values() const { return *columns_; }
  std::shared_ptr<const Columns> ShareValues() const { return columns_; }
  const JobBlocks& Jobs() const { return blocks_; }
  bool Shows(const JobFamily& family) const;
  // All that is not about jobs, and the end of the page.
  std::string RenderSelf(Format format) const;

 private:
  std::shared_ptr<const Snapshot> snapshot_;
  std::shared_ptr<const Columns> columns_;  // may be of an earlier snapshot with the same jobs
  JobBlocks blocks_;
  std::set<std::string> off_;
  const prometheus::Registry* own_;
};

// One scrape: the page in pieces, so that a slow reader costs a buffer and not a copy of the page.
class Rendering {
 public:
  // Ages are computed for `now`.
  Rendering(std::shared_ptr<const Page> page, Format format, TimePoint now);

  // The next piece; empty: that was all. Valid until the next call.
  std::string_view Next();

 private:
  char* PutRows(char* to, const char* full);

  std::shared_ptr<const Page> page_;
  Format format_;
  TimePoint now_;
  std::size_t family_ = 0, row_ = 0;
  bool headed_ = false, ended_ = false;  // headed_: the family has had a line
  std::unique_ptr<char[]> piece_;
  std::string self_;
};

// The whole page at once.
std::string RenderAll(const std::shared_ptr<const Page>& page, Format format, TimePoint now);

}  // namespace batchslo
