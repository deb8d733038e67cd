#pragma once

#include "exporter/sources/inquiry.h"

namespace batchslo {

std::vector<CheckRow> CheckHeartbeat(const Inquiry& inquiry);
Result<Discovery> DiscoverHeartbeat(const Inquiry& inquiry);

}  // namespace batchslo
