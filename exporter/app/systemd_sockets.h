#pragma once

#include <vector>

#include "exporter/core/result.h"

namespace batchslo {

// The descriptors that systemd handed over to this process ($LISTEN_PID, $LISTEN_FDS; sd_listen_fds(3)); at least one. No
// child inherits the variables, and another call finds none. Before there are threads: others read the environment, too.
Result<std::vector<int>> TakeSystemdSockets();

}  // namespace batchslo
