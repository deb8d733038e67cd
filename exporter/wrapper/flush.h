#pragma once

#include <functional>
#include <string>

#include "exporter/wrapper/http.h"
#include "exporter/wrapper/spool.h"

namespace batchslo {

struct FlushResult {
  int sent = 0, left = 0, set_aside = 0;
  std::string fault;  // the last
};

// Sends what is in the spool for `url`, a run's events in order, those of `own_job` (may be empty) first, as long as
// `go_on`. Stops when the exporter is away. An entry refused is set aside if it is of `own_job`; another job's may have
// another token, and waits for it.
FlushResult Flush(const Spool& spool, const std::string& url, const std::string& own_job,
                  const std::function<Outcome(const SpoolEntry&)>& send, const std::function<bool()>& go_on);

}  // namespace batchslo
