#pragma once

#include <functional>
#include <vector>

#include "exporter/core/fact.h"
#include "exporter/sql/database.h"
#include "exporter/store/tables.h"

namespace batchslo {

using Ask = std::function<Result<std::vector<SqlRow>>(const Statement&)>;

// Visits all facts by observed time, page by page, views made from the spans among them (Ledger::ForEach).
Result<void> VisitFacts(const Ask& ask, const Staleness& staleness, const std::function<void(const Fact&)>& visit);

}  // namespace batchslo
