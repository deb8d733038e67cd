#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "exporter/core/snapshot.h"

namespace prometheus {
class Registry;
}

namespace batchslo {

enum class Format { kText, kOpenMetrics };

// By the Accept header's quality values; what is unknown or absent is text 0.0.4.
Format Negotiate(std::string_view accept);
std::string_view ContentType(Format format);

// A label's value as it stands between quotes: invalid UTF-8 becomes U+FFFD, at most 200 bytes of it are kept, then
// backslash, quote and newline are escaped.
std::string EscapeLabel(std::string_view value);

// One snapshot, ready to be rendered any number of times, from any thread. Immutable. The labels of each job are escaped
// once; values are read from the snapshot, which is kept alive.
class Page {
 public:
  // `off`: the groups of families that are not shown ("runs", "self"); the core is always there.
  Page(std::shared_ptr<const Snapshot> snapshot, std::set<std::string> off, const prometheus::Registry* own = nullptr);

  // Ages are computed for `now`.
  void Render(Format format, TimePoint now, std::string& out) const;
  const Snapshot& Of() const { return *snapshot_; }

 private:
  std::shared_ptr<const Snapshot> snapshot_;
  std::set<std::string> off_;
  const prometheus::Registry* own_;
  std::string arena_;                      // `job_name="..."` of each job
  std::vector<std::uint32_t> label_ends_;  // in it
};

}  // namespace batchslo
