#include "exporter/cli/facts_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>
#include <sstream>

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TimePoint At(std::string_view text) { return *ParseRfc3339(text); }

FactsFile Read(const std::string& text) {
  std::istringstream in(text);
  return ReadFacts(in, "f.jsonl");
}

struct Kept {
  const char* name;
  Fact fact;
  const char* line;
};

const Fact kWholeRun{
    "gke", At("2026-03-02T00:41:30Z"),
    RunFact{"recommend/train", "train-29", "recommend", At("2026-03-01T23:00:00Z"), At("2026-03-01T23:00:01Z"),
            At("2026-03-01T23:00:04Z"), At("2026-03-02T00:41:10.5Z"), Outcome::kFailed, Trigger::kManual,
            "BackoffLimitExceeded", "Traceback\n  \"x\"", "https://x/1"}};

const std::vector<Kept> kKept = {
    {"job",
     {"gke", At("2026-03-01T00:00:00Z"),
      JobFact{"recommend/train", false, "recommend", "0 8 * * *", "Asia/Tokyo", "kubernetes", false, {}}},
     R"({"fact":"job","source":"gke","job":"recommend/train","scope":"recommend","schedule":"0 8 * * *","timezone":"Asia/Tokyo","dialect":"kubernetes","paused":false,"observed_at":"2026-03-01T00:00:00Z"})"},
    {"configured job",
     {"gke", At("2026-03-01T00:00:00Z"), JobFact{"a", true, {}, {}, {}, {}, {}, {}}},
     R"({"fact":"job","source":"gke","job":"a","configured":true,"observed_at":"2026-03-01T00:00:00Z"})"},
    {"view",
     {"gke", At("2026-03-02T00:59:00Z"), ViewFact{"recommend", true, At("2026-03-01T00:00:00Z")}},
     R"({"fact":"view","source":"gke","scope":"recommend","complete":true,"since":"2026-03-01T00:00:00Z","observed_at":"2026-03-02T00:59:00Z"})"},
    {"incomplete view",
     {"gke", At("2026-03-02T00:59:00Z"), ViewFact{{}, false, {}}},
     R"({"fact":"view","source":"gke","complete":false,"observed_at":"2026-03-02T00:59:00Z"})"},
    {"run", kWholeRun,
     R"({"fact":"run","source":"gke","job":"recommend/train","run_id":"train-29","scope":"recommend","scheduled_at":"2026-03-01T23:00:00Z","created_at":"2026-03-01T23:00:01Z","started_at":"2026-03-01T23:00:04Z","finished_at":"2026-03-02T00:41:10.5Z","outcome":"failed","trigger":"manual","reason":"BackoffLimitExceeded","excerpt":"Traceback\n  \"x\"","link":"https://x/1","observed_at":"2026-03-02T00:41:30Z"})"},
    {"observation",
     {"dwh", At("2026-03-02T00:41:30Z"),
      ObservationFact{"j", "mart.items", At("2026-03-02T00:40:55Z"), 120044, 88123456, "20260302", {{"null.a", 0.5}}}},
     R"({"fact":"observation","source":"dwh","job":"j","output":"mart.items","updated_at":"2026-03-02T00:40:55Z","rows":120044,"bytes":88123456,"partition":"20260302","values":{"null.a":0.5},"observed_at":"2026-03-02T00:41:30Z"})"},
    {"output that never moved",
     {"dwh", At("2026-03-02T00:41:30Z"), ObservationFact{"j", "o", {}, {}, {}, {}, {}}},
     R"({"fact":"observation","source":"dwh","job":"j","output":"o","updated_at":null,"observed_at":"2026-03-02T00:41:30Z"})"},
    {"last success",
     {"gke", At("2026-03-02T00:41:30Z"), LastSuccessFact{"j", At("2026-03-02T00:41:10Z")}},
     R"({"fact":"last_success","source":"gke","job":"j","value":"2026-03-02T00:41:10Z","observed_at":"2026-03-02T00:41:30Z"})"},
    {"no success ever",
     {"gke", At("2026-03-02T00:41:30Z"), LastSuccessFact{"j", {}}},
     R"({"fact":"last_success","source":"gke","job":"j","value":null,"observed_at":"2026-03-02T00:41:30Z"})"},
    {"gone",
     {"gke", At("2026-03-05T00:00:00Z"), GoneFact{"j"}},
     R"({"fact":"gone","source":"gke","job":"j","observed_at":"2026-03-05T00:00:00Z"})"},
    {"down",
     {"gke", At("2026-03-02T01:00:00Z"), DownFact{"timeout"}},
     R"({"fact":"down","source":"gke","reason":"timeout","observed_at":"2026-03-02T01:00:00Z"})"},
};

TEST(FactsJson, EveryKindOfFactIsWrittenInItsKeysAndReadBack) {
  for (const Kept& row : kKept) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(FactLine(row.fact), row.line);
    const FactsFile file = Read(std::string(row.line) + "\n");
    EXPECT_THAT(file.faults, IsEmpty());
    EXPECT_THAT(file.facts, ElementsAre(row.fact));
  }
}

TEST(FactsJson, OptionalKeysMayBeAbsent) {
  const FactsFile file = Read(
      R"({"observed_at":"2026-03-02T09:41:30+09:00","output":"o","job":"j","source":"s","fact":"observation"})"
      "\n"
      R"({"fact":"view","source":"s","observed_at":"2026-03-02T00:00:00Z"})"
      "\r\n"
      R"({"fact":"run","source":"s","job":"j","run_id":"1","outcome":"running","observed_at":"2026-03-02T00:00:00Z"})");
  EXPECT_THAT(file.faults, IsEmpty());
  EXPECT_THAT(
      file.facts,
      ElementsAre(Fact{"s", At("2026-03-02T00:41:30Z"), ObservationFact{"j", "o", {}, {}, {}, {}, {}}},
                  Fact{"s", At("2026-03-02T00:00:00Z"), ViewFact{}},
                  Fact{"s", At("2026-03-02T00:00:00Z"), RunFact{"j", "1", {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}}));
}

TEST(FactsJson, AFileWithoutALineIsNoFault) {
  EXPECT_THAT(Read("").faults, IsEmpty());
  EXPECT_THAT(Read("").facts, IsEmpty());
}

struct Faulty {
  const char* line;
  const char* fault;
};

const std::vector<Faulty> kFaulty = {
    {"", "an empty line"},
    {" ", "this is no JSON"},
    {"{", "this is no JSON"},
    {R"({"fact":"gone"} {})", "this is no JSON"},
    {"{\"fact\":\"gone\",\"source\":\"\xff\"}", "this is no JSON"},
    {"[]", "expected a JSON object"},
    {"null", "expected a JSON object"},
    {"{}", "\"fact\" is missing; it says what kind of fact this is"},
    {R"({"fact":1})", "\"fact\" wants a text"},
    {R"({"fact":"runs"})", "unknown fact \"runs\"; allowed: job, view, run, observation, last_success, gone, down"},
    {R"({"fact":"gone","source":"s","job":"j","observed_at":"2026-03-01T00:00:00Z","outcom":"x"})",
     "unknown key \"outcom\" in a gone fact"},
    {R"({"fact":"run","source":"s","job":"j","run_id":"r","outcome":"failed","observed_at":"2026-03-01T00:00:00Z","outcom":"x"})",
     "unknown key \"outcom\" in a run fact; did you mean \"outcome\"?"},
    {R"({"fact":"job","source":"s","job":"j","observed_at":"2026-03-01T00:00:00Z","annotations":{}})",
     "unknown key \"annotations\" in a job fact"},
    {R"({"fact":"gone","source":"s","job":"j","observed_at":"2026-03-01T00:00:00Z","\u001b[2J":1})",
     "unknown key \"?[2J\" in a gone fact"},
    {R"({"fact":"gone","source":"s","observed_at":"2026-03-01T00:00:00Z"})", "\"job\" is missing"},
    {R"({"fact":"gone","job":"j","observed_at":"2026-03-01T00:00:00Z"})", "\"source\" is missing"},
    {R"({"fact":"gone","job":"j","source":"s"})", "\"observed_at\" is missing"},
    {R"({"fact":"run","source":"s","job":"j","outcome":"failed","observed_at":"2026-03-01T00:00:00Z"})",
     "\"run_id\" is missing"},
    {R"({"fact":"run","source":"s","job":"j","run_id":"r","observed_at":"2026-03-01T00:00:00Z"})",
     "\"outcome\" is missing"},
    {R"({"fact":"observation","source":"s","job":"j","observed_at":"2026-03-01T00:00:00Z"})", "\"output\" is missing"},
    {R"({"fact":"last_success","source":"s","job":"j","observed_at":"2026-03-01T00:00:00Z"})", "\"value\" is missing"},
    {R"({"fact":"gone","source":"","job":"j","observed_at":"2026-03-01T00:00:00Z"})",
     "\"source\" wants a text that is not empty, without NUL"},
    {R"({"fact":"gone","source":"s","job":"a\u0000b","observed_at":"2026-03-01T00:00:00Z"})",
     "\"job\" wants a text that is not empty, without NUL"},
    {R"({"fact":"gone","source":"s","job":7,"observed_at":"2026-03-01T00:00:00Z"})", "\"job\" wants a text"},
    {R"({"fact":"gone","source":"s","job":"j","observed_at":null})", "\"observed_at\" wants a text"},
    {R"({"fact":"gone","source":"s","job":"j","observed_at":1772323200})", "\"observed_at\" wants a text"},
    {R"({"fact":"job","source":"s","job":"j","scope":null,"observed_at":"2026-03-01T00:00:00Z"})",
     "\"scope\" wants a text"},
    {R"({"fact":"job","source":"s","job":"j","paused":"no","observed_at":"2026-03-01T00:00:00Z"})",
     "\"paused\" wants true or false"},
    {R"({"fact":"view","source":"s","complete":1,"observed_at":"2026-03-01T00:00:00Z"})",
     "\"complete\" wants true or false"},
    {R"({"fact":"view","source":"s","since":null,"observed_at":"2026-03-01T00:00:00Z"})", "\"since\" wants a text"},
    {R"({"fact":"run","source":"s","job":"j","run_id":"r","outcome":"success","observed_at":"2026-03-01T00:00:00Z"})",
     "\"outcome\" can't be \"success\"; allowed: running, succeeded, failed, cancelled, skipped"},
    {R"({"fact":"run","source":"s","job":"j","run_id":"r","outcome":"failed","trigger":"cron","observed_at":"2026-03-01T00:00:00Z"})",
     "\"trigger\" can't be \"cron\"; allowed: unknown, scheduled, manual, backfill"},
    {R"({"fact":"observation","source":"s","job":"j","output":"o","rows":1.5,"observed_at":"2026-03-01T00:00:00Z"})",
     "\"rows\" wants a whole number"},
    {R"({"fact":"observation","source":"s","job":"j","output":"o","bytes":9223372036854775808,"observed_at":"2026-03-01T00:00:00Z"})",
     "\"bytes\" wants a whole number"},
    {R"({"fact":"observation","source":"s","job":"j","output":"o","values":{"a":"1"},"observed_at":"2026-03-01T00:00:00Z"})",
     "\"values\" wants an object of numbers"},
    {R"({"fact":"observation","source":"s","job":"j","output":"o","values":[1],"observed_at":"2026-03-01T00:00:00Z"})",
     "\"values\" wants an object of numbers"},
    {R"({"fact":"gone","source":"s","job":"j","job":"k","observed_at":"2026-03-01T00:00:00Z"})",
     "duplicate key \"job\""},
    {R"({"fact":"observation","source":"s","job":"j","output":"o","values":{"a":1,"a":2},"observed_at":"2026-03-01T00:00:00Z"})",
     "duplicate key \"a\""},
};

TEST(FactsJson, EachFaultIsToldWithItsLine) {
  for (const Faulty& row : kFaulty) {
    const FactsFile file = Read(std::string(kKept[0].line) + "\n" + row.line + "\n" + kKept[9].line + "\n");
    EXPECT_THAT(file.faults, ElementsAre("f.jsonl:2: " + std::string(row.fault))) << row.line;
    EXPECT_THAT(file.facts, ElementsAre(kKept[0].fact, kKept[9].fact)) << row.line;
  }
}

TEST(FactsJson, ABadInstantIsToldWithItsKey) {
  for (const char* bad : {"2026-03-01", "2026-03-01T00:00:00", "2026-02-30T00:00:00Z", "yesterday", ""}) {
    const FactsFile file =
        Read(R"({"fact":"gone","source":"s","job":"j","observed_at":")" + std::string(bad) + "\"}\n");
    ASSERT_EQ(file.faults.size(), 1u) << bad;
    EXPECT_THAT(file.faults[0], testing::StartsWith("f.jsonl:1: \"observed_at\": "));
  }
}

TEST(FactsJson, AllFaultsAreCollected) {
  const FactsFile file = Read(
      "\n"
      R"({"fact":"run","source":3,"outcome":"no","colour":1})"
      "\n\n");
  EXPECT_THAT(
      file.faults,
      ElementsAre("f.jsonl:1: an empty line", "f.jsonl:2: unknown key \"colour\" in a run fact",
                  "f.jsonl:2: \"observed_at\" is missing", "f.jsonl:2: \"job\" is missing",
                  "f.jsonl:2: \"run_id\" is missing", "f.jsonl:2: \"source\" wants a text",
                  "f.jsonl:2: \"outcome\" can't be \"no\"; allowed: running, succeeded, failed, cancelled, skipped",
                  "f.jsonl:3: an empty line"));
}

TEST(FactsJson, DepthAndLengthAreBounded) {
  EXPECT_THAT(Read(std::string(500'000, '[') + "\n").faults, ElementsAre("f.jsonl:1: nested too deeply"));
  EXPECT_THAT(Read("\"" + std::string(2'000'000, 'x') + "\"\n").faults, ElementsAre("f.jsonl:1: longer than 1 MiB"));
}

TEST(FactsJson, WhatJsonCannotHoldIsLeftOut) {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  const Fact fact{"s", At("2026-03-01T00:00:00Z"), ObservationFact{"j", "o", {}, {}, {}, {}, {{"a", nan}, {"b", 1}}}};
  EXPECT_EQ(
      FactLine(fact),
      R"({"fact":"observation","source":"s","job":"j","output":"o","updated_at":null,"values":{"b":1.0},"observed_at":"2026-03-01T00:00:00Z"})");
  const Fact bytes{"s", At("2026-03-01T00:00:00Z"), DownFact{"\xff"}};
  EXPECT_THAT(Read(FactLine(bytes)).faults, IsEmpty());
}

TEST(FactsJson, AFileThatIsNoneIsNotReadToItsEnd) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "no fact\n";
  const FactsFile file = Read(text);
  ASSERT_THAT(file.faults, SizeIs(201));
  EXPECT_THAT(file.faults.back(), HasSubstr("the rest was not read"));
}

TEST(FactsJson, ARunOfAnyShapeIsReadBackAsItWas) {
  const auto instant = [] { return TimePoint{Duration{*rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000'000)}}; };
  const auto maybe = [&] { return *rc::gen::arbitrary<bool>() ? std::optional(instant()) : std::nullopt; };
  EXPECT_TRUE(rc::check([&] {
    RunFact run;
    run.job = *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('\x01', '\x7f')));
    run.run_id = *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('\x01', '\x7f')));
    run.scheduled = maybe();
    run.created = maybe();
    run.started = maybe();
    run.finished = maybe();
    run.outcome = static_cast<Outcome>(*rc::gen::inRange(0, 5));
    run.trigger = static_cast<Trigger>(*rc::gen::inRange(0, 4));
    run.excerpt = *rc::gen::container<std::string>(rc::gen::inRange('\0', '\x7f'));
    const Fact fact{"s", instant(), run};
    const FactsFile file = Read(FactLine(fact) + "\n");
    RC_ASSERT(file.faults.empty());
    RC_ASSERT(file.facts == std::vector{fact});
  }));
}

}  // namespace
}  // namespace batchslo
