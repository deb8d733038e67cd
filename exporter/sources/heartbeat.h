#pragma once

#include "exporter/sources/source.h"

namespace batchslo {

// Jobs that tell of themselves: POST /api/v1/heartbeat/<job>.
SourceKind HeartbeatKind();

}  // namespace batchslo
