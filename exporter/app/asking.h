#pragma once

#include "exporter/cli/ask.h"

namespace batchslo {

// For commands that ask sources and store nothing.
AskSources AskWithoutDaemon();

}  // namespace batchslo
