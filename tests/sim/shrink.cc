#include "tests/sim/shrink.h"

#include <algorithm>

namespace sim {
namespace {

using Fails = std::function<bool(const Plan&)>;

// Without parts of a list: halves first, then ever smaller pieces.
template <class Item>
void ShrinkList(Plan& plan, std::vector<Item> Plan::*list, const Fails& fails) {
  for (std::size_t piece = std::max<std::size_t>((plan.*list).size() / 2, 1); !(plan.*list).empty(); piece /= 2) {
    for (std::size_t from = 0; from < (plan.*list).size();) {
      Plan smaller = plan;
      auto& items = smaller.*list;
      const auto first = items.begin() + static_cast<std::ptrdiff_t>(from);
      items.erase(first, first + static_cast<std::ptrdiff_t>(std::min(piece, items.size() - from)));
      fails(smaller) ? void(plan = std::move(smaller)) : void(from += piece);
    }
    if (piece == 1) return;
  }
}

Plan WithoutJob(const Plan& plan, std::size_t job) {
  Plan smaller = plan;
  smaller.jobs.erase(smaller.jobs.begin() + static_cast<std::ptrdiff_t>(job));
  const auto drop = [&](auto& items) {
    std::erase_if(items, [&](const auto& item) { return item.job == job; });
    for (auto& item : items) item.job -= item.job > job ? 1 : 0;
  };
  drop(smaller.runs);
  drop(smaller.pauses);
  drop(smaller.deletions);
  return smaller;
}

void ShrinkJobs(Plan& plan, const Fails& fails) {
  for (std::size_t job = plan.jobs.size(); job-- > 0 && plan.jobs.size() > 1;) {
    Plan smaller = WithoutJob(plan, job);
    if (fails(smaller)) plan = std::move(smaller);
  }
}

}  // namespace

Plan Shrink(Plan plan, const Fails& fails) {
  ShrinkJobs(plan, fails);
  ShrinkList(plan, &Plan::lives, fails);
  ShrinkList(plan, &Plan::troubles, fails);
  ShrinkList(plan, &Plan::pauses, fails);
  ShrinkList(plan, &Plan::deletions, fails);
  ShrinkList(plan, &Plan::runs, fails);
  ShrinkList(plan, &Plan::looks, fails);
  return plan;
}

}  // namespace sim
