#pragma once

#include <string>

#include "exporter/core/snapshot.h"

namespace batchslo {

// The tab's icon, SVG: a mark in the colour and shape of the worst state. Pure.
std::string RenderIcon(const Snapshot& snapshot);

}  // namespace batchslo
