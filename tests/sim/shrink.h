#pragma once

#include <functional>

#include "tests/sim/plan.h"

namespace sim {

// The plan without all that it still fails without: jobs, runs, troubles, what befell us, time.
Plan Shrink(Plan plan, const std::function<bool(const Plan&)>& fails);

}  // namespace sim
