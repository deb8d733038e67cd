#include "exporter/sources/heartbeat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "tests/sources/services.h"

namespace batchslo {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const TimePoint kNow = *ParseRfc3339("2026-03-01T12:00:00Z");
const std::string kToken = "0123456789abcdef";

class HeartbeatTest : public testing::Test {
 protected:
  HeartbeatTest() {
    Write(kToken + "\n");
    config_.name = "push";
    config_.kind = "heartbeat";
    config_.options.Set("token", SecretRef{token_file_, ""});
    for (const char* job : {"a", "team/nightly: \"x\"/ü"}) config_.runs.push_back({job, {}});
    Make({});
  }
  ~HeartbeatTest() override { std::remove(token_file_.c_str()); }

  void Make(Known known) { source_ = std::make_unique<Source>(std::move(HeartbeatKind().make(config_, services_.Get(std::move(known)))).Value()); }
  void Write(const std::string& token) const { std::ofstream(token_file_) << token; }

  PushReply Send(const std::string& body, TimePoint now = kNow, const std::string& job = "a") {
    return source_->receive({job, "Bearer " + kToken, "application/json", body, {}}, now);
  }
  // As the daemon does: stored, then told so.
  RunFact Told(const std::string& body, TimePoint now = kNow) {
    const PushReply reply = Send(body, now);
    EXPECT_EQ(reply.status, 200) << reply.message;
    if (reply.stored) reply.stored();
    return reply.facts.empty() ? RunFact{} : std::get<RunFact>(reply.facts.at(0).what);
  }

  const std::string token_file_ = testing::TempDir() + "heartbeat-token-" + testing::UnitTest::GetInstance()->current_test_info()->name();
  SourceConfig config_;
  NoServices services_;
  std::unique_ptr<Source> source_;
};

TEST_F(HeartbeatTest, AReloadWhileAReportIsStoredLeavesWhoIsToldOfThatAlive) {
  const PushReply reply = Send(R"({"status":"success"})");
  source_ = nullptr;
  reply.stored();  // the address sanitizer sees it, if nobody is there
}

TEST_F(HeartbeatTest, AStartAndItsEndAreOneRun) {
  const RunFact start = Told(R"({"status":"start"})");
  EXPECT_EQ(start.outcome, Outcome::kRunning);
  EXPECT_EQ(start.started, kNow);
  const RunFact end = Told(R"({"exit_code":2,"message":"boom"})", kNow + minutes{1});
  EXPECT_EQ(end.run_id, start.run_id);
  EXPECT_EQ(end.outcome, Outcome::kFailed);
  EXPECT_EQ(end.finished, kNow + minutes{1});
  EXPECT_EQ(end.reason, "exit code 2");
  EXPECT_EQ(end.excerpt, "boom");
  const RunFact next = Told("{}", kNow + minutes{2});
  EXPECT_NE(next.run_id, start.run_id);
  EXPECT_EQ(next.outcome, Outcome::kSucceeded);
}

TEST_F(HeartbeatTest, ABeatThatWasNotStoredOpensAndClosesNothing) {
  EXPECT_EQ(Send(R"({"status":"start","run_id":"lost"})").status, 200);
  EXPECT_NE(Told("{}").run_id, "lost");
  const RunFact start = Told(R"({"status":"start","run_id":"r"})");
  EXPECT_EQ(Send("{}", kNow + seconds{1}).message, "r");
  EXPECT_EQ(Told("{}", kNow + seconds{2}).run_id, start.run_id);
}

TEST_F(HeartbeatTest, RunsThatBeganBeforeARestartAreClosed) {
  Make({{}, {{"a", "before", "", {}}}, {}, {}});
  EXPECT_EQ(Told("{}").run_id, "before");
}

TEST_F(HeartbeatTest, ARunThatEndedBeforeARestartIsNotBegunAgain) {
  Known known;
  known.ended = {{"a", "r"}, {"other", "s"}};
  Make(known);
  EXPECT_THAT(Send(R"({"status":"start","run_id":"r"})").facts, IsEmpty());
  EXPECT_EQ(Send(R"({"status":"start","run_id":"s"})").facts.size(), 1u) << "that was another job's";
}

TEST_F(HeartbeatTest, TheSameBeatAgainSaysTheSame) {
  const char* success = R"({"status":"success","run_id":"r","at":"2026-03-01T11:00:00Z"})";
  EXPECT_EQ(Told(success), Told(success));
  const char* nameless = R"({"at":"2026-03-01T11:30:00Z"})";
  EXPECT_EQ(Told(nameless), Told(nameless, kNow + minutes{1}));
}

TEST_F(HeartbeatTest, AStartThatComesAgainAfterTheEndDoesNotMakeItRun) {
  Told(R"({"status":"start","run_id":"r"})");
  Told(R"({"status":"success","run_id":"r"})");
  const PushReply again = Send(R"({"status":"start","run_id":"r"})");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.message, "r");
  EXPECT_THAT(again.facts, IsEmpty());
}

// After an outage the beats of many runs come together, in any order.
TEST_F(HeartbeatTest, AStartThatComesAfterTheEndDoesNotMakeItRunAlsoWhereAnotherEndedSince) {
  Told(R"({"status":"success","run_id":"r"})");
  for (int i = 0; i < 63; ++i) Told(R"({"status":"success","run_id":"s)" + std::to_string(i) + "\"}");
  EXPECT_THAT(Send(R"({"status":"start","run_id":"r"})").facts, IsEmpty());
}

TEST_F(HeartbeatTest, NothingHappensBeforeItIsTold) {
  EXPECT_EQ(Told(R"({"at":"2999-01-01T00:00:00Z"})").finished, kNow);
  EXPECT_EQ(Told(R"({"at":"2026-03-01T10:00:00+01:00"})").finished, kNow - hours{3});
  const PushReply reply = Send(R"({"at":"2026-03-01T10:00:00Z"})");
  EXPECT_EQ(reply.facts.at(0).observed, kNow);
}

TEST_F(HeartbeatTest, NamesWithSlashesAndQuotesAreJobs) {
  const PushReply reply = Send("{}", kNow, "team/nightly: \"x\"/ü");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(std::get<RunFact>(reply.facts.at(0).what).job, "team/nightly: \"x\"/ü");
}

TEST_F(HeartbeatTest, AnUnknownJobAndAWrongTokenLookTheSame) {
  const auto reply = [&](const std::string& job, const std::string& authorization) {
    const PushReply got = source_->receive({job, authorization, "", "nonsense=", {}}, kNow);
    EXPECT_THAT(got.facts, IsEmpty());
    return std::pair(got.status, got.message);
  };
  const auto expected = reply("none", "Bearer " + kToken);
  EXPECT_EQ(expected.first, 404);
  for (const std::string& wrong : std::vector<std::string>{"", kToken, "Bearer ", "Bearer " + kToken + "x", "Bearer " + kToken.substr(1), "Basic " + kToken}) {
    EXPECT_EQ(reply("a", wrong), expected) << wrong;
    EXPECT_EQ(reply("none", wrong), expected) << wrong;
  }
}

TEST_F(HeartbeatTest, ABadBeatIsToldOnlyToWhoHasTheToken) {
  EXPECT_EQ(Send(R"({"status":"?"})").status, 400);
  EXPECT_EQ(source_->receive({"a", "", "application/json", "{", {}}, kNow).status, 404);
}

TEST_F(HeartbeatTest, ATokenIsReadAgainAfterAMinute) {
  EXPECT_EQ(Send("{}").status, 200);
  Write("another-token-of-16");
  EXPECT_EQ(Send("{}", kNow + seconds{59}).status, 200);
  EXPECT_EQ(Send("{}", kNow + seconds{60}).status, 404);
}

TEST_F(HeartbeatTest, WithoutAGoodTokenNothingIsTakenAndThePollSaysWhy) {
  for (const char* token : {"", "short"}) {
    Write(token);
    Make({});
    const PushReply reply = Send("{}");
    EXPECT_EQ(reply.status, 503);
    EXPECT_THAT(reply.message, Not(HasSubstr(token_file_)));
    const PollResult polled = source_->poll(kNow, {});
    EXPECT_EQ(polled.reason, "auth");
    EXPECT_THAT(polled.facts, IsEmpty());
  }
}

TEST_F(HeartbeatTest, ATokenThatWasTakenAwayIsGoodNoMore) {
  const auto take_away = [&](const std::string& how) { how.empty() ? static_cast<void>(std::remove(token_file_.c_str())) : Write(how); };
  TimePoint now = kNow;
  for (const char* how : {"", "\n", "short"}) {
    Write(kToken);
    EXPECT_EQ(Send("{}", now).status, 200) << how;
    take_away(how);
    now += seconds{60};
    EXPECT_EQ(Send("{}", now).status, 503) << how;
    EXPECT_EQ(source_->poll(now, {}).reason, "auth") << how;
  }
  Write(kToken);
  EXPECT_EQ(Send("{}", now).status, 200);
}

TEST_F(HeartbeatTest, APollSaysThatTheListenerIsUp) {
  const PollResult polled = source_->poll(kNow, {});
  EXPECT_EQ(polled.error, "");
  EXPECT_EQ(polled.facts, (Report{{"push", kNow, ViewFact{}}}));
}

}  // namespace
}  // namespace batchslo
