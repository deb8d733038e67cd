#pragma once

#include <iosfwd>

#include "exporter/app/options.h"

namespace batchslo {

// Runs the daemon until SIGTERM or SIGINT; gives the exit code: 0 ended, 1 could not start, 2 bad configuration.
int RunDaemon(const DaemonOptions& options, std::ostream& err);

}  // namespace batchslo
