#pragma once

#include "exporter/sources/inquiry.h"

namespace batchslo {

std::vector<CheckRow> CheckBigQuery(const Inquiry& inquiry);
Result<Discovery> DiscoverBigQuery(const Inquiry& inquiry);

}  // namespace batchslo
