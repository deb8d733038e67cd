#include "exporter/sources/heartbeat_parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace batchslo {
namespace {

using testing::HasSubstr;
using Status = Heartbeat::Status;

constexpr const char *kJson = "application/json", *kForm = "application/x-www-form-urlencoded";

PushRequest Request(const std::string& type, const std::string& body) { return {"j", "", type, body, {}}; }

struct Good {
  const char *type, *body;
  Status status;
  const char *run_id, *message;
};

TEST(ParseHeartbeat, TakesJsonFormsAndPlainText) {
  static constexpr Good kTable[] = {
      {"", "", Status::kSuccess, "", ""},
      {kJson, R"({"status":"start","run_id":"r-1"})", Status::kStart, "r-1", ""},
      {"Application/JSON; charset=utf-8", R"({"exit_code":3,"message":"a\nb"})", Status::kFailure, "", "a\nb"},
      {kJson, R"({"exit_code":0})", Status::kSuccess, "", ""},
      {kJson, R"({"exit_code":0,"status":"failure"})", Status::kFailure, "", ""},
      {kJson, R"({"run_id":7})", Status::kSuccess, "7", ""},
      {kForm, "status=failure&message=100%25+of+it%0Ais+%E2%9C%93&run_id=a%2Fb", Status::kFailure, "a/b", "100% of it\nis \xE2\x9C\x93"},
      {kForm, "exit_code=1&message=50%", Status::kFailure, "", "50%"},
      {"application/vnd.api+json ; charset=utf-8", R"({"status":"failure"})", Status::kFailure, "", ""},
  };
  for (const Good& row : kTable) {
    SCOPED_TRACE(row.body);
    const auto beat = ParseHeartbeat(Request(row.type, row.body));
    ASSERT_TRUE(beat.Ok()) << beat.Message();
    EXPECT_EQ(beat->status, row.status);
    EXPECT_EQ(beat->run_id, row.run_id);
    EXPECT_EQ(beat->message, row.message);
  }
}

TEST(ParseHeartbeat, TheQueryAddsToTheBodyButNeverContradictsIt) {
  PushRequest request = Request(kJson, R"({"status":"failure","run_id":"body"})");
  request.query = {{"exit_code", "3"}};
  const auto beat = ParseHeartbeat(request);
  ASSERT_TRUE(beat.Ok());
  EXPECT_EQ(beat->run_id, "body");
  EXPECT_EQ(beat->exit_code, 3);
  EXPECT_EQ(beat->status, Status::kFailure);
  request.query = {{"status", "success"}};
  EXPECT_THAT(ParseHeartbeat(request).Message(), HasSubstr("\"status\" is said twice"));
}

TEST(ParseHeartbeat, APlainTextIsTheMessageOfAStatusInTheQuery) {
  PushRequest request = Request("text/plain; charset=utf-8", "status=failure");
  EXPECT_THAT(ParseHeartbeat(request).Message(), HasSubstr("a plain text is only a message"));
  request.query = {{"exit_code", "1"}};
  const auto beat = ParseHeartbeat(request);
  ASSERT_TRUE(beat.Ok()) << beat.Message();
  EXPECT_EQ(beat->status, Status::kFailure);
  EXPECT_EQ(beat->message, "status=failure");
}

TEST(ParseHeartbeat, AFailureInABodyOfAnotherTypeIsNoSuccess) {
  for (const char* type : {"", "application/octet-stream", "text/xml", "multipart/form-data; boundary=x", "application/jsonx"}) {
    EXPECT_THAT(ParseHeartbeat(Request(type, "status=failure")).Message(), HasSubstr("the body must be application/json")) << type;
  }
}

struct Bad {
  const char *type, *body, *error;
};

TEST(ParseHeartbeat, SaysWhatIsWrong) {
  static constexpr Bad kTable[] = {
      {kJson, "{", "no JSON object"},
      {kJson, "[]", "no JSON object"},
      {kJson, "\"start\"", "no JSON object"},
      {kJson, R"({"status":"started"})", "status must be"},
      {kJson, R"({"status":null})", "\"status\" must be a text"},
      {kJson, R"({"exit_code":1.5})", "\"exit_code\" must be"},
      {kJson, R"({"exit_code":"one"})", "exit_code must be"},
      {kJson, R"({"exit_code":99999999999})", "exit_code must be"},
      {kJson, R"({"message":{"a":1}})", "\"message\" must be a text"},
      {kJson, R"({"at":"yesterday"})", "at: "},
      {kJson, R"({"run_id":"a\nb"})", "run_id must be"},
      {kJson, R"({"run_id":"a\u0000b"})", "run_id must be"},
      {kJson, R"({"status":"failure","status":"success"})", "\"status\" is said twice"},
      {kForm, "status=failure&status=success", "\"status\" is said twice"},
      {kJson, R"({"status":"success","exit_code":1})", "can't be a success with exit_code 1"},
      {kJson, R"({"exitcode":1})", "unknown key \"exitcode\""},
      {kForm, "run_id=%FF", "run_id must be"},
      {kForm, "statuss=start", "unknown key \"statuss\""},
  };
  for (const Bad& row : kTable) {
    const auto beat = ParseHeartbeat(Request(row.type, row.body));
    ASSERT_FALSE(beat.Ok()) << row.body;
    EXPECT_THAT(beat.Message(), HasSubstr(row.error)) << row.body;
  }
  EXPECT_FALSE(ParseHeartbeat(Request(kForm, "run_id=" + std::string(201, 'x'))).Ok());
  EXPECT_TRUE(ParseHeartbeat(Request(kForm, "run_id=" + std::string(200, 'x'))).Ok());
}

TEST(ParseHeartbeat, OnlyTheDepthOfTheObjectCounts) {
  EXPECT_THAT(ParseHeartbeat(Request(kJson, std::string(100'000, '['))).Message(), HasSubstr("nested"));
  const std::string brackets = std::string(500, '[') + "\\\"" + std::string(500, '{');
  EXPECT_TRUE(ParseHeartbeat(Request(kJson, "{\"message\":\"" + brackets + "\"}")).Ok());
}

TEST(ParseHeartbeat, AMessageAlwaysCanBeShown) {
  PushRequest request = Request("text/plain", std::string(10'000, 'x') + "\n" + std::string(8'000, 'y') + std::string("\0\xFF" "end", 5));
  request.query = {{"status", "failure"}};
  const auto beat = ParseHeartbeat(request);
  ASSERT_TRUE(beat.Ok());
  EXPECT_TRUE(beat->message.ends_with(" \xEF\xBF\xBD" "end"));
  EXPECT_GT(beat->message.size(), 18'000u) << "it is cut when secrets have been taken out: half of one is not known as one";
}

}  // namespace
}  // namespace batchslo
