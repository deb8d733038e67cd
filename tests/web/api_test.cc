// Tests exporter/web/api.cc.
#include "exporter/web/api.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/web/sample.h"

namespace batchslo {
namespace {

using nlohmann::json;
using sample::kNow;

std::string Whole(const Pieces& pieces) {
  std::string whole;
  for (std::string_view piece = pieces(); !piece.empty(); piece = pieces()) whole += piece;
  EXPECT_EQ(pieces(), "") << "it stays at the end";
  return whole;
}

json Jobs(std::shared_ptr<const Snapshot> snapshot, const char* state = "", const char* team = "") {
  const json reply = json::parse(Whole(JobsPieces(std::move(snapshot), kNow, state, team)));
  EXPECT_EQ(reply.at("status"), "success");
  return reply.at("data");
}

TEST(Api, JobsAreAllOrFiltered) {
  const auto snapshot = sample::Mixed();
  EXPECT_EQ(Jobs(snapshot).size(), 7u);
  EXPECT_EQ(Jobs(snapshot, "missed").size(), 1u);
  EXPECT_EQ(Jobs(snapshot, "", "recommend").size(), 3u);
  EXPECT_EQ(Jobs(snapshot, "met", "recommend").size(), 2u);
  EXPECT_EQ(Jobs(snapshot, "met", "nobody"), json::array());
  EXPECT_EQ(Jobs(sample::Fleet(0)), json::array());
}

TEST(Api, AFleetComesInPieces) {
  const Pieces pieces = JobsPieces(sample::Fleet(500), kNow, "", "");
  int count = 0;
  for (std::string_view piece = pieces(); !piece.empty(); piece = pieces()) {
    EXPECT_LT(piece.size(), 80u << 10);
    ++count;
  }
  EXPECT_GT(count, 3);
  EXPECT_EQ(Jobs(sample::Fleet(500)).size(), 500u);
}

TEST(Api, AnObjectiveTellsHowItsWindowsEnded) {
  auto job = sample::UsualJob("a");
  EXPECT_EQ(json::parse(RenderJob(*job, kNow)).at("data").at("objectives").at(0).at("windows"), nullptr);
  job->objectives[0].tally = SharedValue(Tally{1, kNow, 200, 9, 4, *DayCounts::Read("20400x80:1/0/0/0 20490x20:0/0/0/1 20510x1:2/1/1/0")});
  const json windows = json::parse(RenderJob(*job, kNow)).at("data").at("objectives").at(0).at("windows");
  EXPECT_EQ(windows.at("closed"), 200);
  EXPECT_EQ(windows.at("missed"), 9);
  EXPECT_EQ(windows.at("unknown"), 4);
  ASSERT_EQ(windows.at("attainment").size(), 3u);
  EXPECT_EQ(windows.at("attainment").at(0), json({{"over", "7d"}, {"met", 2}, {"missed", 1}, {"unknown", 1}, {"excused", 6}, {"ratio", 2.0 / 3}}));
  EXPECT_EQ(windows.at("attainment").at(2), json({{"over", "90d"}, {"met", 61}, {"missed", 1}, {"unknown", 1}, {"excused", 20}, {"ratio", 61.0 / 62}}));
}

TEST(Api, AnObjectiveTellsItsTargetAndWhatIsLeft) {
  auto job = sample::UsualJob("a");
  const auto objective = [&] { return json::parse(RenderJob(*job, kNow)).at("data").at("objectives").at(0); };
  EXPECT_EQ(objective().at("target"), nullptr);
  auto def = std::make_shared<JobDef>(*job->def);
  def->objectives[0].target = {7, 750000};
  job->def = def;
  EXPECT_EQ(objective().at("target"), json({{"percent", 75.0}, {"over", "7d"}}));
  EXPECT_EQ(objective().at("error_budget_remaining"), nullptr) << "no window has closed";
  job->objectives[0].tally = SharedValue(Tally{1, kNow, 8, 1, 0, *DayCounts::Read("20400x1:0/9/0/0 20510x1:7/1/0/0")});
  EXPECT_EQ(objective().at("error_budget_remaining"), 0.5);
}

TEST(Api, AJobTellsWhatIsKnownAndNullForTheRest) {
  const auto snapshot = sample::Mixed();
  const json job = json::parse(RenderJob(*snapshot->jobs[1], kNow)).at("data");
  EXPECT_EQ(job.at("job"), snapshot->jobs[1]->def->name);
  EXPECT_EQ(job.at("state"), "missed");
  EXPECT_EQ(job.at("seconds_since_last_success"), 1429.75);
  EXPECT_EQ(job.at("last_success"), "2026-03-02T00:41:10.25Z");
  const json& objective = job.at("objectives").at(0);
  EXPECT_EQ(objective.at("kind"), "by");
  EXPECT_EQ(objective.at("verdict"), "missed");
  EXPECT_EQ(objective.at("window").at("due"), "2026-03-02T01:00:00Z");
  EXPECT_EQ(objective.at("evidence"), nullptr);
  EXPECT_EQ(job.at("outputs").at(0).at("checks").at(0), json({{"check", "rows"}, {"passed", false}, {"value", 17.0}}));
  EXPECT_EQ(job.at("outputs").at(0).at("checks").at(1).at("passed"), nullptr);
  EXPECT_EQ(job.at("last_failure").at("reason"), "BackoffLimitExceeded");
  EXPECT_EQ(job.at("last_failure").at("frame"), "load at /app/<close>.py:40");
  const json bare = json::parse(RenderJob(*snapshot->jobs[4], kNow)).at("data");
  for (const char* key : {"last_success", "seconds_since_last_success", "runs", "last_failure"}) EXPECT_EQ(bare.at(key), nullptr) << key;
}

TEST(Api, BytesThatAreNoTextDoNotBreakTheReply) {
  auto snapshot = sample::Fleet(0);
  snapshot->jobs = {sample::UsualJob("a\xff\"\n</script>")};
  EXPECT_EQ(Jobs(snapshot).at(0).at("job"), "a\xef\xbf\xbd\"\n</script>");
}

TEST(Api, SourcesTellTheirHealth) {
  const json sources = json::parse(RenderSources(*sample::Mixed())).at("data");
  EXPECT_EQ(sources.at(0).at("complete"), false);
  EXPECT_EQ(sources.at(0).at("error"), nullptr);
  EXPECT_EQ(sources.at(0).at("scopes").at(1).at("error"), "forbidden: list jobs in <search>");
  EXPECT_EQ(sources.at(1).at("up"), false);
  EXPECT_EQ(sources.at(1).at("error"), "connection refused");
  EXPECT_EQ(sources.at(1).at("clock_skew_seconds"), -0.25);
}

TEST(Api, RegistriesTellTheirRows) {
  Snapshot snapshot;
  snapshot.registries = sample::Registries();
  const json registries = json::parse(RenderRegistries(snapshot)).at("data");
  const json& sheet = registries.at(0);
  EXPECT_EQ(sheet.at("registry"), "team-sheet");
  EXPECT_EQ(sheet.at("up"), true);
  EXPECT_EQ(sheet.at("rows"), 12);
  EXPECT_EQ(sheet.at("rows_invalid"), 2);
  EXPECT_EQ(sheet.at("faults").at(0), json::parse(R"({"row": 7, "column": "by", "job": "ads/import", "message": "\"25:00\" is no time of day"})"));
  EXPECT_EQ(sheet.at("faults").at(1).at("column"), nullptr);
  EXPECT_EQ(sheet.at("remarks").at(0).at("row"), 3);
  EXPECT_EQ(sheet.at("unknown_jobs"), json::parse(R"([{"row": 4, "job": "lost/<job>"}])"));
  EXPECT_EQ(registries.at(1).at("error"), "wiki.example answers 403");
  for (const char* key : {"up", "last_success", "error", "rows", "rows_invalid"}) EXPECT_EQ(registries.at(2).at(key), nullptr) << key;
}

TEST(Api, TheConfigurationAndItsErrorAreTold) {
  auto snapshot = sample::Mixed();
  EXPECT_EQ(json::parse(RenderConfigStatus(*snapshot, "text")).at("data").at("error"), nullptr);
  snapshot->config.last_reload_ok = false;
  snapshot->config.error = "line 7";
  const json status = json::parse(RenderConfigStatus(*snapshot, "token: <secret>")).at("data");
  EXPECT_EQ(status.at("last_reload_successful"), false);
  EXPECT_EQ(status.at("error"), "line 7");
  EXPECT_EQ(status.at("text"), "token: <secret>");
}

TEST(Api, AFlagThatComesTwiceIsAList) {
  EXPECT_EQ(json::parse(RenderFlags({{"a", "1"}, {"b", "2"}, {"a", "3"}})).at("data"), json({{"a", "1, 3"}, {"b", "2"}}));
  EXPECT_EQ(json::parse(RenderFlags({})).at("data"), json::object());
}

TEST(Api, ErrorsHaveTheEnvelope) {
  EXPECT_EQ(json::parse(RenderError("bad_data", "a \"b\"")), json({{"status", "error"}, {"errorType", "bad_data"}, {"error", "a \"b\""}}));
  EXPECT_EQ(json::parse(RenderData("run_id", "r/1")), json({{"status", "success"}, {"data", {{"run_id", "r/1"}}}}));
  EXPECT_TRUE(json::parse(RenderBuildInfo()).at("data").contains("version"));
}

TEST(Api, AJobIsFoundByItsWholeName) {
  const auto snapshot = sample::Mixed();
  for (const auto& job : snapshot->jobs) EXPECT_EQ(FindJob(*snapshot, job->def->name), job.get());
  for (const char* name : {"", "ads", "ads/import2", "zzz"}) EXPECT_EQ(FindJob(*snapshot, name), nullptr) << name;
}

TEST(Api, OnlyStatesAreStates) {
  for (const char* name : {"met", "missed", "unknown", "pending", "paused", "gone"}) EXPECT_TRUE(IsState(name)) << name;
  for (const char* name : {"", "Met", "late", "met "}) EXPECT_FALSE(IsState(name)) << name;
}

}  // namespace
}  // namespace batchslo
