#pragma once

#include "exporter/sources/inquiry.h"

namespace batchslo {

std::vector<CheckRow> CheckKubernetes(const Inquiry& inquiry);
Result<Discovery> DiscoverKubernetes(const Inquiry& inquiry);

}  // namespace batchslo
