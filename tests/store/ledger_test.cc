#include "exporter/store/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <thread>

#include "exporter/core/tracker.h"
#include "exporter/sql/database.h"
#include "tests/store/scratch.h"

namespace batchslo {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Ledger, WhatIsAppendedComesBackAfterARestart) {
  const Scratch scratch;
  const std::vector<Fact> facts = {
      {"s", kStart, JobFact{"j", false, "ns", "0 8 * * *", "UTC", "kubernetes", false, {{{"within", "30m"}}}}},
      {"s", kStart, ViewFact{"ns", true, {}}},
      {"s", kStart, ViewFact{{}, true, kStart - hours{24}}},
      RunAt(kStart + seconds{1}, "r", Outcome::kRunning),
      {"s", kStart + seconds{2}, ObservationFact{"j", "o", kStart, 5, 6, "p", {{"null.a", 0.5}}}},
      {"s", kStart + seconds{3}, LastSuccessFact{"j", {}}},
      {"s", kStart + seconds{4}, GoneFact{"j"}},
      {"s", kStart + seconds{5}, DownFact{"timeout"}},
  };
  auto ledger = OpenAt(scratch.File());
  ASSERT_TRUE(ledger->Append(facts).Ok());
  ledger.reset();
  std::vector<Fact> expected = facts;
  expected.insert(expected.begin() + 1, {"s", kStart, ViewFact{{}, true, {}}});  // the view with `since` is a look, too
  EXPECT_THAT(FactsOf(*OpenAt(scratch.File())), testing::UnorderedElementsAreArray(expected));
}

TEST(Ledger, FactsComeByTimeAndAtOneInstantJobsFirst) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  const Fact run = RunAt(kStart, "r", Outcome::kRunning), view = ViewAt(kStart), job = {"s", kStart, JobFact{"j", {}, {}, {}, {}, {}, true, {}}};
  const Fact earlier = RunAt(kStart - seconds{1}, "r", Outcome::kRunning);
  ASSERT_TRUE(ledger->Append({run, view, job}).Ok());
  ASSERT_TRUE(ledger->Append({earlier}).Ok());
  EXPECT_THAT(FactsOf(*ledger), ElementsAre(earlier, job, view, run));
}

TEST(Ledger, ManyFactsOfOneInstantAndManyPagesAreAllVisited) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  Report report;
  for (int i = 0; i < 9000; ++i) report.push_back(RunAt(kStart + seconds{i / 5000}, std::to_string(i), Outcome::kRunning));
  ASSERT_TRUE(ledger->Append(report).Ok());
  const auto facts = FactsOf(*ledger);
  EXPECT_EQ(facts.size(), report.size());
  EXPECT_TRUE(std::is_sorted(facts.begin(), facts.end(), [](const Fact& a, const Fact& b) { return a.observed < b.observed; }));
}

// ---- views ----

struct Views {
  const char* name;
  std::vector<int> seconds_after_start;
  std::vector<int> given;
};

TEST(Ledger, ViewsThatJoinComeAsAFewThatCoverTheSame) {
  const std::vector<Views> table = {
      {"one", {0}, {0}},
      {"a bound apart join", {0, 60}, {0, 60}},
      {"beyond it they do not", {0, 61}, {0, 61}},
      {"what lies between goes", {0, 10, 20, 30, 59}, {0, 59}},
      {"at most a bound apart", {0, 50, 100, 150, 200}, {0, 60, 120, 180, 200}},
      {"a late one bridges", {0, 100, 50}, {0, 60, 100}},
      {"in falling order", {100, 50, 0}, {0, 60, 100}},
      {"inside changes nothing", {0, 60, 30, 30}, {0, 60}},
  };
  for (const Views& row : table) {
    SCOPED_TRACE(row.name);
    for (const bool together : {true, false}) {
      const Scratch scratch;
      auto ledger = OpenAt(scratch.File());
      Report report;
      for (const int second : row.seconds_after_start) report.push_back(ViewAt(kStart + seconds{second}));
      ASSERT_TRUE(!together || ledger->Append(report).Ok());
      for (const Fact& fact : report) ASSERT_TRUE(together || ledger->Append({fact}).Ok());
      std::vector<Fact> expected;
      for (const int second : row.given) expected.push_back(ViewAt(kStart + seconds{second}));
      EXPECT_EQ(FactsOf(*ledger), expected);
    }
  }
}

TEST(Ledger, ScopesAndTheWholeSourceAreCoveredApart) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  const Report report = {ViewAt(kStart), ViewAt(kStart, ""), ViewAt(kStart, "a"), ViewAt(kStart, "-")};
  ASSERT_TRUE(ledger->Append(report).Ok());
  EXPECT_THAT(FactsOf(*ledger), testing::UnorderedElementsAreArray(report));
}

TEST(Ledger, AnIncompleteViewIsNotKept) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  ASSERT_TRUE(ledger->Append({{"s", kStart, ViewFact{{}, false, kStart}}}).Ok());
  EXPECT_THAT(FactsOf(*ledger), IsEmpty());
}

TEST(Ledger, WithoutAStalenessBoundViewsStayAsTheyAre) {
  const Scratch scratch;
  LedgerOptions options;
  options.path = scratch.File();
  auto ledger = Ledger::Open(options);
  ASSERT_TRUE(ledger.Ok());
  const Report report = {ViewAt(kStart), ViewAt(kStart + seconds{1}), ViewAt(kStart + seconds{2})};
  ASSERT_TRUE((*ledger)->Append(report).Ok());
  EXPECT_EQ(FactsOf(**ledger), report);
}

TEST(Ledger, AShorterBoundLaterDoesNotTearWhatWasJoined) {
  const Scratch scratch;
  OpenAt(scratch.File())->Append({ViewAt(kStart), ViewAt(kStart + seconds{50})}).Ok();
  auto ledger = Ledger::Open(OptionsAt(scratch.File(), seconds{20}));
  EXPECT_THAT(FactsOf(**ledger), ElementsAre(ViewAt(kStart), ViewAt(kStart + seconds{20}), ViewAt(kStart + seconds{40}), ViewAt(kStart + seconds{50})));
}

// ---- down, totals, memory, forgetting ----

TEST(Ledger, OfDownTheNewestOfEachSourceIsKept) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  const Fact newest{"s", kStart + seconds{9}, DownFact{"timeout"}}, other{"t", kStart, DownFact{"auth"}};
  ASSERT_TRUE(ledger->Append({{"s", kStart, DownFact{"auth"}}, newest, {"s", kStart + seconds{5}, DownFact{"reply"}}, other}).Ok());
  EXPECT_THAT(FactsOf(*ledger), ElementsAre(other, newest));
}

struct Counted {
  const char* name;
  std::vector<Fact> facts;
  std::uint64_t completed, failed;
};

TEST(Ledger, ARunCountsOnceWhenItIsFirstSeenCompleted) {
  const auto run = [](int second, Outcome outcome, const char* id = "r") { return RunAt(kStart + seconds{second}, id, outcome); };
  const std::vector<Counted> table = {
      {"running", {run(0, Outcome::kRunning)}, 0, 0},
      {"cancelled and skipped", {run(0, Outcome::kCancelled), run(1, Outcome::kSkipped, "r2")}, 0, 0},
      {"succeeded", {run(0, Outcome::kRunning), run(1, Outcome::kSucceeded)}, 1, 0},
      {"failed", {run(0, Outcome::kFailed)}, 1, 1},
      {"said twice", {run(0, Outcome::kFailed), run(0, Outcome::kFailed), run(7, Outcome::kFailed)}, 1, 1},
      {"failed, then run again", {run(0, Outcome::kFailed), run(7, Outcome::kRunning), run(9, Outcome::kSucceeded)}, 1, 1},
      {"two runs", {run(0, Outcome::kFailed), run(0, Outcome::kSucceeded, "r2")}, 2, 1},
  };
  for (const Counted& row : table) {
    SCOPED_TRACE(row.name);
    const Scratch scratch;
    for (const Fact& fact : row.facts) ASSERT_TRUE(OpenAt(scratch.File())->Append({fact}).Ok());
    const auto totals = OpenAt(scratch.File())->Totals();
    ASSERT_TRUE(totals.Ok());
    ASSERT_EQ(totals->size(), row.completed == 0 ? 0u : 1u);
    if (totals->empty()) continue;
    EXPECT_EQ(totals->front().job, "j");
    EXPECT_EQ(totals->front().completed, row.completed);
    EXPECT_EQ(totals->front().failed, row.failed);
  }
}

TEST(Ledger, MemoryOutlivesARestart) {
  const Scratch scratch;
  OpenAt(scratch.File())->Remember({{"a", "one\n\ttwo"}, {"b", ""}}).Ok();
  OpenAt(scratch.File())->Remember({{"b", "three"}}).Ok();
  const auto memories = OpenAt(scratch.File())->Recall();
  ASSERT_TRUE(memories.Ok());
  ASSERT_EQ(memories->size(), 2u);
  EXPECT_EQ((*memories)[0].text, "one\n\ttwo");
  EXPECT_EQ((*memories)[1].text, "three");
}

TEST(Ledger, AForgottenJobLeavesNothingAndTheOthersStay) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  const Fact stays = RunAt(kStart, "r", Outcome::kSucceeded, "other");
  ASSERT_TRUE(ledger->Append({RunAt(kStart, "r", Outcome::kSucceeded), {"dwh", kStart, ObservationFact{"j", "o", {}, {}, {}, {}, {}}}, stays}).Ok());
  ASSERT_TRUE(ledger->Remember({{"j", "x"}, {"other", "y"}}).Ok());
  ASSERT_TRUE(ledger->Forget({"j", "never seen"}).Ok());
  EXPECT_THAT(FactsOf(*ledger), ElementsAre(stays));
  EXPECT_EQ(ledger->Totals()->size(), 1u);
  EXPECT_EQ(ledger->Recall()->size(), 1u);
}

TEST(Ledger, ANameWithNulIsRefusedAndSpoilsNothing) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  const Fact bad = RunAt(kStart, std::string("r\0s", 3), Outcome::kRunning), good = RunAt(kStart, "r", Outcome::kRunning);
  EXPECT_FALSE(ledger->Append({good, bad}).Ok());
  EXPECT_THAT(FactsOf(*ledger), IsEmpty());
  EXPECT_TRUE(ledger->State().up);
  EXPECT_TRUE(ledger->Append({good}).Ok());
}

TEST(Ledger, ThreadsThatWaitTogetherAllGetTheirs) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  std::vector<std::jthread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) EXPECT_TRUE(ledger->Append({RunAt(kStart, std::to_string(t) + "." + std::to_string(i), Outcome::kSucceeded)}).Ok());
    });
  }
  threads.clear();
  EXPECT_EQ(FactsOf(*ledger).size(), 400u);
  EXPECT_EQ(ledger->Totals()->front().completed, 400u);
  EXPECT_GT(ledger->State().size_bytes, 0u);
}

TEST(Ledger, MoreThanCanWaitIsRefused) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  RunFact large;
  large.job = "j";
  large.excerpt = std::string(5 << 20, 'x');
  std::atomic<int> stored = 0, refused = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 24; ++t) {
    threads.emplace_back([&, t, run = large]() mutable {
      run.run_id = std::to_string(t);
      const auto done = ledger->Append({{"s", kStart, run}});
      ++(done ? stored : refused);
      EXPECT_TRUE(done.Ok() || done.Message().find("overloaded") != std::string::npos);
    });
  }
  threads.clear();
  EXPECT_EQ(stored + refused, 24);
  EXPECT_GE(stored, 1);
  EXPECT_EQ(FactsOf(*ledger).size(), static_cast<std::size_t>(stored));
  EXPECT_TRUE(ledger->Append({RunAt(kStart, "after", Outcome::kRunning)}).Ok());
}

// ---- the set of facts ----

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
    fleet.jobs.push_back(job);
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

// ---- one daemon a file, and reading beside it ----

TEST(Ledger, ASecondDaemonIsRefusedAndToldByWhom) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  std::filesystem::create_symlink(scratch.File(), scratch.File("link.db"));
  for (const char* name : {"ledger.db", "link.db"}) {
    const auto second = Ledger::Open(OptionsAt(scratch.File(name)));
    ASSERT_FALSE(second.Ok()) << name;
    EXPECT_THAT(second.Message(), AllOf(HasSubstr("another batchslo_exporter (process " + std::to_string(getpid()) + ")"), HasSubstr("--store")));
  }
  ledger.reset();
  EXPECT_TRUE(Ledger::Open(OptionsAt(scratch.File())).Ok());
}

TEST(Ledger, ALaterSchemaIsRefused) {
  const Scratch scratch;
  OpenAt(scratch.File()).reset();
  DatabaseOptions options;
  options.url = "sqlite://" + scratch.File();
  options.writes = true;
  ASSERT_TRUE((*Session::Open(options))->Execute({"UPDATE meta SET value = 99 WHERE key = 'schema'", {}, 0}).Ok());
  const auto opened = Ledger::Open(OptionsAt(scratch.File()));
  ASSERT_FALSE(opened.Ok());
  EXPECT_THAT(opened.Message(), HasSubstr("later version of batchslo_exporter (schema 99"));
  EXPECT_THAT(ReadLedger(scratch.File(), [](const Fact&) {}).Message(), HasSubstr("schema 99"));
}

TEST(Ledger, WhatLiesThereMustBeAFile) {
  const Scratch scratch;
  const auto opened = Ledger::Open(OptionsAt(scratch.Path()));
  ASSERT_FALSE(opened.Ok());
  EXPECT_THAT(opened.Message(), HasSubstr("is a directory"));
  EXPECT_FALSE(Ledger::Open(OptionsAt("")).Ok());
}

TEST(Ledger, ItsFolderIsMadeAndOnlyItsOwnerMayReadIt) {
  const Scratch scratch;
  const std::string path = scratch.File("a/b%41 c.db");
  ASSERT_TRUE(OpenAt(path)->Append({ViewAt(kStart)}).Ok());
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST(ReadLedger, GivesWhatForEachGives) {
  const Scratch scratch;
  const Report report = {ViewAt(kStart), ViewAt(kStart + seconds{50}), RunAt(kStart + seconds{70}, "r", Outcome::kSucceeded)};
  ASSERT_TRUE(OpenAt(scratch.File())->Append(report).Ok());
  std::vector<Fact> facts;
  const auto read = ReadLedger(scratch.File(), [&](const Fact& fact) { facts.push_back(fact); });
  EXPECT_TRUE(read.Ok()) << read.Message();
  EXPECT_EQ(facts, report);
}

TEST(ReadLedger, SaysWhatIsNoLedger) {
  const Scratch scratch;
  EXPECT_THAT(ReadLedger(scratch.File(), [](const Fact&) {}).Message(), HasSubstr("there is no such file"));
  std::ofstream(scratch.File()).flush();
  EXPECT_THAT(ReadLedger(scratch.File(), [](const Fact&) {}).Message(), HasSubstr("holds no ledger"));
}

}  // namespace
}  // namespace batchslo
