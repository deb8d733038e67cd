#pragma once

#include "exporter/sources/source.h"

namespace batchslo {

// Tables and queries of PostgreSQL, MySQL, MariaDB and SQLite: when an output moved last, its rows, its NULLs.
SourceKind SqlKind();

}  // namespace batchslo
