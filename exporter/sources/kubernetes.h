#pragma once

#include "exporter/sources/source.h"

namespace batchslo {

// CronJobs and their Jobs, watched.
SourceKind KubernetesKind();

}  // namespace batchslo
