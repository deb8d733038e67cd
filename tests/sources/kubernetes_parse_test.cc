// Tests exporter/sources/kubernetes_parse.cc on replies that a real API server gave (tests/testdata/kubernetes), and on
// what none should give.
#include "exporter/sources/kubernetes_parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace batchslo {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

TimePoint At(std::string_view text) { return *ParseRfc3339(text); }

std::string Recorded(const std::string& name) {
  std::ifstream file(TESTDATA "/kubernetes/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Page {
  std::vector<KubeObject> objects;
  KubePage page;
  std::string error;
  const KubeObject& Named(const std::string& name) const {
    for (const auto& object : objects) {
      if (object.name == name) return object;
    }
    ADD_FAILURE() << "no " << name;
    return objects.at(0);
  }
};

Page Parse(std::string body) {
  Page out;
  const auto page = ParseKubePage(body, [&](KubeObject&& object) { out.objects.push_back(std::move(object)); });
  page ? void(out.page = *page) : void(out.error = page.Message());
  return out;
}

std::string ListOf(const std::string& items) { return R"({"kind":"JobList","metadata":{"resourceVersion":"7"},"items":[)" + items + "]}"; }
std::string ItemWith(const std::string& rest) { return ListOf(R"({"metadata":{"name":"a","namespace":"n","uid":"u"})" + rest + "}"); }
KubeObject OneOf(const std::string& rest) {
  const Page page = Parse(ItemWith(rest));
  EXPECT_EQ(page.error, "") << rest;
  return page.objects.empty() ? KubeObject{} : page.objects[0];
}

// ---- what a real server says ----

TEST(KubeParse, RealCronJobs) {
  const Page page = Parse(Recorded("cronjobs.json"));
  ASSERT_EQ(page.error, "");
  EXPECT_FALSE(page.page.resource_version.empty());
  EXPECT_EQ(page.page.items, page.objects.size());
  const KubeObject& good = page.Named("good");
  EXPECT_EQ(good.ns, "batch-a");
  EXPECT_THAT(good.uid, SizeIs(36));
  EXPECT_EQ(good.schedule, "* * * * *");
  EXPECT_EQ(good.timezone, "Asia/Tokyo");
  EXPECT_FALSE(good.suspended);
  EXPECT_EQ(good.successful_history, 3);
  EXPECT_TRUE(good.created && good.last_schedule && good.last_success);
  EXPECT_EQ(good.annotations.at("by"), "10:00 mon-fri");
  EXPECT_EQ(good.annotations.size(), 1u) << "others' annotations are none of our business";
  const KubeObject& suspended = page.Named("suspended");
  EXPECT_TRUE(suspended.suspended);
  EXPECT_EQ(suspended.last_schedule, std::nullopt);
  EXPECT_EQ(suspended.last_success, std::nullopt);
  EXPECT_EQ(page.Named("bad").last_success, std::nullopt);
  EXPECT_EQ(page.Named("no-history").successful_history, 0);
}

TEST(KubeParse, RealJobs) {
  const Page page = Parse(Recorded("jobs.json"));
  ASSERT_EQ(page.error, "");
  std::size_t complete = 0, failed = 0, pending = 0;
  for (const KubeObject& job : page.objects) {
    EXPECT_FALSE(job.owner.empty() || job.owner_uid.empty()) << job.name;
    if (job.owner == "good" && job.complete && !job.manual) {
      ++complete;
      EXPECT_TRUE(job.began && job.completed_at);
      EXPECT_THAT(job.scheduled_text, HasSubstr("+09:00")) << "in the CronJob's zone";
      EXPECT_TRUE(ParseRfc3339(job.scheduled_text));
    }
    if (job.owner == "bad" && job.failed) {
      ++failed;
      EXPECT_TRUE(job.began && job.failed_at && !job.completed_at);
      EXPECT_EQ(job.reason, "BackoffLimitExceeded");
      EXPECT_EQ(job.message, "Job has reached the specified backoff limit");
    }
    if (job.owner == "pending") {
      ++pending;
      EXPECT_FALSE(job.began || job.complete || job.failed) << "its image can't be pulled";
    }
  }
  EXPECT_GE(complete, 1u);
  EXPECT_GE(failed, 1u);
  EXPECT_GE(pending, 1u);
  const KubeObject& by_hand = page.Named("by-hand");
  EXPECT_TRUE(by_hand.manual);
  EXPECT_EQ(by_hand.scheduled_text, "");
  EXPECT_EQ(by_hand.owner, "good");
}

TEST(KubeParse, RealPagesEndWithoutAToken) {
  const Page first = Parse(Recorded("jobs-page-1.json")), last = Parse(Recorded("jobs-page-2.json"));
  EXPECT_EQ(first.error + last.error, "");
  EXPECT_FALSE(first.page.continue_token.empty());
  EXPECT_EQ(last.page.continue_token, "");
  EXPECT_EQ(first.page.resource_version, last.page.resource_version);
}

TEST(KubeParse, ARealWatch) {
  std::istringstream lines(Recorded("watch.jsonl"));
  std::string seen, version;
  for (std::string line; std::getline(lines, line);) {
    const auto event = ParseKubeEvent(line);
    ASSERT_TRUE(event) << event.Message();
    static constexpr char kLetters[] = "AMDBE";
    seen.push_back(kLetters[static_cast<int>(event->type)]);
    if (event->type == KubeEvent::Type::kError) continue;
    EXPECT_FALSE(event->resource_version.empty());
    version = event->resource_version;
  }
  EXPECT_THAT(seen, HasSubstr("A"));
  EXPECT_THAT(seen, HasSubstr("M"));
  EXPECT_THAT(seen, HasSubstr("D"));
  EXPECT_THAT(seen, HasSubstr("B"));
}

TEST(KubeParse, ARealErrorInsideAWatch) {
  std::string line = Recorded("watch-expired.jsonl");
  const auto event = ParseKubeEvent(line);
  ASSERT_TRUE(event) << event.Message();
  EXPECT_EQ(event->type, KubeEvent::Type::kError);
  EXPECT_EQ(event->code, 410);
  EXPECT_THAT(event->message, HasSubstr("too old resource version"));
}

TEST(KubeParse, RealErrorsAreToldInTheServersWords) {
  EXPECT_THAT(KubeErrorText(Recorded("forbidden.json")), HasSubstr("jobs.batch is forbidden: User \"reader\" cannot list resource \"jobs\""));
  EXPECT_EQ(KubeErrorText(Recorded("unauthorized.json")), "Unauthorized");
  EXPECT_EQ(KubeErrorText("Too many requests, please try again later.\n"), "Too many requests, please try again later. ");
  EXPECT_EQ(KubeErrorText(""), "");
  EXPECT_EQ(KubeErrorText(R"({"message": 7})"), R"({"message": 7})");
  EXPECT_THAT(KubeErrorText("<html>" + std::string(10'000, 'x')), SizeIs(120));
  EXPECT_THAT(KubeErrorText("{\"message\":\"" + std::string(10'000, 'x') + "\"}"), SizeIs(300));
}

// ---- fields ----

TEST(KubeParse, BeganMeansThatAPodWasReadyOrEnded) {
  struct Row {
    const char* status;
    bool began;
  };
  for (const Row& row : {Row{R"({"active":1,"ready":0,"startTime":"2026-03-01T10:00:00Z"})", false}, Row{R"({"ready":1})", true}, Row{R"({"succeeded":1})", true},
                         Row{R"({"failed":2,"ready":0})", true}, Row{R"({"ready":"1"})", false}, Row{R"({"ready":null})", false}, Row{R"({"ready":-1})", false}, Row{"{}", false},
                         Row{"null", false}}) {
    EXPECT_EQ(OneOf(R"(,"status":)" + std::string(row.status)).began, row.began) << row.status;
  }
}

TEST(KubeParse, OnlyATrueTerminalConditionEndsAJob) {
  const auto with = [](const std::string& type, const std::string& status) {
    return OneOf(R"(,"status":{"conditions":[{"type":")" + type + R"(","status":")" + status + R"(","lastTransitionTime":"2026-03-01T10:00:07Z"}]})");
  };
  EXPECT_TRUE(with("Complete", "True").complete);
  EXPECT_TRUE(with("Failed", "True").failed);
  EXPECT_EQ(with("Failed", "True").failed_at, At("2026-03-01T10:00:07Z"));
  for (const char* type : {"SuccessCriteriaMet", "FailureTarget", "Suspended", "complete", "Unheard", ""}) {
    const KubeObject job = with(type, "True");
    EXPECT_FALSE(job.complete || job.failed) << type;
  }
  for (const char* status : {"False", "Unknown", "true", ""}) EXPECT_FALSE(with("Complete", status).complete) << status;
}

TEST(KubeParse, OnlyABatchCronJobIsAnOwner) {
  const auto with = [](const std::string& owner) {
    return Parse(ListOf(R"({"metadata":{"name":"a","namespace":"n","uid":"u","ownerReferences":[)" + owner + "]}}")).objects.at(0).owner;
  };
  EXPECT_EQ(with(R"({"apiVersion":"batch/v1","kind":"CronJob","name":"c","uid":"x"})"), "c");
  EXPECT_EQ(with(R"({"kind":"CronJob","apiVersion":"batch/v1beta1","name":"c","uid":"x","controller":true})"), "c");
  EXPECT_EQ(with(R"({"apiVersion":"batch/v1","kind":"Job","name":"c","uid":"x"})"), "");
  EXPECT_EQ(with(R"({"apiVersion":"example.org/v1","kind":"CronJob","name":"c","uid":"x"})"), "");
  EXPECT_EQ(with(""), "");
}

TEST(KubeParse, AnOwnerHasANameThatACronJobCouldHave) {
  const auto with = [](const std::string& name) {
    return Parse(ListOf(R"({"metadata":{"name":"a","namespace":"n","uid":"u","ownerReferences":[{"apiVersion":"batch/v1","kind":"CronJob","uid":"x","name":")" + name + R"("}]}})")).objects.at(0).owner;
  };
  for (const std::string& name : {"a"s, "a-1.b"s, "0"s, std::string(253, 'a')}) EXPECT_EQ(with(name), name);
  for (const std::string& name : {R"(a\u0000b)"s, "A"s, "a b"s, "a/b"s, R"(a\nb)"s, "\xc3\xa9"s, std::string(254, 'a'), std::string(1'000'000, 'a')}) EXPECT_EQ(with(name), "") << name.substr(0, 9);
}

TEST(KubeParse, WrongTypesAreAsAbsent) {
  for (const char* value : {"7", "true", "null", "[]", "{}", "[1,[2]]", R"({"a":{"b":1}})", "1e999", "\"\""}) {
    const std::string v = value;
    const KubeObject job = OneOf(R"(,"spec":{"schedule":)" + v + R"(,"timeZone":)" + v + R"(,"suspend":)" + (v == "true" ? "7" : v) + R"(,"successfulJobsHistoryLimit":"3"})" +
                                 R"(,"status":{"lastScheduleTime":)" + v + R"(,"completionTime":)" + v + R"(,"conditions":)" + v + R"(,"ready":"x"})");
    EXPECT_EQ(job.schedule + job.timezone, "") << v;
    EXPECT_FALSE(job.suspended || job.complete || job.began || job.last_schedule || job.completed_at || job.successful_history) << v;
  }
  EXPECT_FALSE(OneOf(R"(,"status":{"conditions":[7,null,"x",{"type":{},"status":"True"}]})").complete);
  EXPECT_FALSE(OneOf(R"(,"status":{"completionTime":"yesterday"})").completed_at);
  EXPECT_TRUE(OneOf(R"(,"spec":[],"status":"x","unheard":{"of":[1,2,{"x":null}]})").schedule.empty());
}

TEST(KubeParse, AnnotationsAreReadAsTheyAre) {
  const Page page = Parse(ListOf(R"({"metadata":{"name":"a","namespace":"n","uid":"u","annotations":{"batchslo/by":"10:00 \u00e9\n\"x\"","batchslo/":"","other/by":"no","batchslo/n":7,)"
                                 R"("cronjob.kubernetes.io/instantiate":"manual","batch.kubernetes.io/cronjob-scheduled-timestamp":"2026-03-01T19:00:00+09:00"}}})"));
  ASSERT_EQ(page.error, "");
  const KubeObject& object = page.objects[0];
  EXPECT_EQ(object.annotations.at("by"), "10:00 \xc3\xa9\n\"x\"");
  EXPECT_EQ(object.annotations.at("n"), "");
  EXPECT_FALSE(object.annotations.contains("other/by"));
  EXPECT_TRUE(object.manual);
  EXPECT_EQ(object.scheduled_text, "2026-03-01T19:00:00+09:00");
}

TEST(KubeParse, ALongMessageIsCutBetweenCharacters) {
  std::string message;
  while (message.size() < 5000) message += "\xc3\xa9";
  const KubeObject job = OneOf(R"(,"status":{"conditions":[{"type":"Failed","status":"True","message":")" + message + "\"}]}");
  EXPECT_EQ(job.message.size(), 2048u);
  EXPECT_EQ(job.message, message.substr(0, 2048));
}

// ---- what is no list ----

TEST(KubeParse, WhatIsNoListIsAnError) {
  for (const char* body : {"", " ", "null", "7", "[]", "\"x\"", "{}", "<html><body>Sign in</body></html>", "<!DOCTYPE html>", R"({"items":[]})", R"({"metadata":{"resourceVersion":"7"}})",
                           R"({"metadata":{"resourceVersion":"7"},"items":{}})", R"({"metadata":{"resourceVersion":"7"},"items":"x"})", R"({"metadata":{"resourceVersion":7},"items":[]})",
                           R"({"kind":"Status","status":"Failure","code":500})", R"({"metadata":{"resourceVersion":"7"},"items":[)", R"({"metadata":{"resourceVersion":"7"},"items":[1,)",
                           "{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":[]", "Too many requests", "\x1f\x8b\x08", "{\"a\":\"\xff\xfe\"}"}) {
    EXPECT_NE(Parse(body).error, "") << body;
  }
  EXPECT_THAT(Parse("<html><body>Sign in</body></html>").error, HasSubstr("login page"));
  EXPECT_THAT(Parse("").error, HasSubstr("empty"));
  EXPECT_THAT(Parse("<a>\x1b[31m\n").error, Not(HasSubstr("\x1b")));
}

TEST(KubeParse, AnEmptyListIsAList) {
  EXPECT_EQ(Parse(ListOf("")).error, "");
  EXPECT_EQ(Parse(R"({"items":null,"metadata":{"resourceVersion":"7"}})").error, "");
}

TEST(KubeParse, AnItemThatNamesNothingBreaksTheList) {
  for (const char* item : {"7", "null", "{}", R"({"metadata":{}})", R"({"metadata":{"name":"a"}})", R"({"metadata":{"name":"a","uid":""}})", R"({"metadata":{"name":7,"uid":"u"}})",
                           R"({"metadata":{"uid":"u"}})", R"({"metadata":[]})"}) {
    EXPECT_NE(Parse(ListOf(item)).error, "") << item;
  }
}

TEST(KubeParse, AListThatIsCutAnywhereIsAnError) {
  std::string whole = Recorded("jobs-page-1.json");
  whole.erase(whole.find_last_not_of(" \n") + 1);
  ASSERT_EQ(Parse(whole).error, "");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Page page = Parse(whole.substr(0, size));
    ASSERT_NE(page.error, "") << "cut at " << size << " of " << whole.size();
  }
}

TEST(KubeParse, AListWithAWrongByteNeverCrashes) {
  const std::string whole = Recorded("jobs-page-1.json");
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    for (const char byte : {'\0', '"', '{', '}', '[', ']', ',', ':', '\\', '\xff'}) {
      std::string body = whole;
      body[at] = byte;
      Parse(std::move(body));
    }
  }
}

TEST(KubeParse, DeepNestingIsNoStackOverflow) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  Parse(ItemWith(R"(,"spec":)" + deep));
  Parse(deep);
  std::string line = R"({"type":"ADDED","object":)" + deep + "}";
  EXPECT_FALSE(ParseKubeEvent(line));
}

// ---- events ----

TEST(KubeParse, WhatIsNoEventIsAnError) {
  for (const char* text : {"", "<html>", "{}", "[]", R"({"type":"ADDED"})", R"({"type":"ADDED","object":{}})", R"({"type":"ADDED","object":{"metadata":{"name":"a"}}})",
                           R"({"type":"UNHEARD","object":{"metadata":{"name":"a","uid":"u"}}})", R"({"type":7,"object":{"metadata":{"name":"a","uid":"u"}}})", R"({"type":"DELETED","object":null})",
                           R"({"object":{"metadata":{"name":"a","uid":"u"}}})", R"({"kind":"Status","code":500})"}) {
    std::string line = text;
    EXPECT_FALSE(ParseKubeEvent(line)) << text;
  }
}

TEST(KubeParse, AnErrorWithoutACodeIsStillAnError) {
  std::string line = R"({"type":"ERROR","object":{"code":"410","message":7}})";
  const auto event = ParseKubeEvent(line);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->type, KubeEvent::Type::kError);
  EXPECT_EQ(event->code, 0);
}

TEST(KubeParse, AnEventThatIsCutAnywhereIsAnError) {
  std::istringstream lines(Recorded("watch.jsonl"));
  std::string whole;
  while (whole.find("\"ADDED\"") == std::string::npos && std::getline(lines, whole)) {}
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::string line = whole.substr(0, size);
    ASSERT_FALSE(ParseKubeEvent(line)) << "cut at " << size << " of " << whole.size();
  }
}

TEST(KubeParse, ATokenThatIsNoTextIsNotTheEndOfAList) {
  const auto error = [](const std::string& token) { return Parse(R"({"metadata":{"resourceVersion":"7","continue":)" + token + R"(},"items":[]})").error; };
  for (const char* token : {"5", "true", "{}", "[\"a\"]", "1e9"}) EXPECT_NE(error(token), "") << token;
  for (const char* token : {"null", "\"\""}) EXPECT_EQ(error(token), "") << token;
}

TEST(KubeParse, AnObjectThatTheLedgerCanNotHoldIsAnErrorOfItsList) {
  for (const std::string metadata : {R"({"name":"a\u0000b","namespace":"n","uid":"u"})", R"({"name":"a","namespace":"\u0000","uid":"u"})", R"({"name":"a","uid":"u\u0000"})"}) {
    EXPECT_THAT(Parse(ListOf("{\"metadata\":" + metadata + "}")).error, HasSubstr("NUL byte")) << metadata;
    std::string event = R"({"type":"ADDED","object":{"metadata":)" + metadata + "}}";
    EXPECT_FALSE(ParseKubeEvent(event)) << metadata;
  }
}

}  // namespace
}  // namespace batchslo
