#pragma once

#include "tests/sim/plan.h"

namespace sim {

void AddScenes(Plan& plan);

}  // namespace sim
