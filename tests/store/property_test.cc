// What the ledger gives back is judged as what it was given.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <random>

#include "exporter/core/tracker.h"
#include "tests/store/scratch.h"

namespace batchslo {
namespace {

rc::Gen<Fact> AnyFact() {
  return rc::gen::exec([] {
    const TimePoint observed = kStart + seconds{10 * *rc::gen::inRange(0, 40)};
    const std::string job = *rc::gen::element<std::string>("a", "b"), source = *rc::gen::element<std::string>("s", "t");
    const auto time = [&] { return *rc::gen::arbitrary<bool>() ? std::optional(kStart + seconds{10 * *rc::gen::inRange(0, 40)}) : std::nullopt; };
    const auto maybe_true = [&] { return *rc::gen::element<std::optional<bool>>(std::nullopt, true, false); };
    switch (*rc::gen::inRange(0, 7)) {
      case 0: return Fact{source, observed, JobFact{job, *rc::gen::arbitrary<bool>(), {}, "*/5 * * * *", {}, {}, maybe_true(), {}}};
      case 1: return Fact{source, observed, ViewFact{*rc::gen::element<std::optional<std::string>>(std::nullopt, "x"), *rc::gen::inRange(0, 5) > 0, time()}};
      case 2: {
        const auto outcome = static_cast<Outcome>(*rc::gen::inRange(0, 5));
        return Fact{source, observed, RunFact{job, *rc::gen::element<std::string>("1", "2", "3"), {}, {}, {}, time(), time(), outcome, {}, {}, {}, {}}};
      }
      case 3: return Fact{source, observed, ObservationFact{job, "o", time(), *rc::gen::inRange<std::int64_t>(0, 2), {}, {}, {}}};
      case 4: return Fact{source, observed, LastSuccessFact{job, time()}};
      case 5: return Fact{source, observed, GoneFact{job}};
      default: return Fact{source, observed, DownFact{*rc::gen::element<std::string>("x", "y")}};
    }
  });
}

std::vector<Fact> StoredIn(const std::vector<Fact>& facts, std::mt19937& random, std::uint64_t& completed) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  for (std::size_t at = 0; at < facts.size();) {
    const std::size_t end = std::min<std::size_t>(facts.size(), at + 1 + random() % 7);
    const auto first = facts.begin() + static_cast<std::ptrdiff_t>(at), last = facts.begin() + static_cast<std::ptrdiff_t>(end);
    RC_ASSERT(ledger->Append(Report(first, last)).Ok());
    at = end;
  }
  const auto totals = ledger->Totals();
  completed = 0;
  for (const RunTotals& total : *totals) completed += total.completed;
  return FactsOf(*ledger);
}

TEST(LedgerProperty, NeitherOrderNorRepetitionMatters) {
  EXPECT_TRUE(rc::check([] {
    const auto facts = *rc::gen::container<std::vector<Fact>>(AnyFact());
    std::mt19937 random(*rc::gen::arbitrary<unsigned>());
    std::vector<Fact> again = facts;
    again.insert(again.end(), facts.begin(), facts.begin() + static_cast<std::ptrdiff_t>(facts.size() / 2));
    std::shuffle(again.begin(), again.end(), random);
    std::uint64_t completed = 0, completed_again = 0;
    RC_ASSERT(StoredIn(facts, random, completed) == StoredIn(again, random, completed_again));
    RC_ASSERT(completed == completed_again);
  }));
}

Fleet FleetOfTwo() {
  Fleet fleet;
  for (const char* name : {"s", "t"}) {
    SourceDef source;
    source.name = source.kind = name;
    source.coverage = name[0] == 's' ? Coverage::kJoins : Coverage::kHistory;
    source.staleness = seconds{60};
    fleet.sources.push_back(source);
  }
  for (const char* name : {"a", "b"}) {
    JobDef job;
    job.name = name;
    job.configured = true;
    job.runs_source = name[0] == 'a' ? "s" : "t";
    job.outputs = {{"o", "s", {{"rows", RowsCheck{Compare::kGreater, 0}}}}};
    job.success = name[0] == 'a' ? SuccessMode::kAny : SuccessMode::kRuns;
    for (const Rule& rule : std::vector<Rule>{Within{minutes{2}}, EveryRun{}, StartBy{seconds{30}}, MaxRuntime{minutes{1}}, Checks{}}) {
      job.objectives.push_back({std::string(KindName(rule)), rule, {}, "critical", ObjectiveFrom::kJob});
    }
    fleet.jobs.push_back(std::make_shared<const JobDef>(job));
  }
  return fleet;
}

// All that a face of the two jobs would show.
std::vector<std::string> Shown(const std::vector<Fact>& facts, TimePoint now) {
  Tracker tracker;
  tracker.SetFleet(FleetOfTwo());
  for (const Fact& fact : facts) tracker.Apply(fact);
  std::vector<std::string> shown;
  const auto text = [](std::optional<TimePoint> time) { return time ? FormatRfc3339(*time) : "-"; };
  for (const char* job : {"a", "b"}) {
    const JudgedJob judged = tracker.Judge(job, now);
    for (const ObjectiveState& o : judged.state->objectives) {
      shown.push_back(std::string(VerdictName(o.verdict)) + (o.late ? " late " : " ") + o.evidence + " " + text(o.success_at) + " " +
                      text(o.window ? std::optional(o.window->due) : std::nullopt));
    }
    shown.push_back(std::string(StateName(judged.state->state)) + " " + text(judged.state->last_success) + " " + text(judged.state->first_seen));
  }
  return shown;
}

TEST(LedgerProperty, TheVerdictsAreThoseOfTheFactsThatCameBeforeAndAfterPrune) {
  EXPECT_TRUE(rc::check([] {
    auto facts = *rc::gen::container<std::vector<Fact>>(AnyFact());
    const auto rank = [](const Fact& fact) { return std::pair(fact.observed, fact.what.index()); };
    std::stable_sort(facts.begin(), facts.end(), [&](const Fact& a, const Fact& b) { return rank(a) < rank(b); });
    const Scratch scratch;
    auto ledger = OpenAt(scratch.File());
    for (const Fact& fact : facts) RC_ASSERT(ledger->Append({fact}).Ok());
    const TimePoint now = kStart + seconds{400 + *rc::gen::inRange(0, 200)};
    const auto expected = Shown(facts, now);
    RC_ASSERT(Shown(FactsOf(*ledger), now) == expected);
    RC_ASSERT(ledger->Prune(kStart + hours{3}).Ok());
    RC_ASSERT(Shown(FactsOf(*ledger), now) == expected);
  }));
}

}  // namespace
}  // namespace batchslo
