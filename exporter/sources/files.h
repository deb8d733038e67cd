#pragma once

#include "exporter/sources/source.h"

namespace batchslo {

// Files of this machine or of what it mounts: when the newest of them was written, how many there are, their bytes.
SourceKind FilesKind();

}  // namespace batchslo
