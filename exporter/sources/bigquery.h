#pragma once

#include "exporter/sources/source.h"

namespace batchslo {

// Tables, partitions and queries of BigQuery: when an output moved last, its rows, its NULLs.
SourceKind BigQueryKind();

}  // namespace batchslo
