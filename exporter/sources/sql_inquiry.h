#pragma once

#include "exporter/sources/inquiry.h"

namespace batchslo {

std::vector<CheckRow> CheckSql(const Inquiry& inquiry);
Result<Discovery> DiscoverSql(const Inquiry& inquiry);

}  // namespace batchslo
