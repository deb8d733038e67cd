#pragma once

#include "exporter/sources/inquiry.h"

namespace batchslo {

std::vector<CheckRow> CheckFiles(const Inquiry& inquiry);
Result<Discovery> DiscoverFiles(const Inquiry& inquiry);

}  // namespace batchslo
