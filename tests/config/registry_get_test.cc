// How tables of registries are got: exporter/config/registry_get.cc.
#include "exporter/config/registry_get.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <fstream>

#include "tests/config/parse.h"
#include "tests/fakes/fake_http.h"
#include "tests/fakes/scratch.h"

namespace batchslo {
namespace {

using testing::HasSubstr;
using testing::Pair;

constexpr Deadline kNever = Deadline::max();
constexpr const char* kGoogle = "{csv: {url: \"https://docs.google.com/spreadsheets/d/1/export?format=csv\"}}";

RegistryDef Def(const std::string& block) { return Good("registries: {sheet: " + block + "}").registries.at(0); }

class Get : public testing::Test {
 protected:
  Get() {
    setenv("REGISTRY_TEST_SECRET", "hunter2hunter2", 1);
    http_.answer = [this](const HttpRequest& request) {
      asked_.push_back(request);
      const auto at = answers_.find(request.url);
      return at == answers_.end() ? FakeHttp::Answer{404, ""} : at->second;
    };
  }

  // What one look gives.
  static std::string Said(const GetRegistry& get) {
    const auto got = get(kNever, {});
    return !got ? "error: " + got.Message() : *got ? **got : "unchanged";
  }
  GetRegistry Make(const std::string& block) { return MakeRegistryGetter(Def(block), http_, clock_); }
  std::string Answered(const FakeHttp::Answer& answer) {
    answers_["https://x.example/jobs"] = answer;
    return Said(Make("{csv: {url: \"https://x.example/jobs\"}}"));
  }

  FakeClock clock_{TimePoint{}};
  FakeHttp http_{clock_};
  std::map<std::string, FakeHttp::Answer> answers_;
  std::vector<HttpRequest> asked_;
};

TEST_F(Get, AFileIsReadEachTime) {
  const Scratch scratch;
  const std::string file = scratch.File("jobs.csv");
  const GetRegistry get = Make("{csv: {file: " + file + "}}");
  EXPECT_THAT(Said(get), HasSubstr("error: the file " + file + " can't be read: No such file or directory"));
  std::ofstream(file) << "job\n";
  EXPECT_EQ(Said(get), "job\n");
  EXPECT_THAT(Said(Make("{csv: {file: " + scratch.Path() + "}}")), HasSubstr("it is no regular file"));
}

TEST_F(Get, AFileThatIsTooLargeIsNotReadToItsEnd) {
  const Scratch scratch;
  const std::string file = scratch.File("jobs.csv");
  std::ofstream(file) << "job\n";
  ASSERT_EQ(truncate(file.c_str(), off_t{1} << 30), 0);
  EXPECT_THAT(Said(Make("{csv: {file: " + file + "}}")), HasSubstr("is larger than 16 MiB"));
}

TEST_F(Get, AnAddressGivesItsBody) {
  EXPECT_EQ(Answered({200, "job\na\n", {{"content-type", "text/csv; charset=utf-8"}}}), "job\na\n");
  EXPECT_EQ(asked_.at(0).max_body_bytes, 16u << 20);
}

TEST_F(Get, APageToSignInIsAnErrorAndNoTable) {
  for (const FakeHttp::Answer& answer : {FakeHttp::Answer{200, "job\n", {{"content-type", "text/html; charset=utf-8"}}}, FakeHttp::Answer{200, "<!doctype html><title>Sign in</title>", {}},
                                         FakeHttp::Answer{200, "\xef\xbb\xbf\n  <html>", {{"content-type", "text/csv"}}}})
    EXPECT_THAT(Answered(answer), HasSubstr("error: x.example answers with a page and no CSV; is it one to sign in?"));
}

TEST_F(Get, OtherStatusesSayWhatToDo) {
  const std::pair<long, const char*> kRows[] = {{401, "answers 401; may whoever has the address read it?"}, {403, "answers 403; may whoever"}, {404, "answers 404; is the address right?"},
                                                {410, "answers 410; is the address right?"}, {429, "answers 429"}, {500, "answers 500"}, {304, "answers 304"}, {204, "answers 204"}};
  for (const auto& [status, said] : kRows) EXPECT_THAT(Answered({status, ""}), HasSubstr(said));
  FakeHttp::Answer none{0, ""};
  none.error = "x.example: no answer within the timeout";
  EXPECT_EQ(Answered(none), "error: x.example: no answer within the timeout");
}

TEST_F(Get, GooglesExportMaySendUsOnToItsOwnHosts) {
  answers_["https://docs.google.com/spreadsheets/d/1/export?format=csv"] = {307, "", {{"location", "https://doc-0s-sheets.googleusercontent.com/export/x"}}};
  answers_["https://doc-0s-sheets.googleusercontent.com/export/x"] = {200, "job\n", {{"content-type", "text/csv"}}};
  EXPECT_EQ(Said(Make(kGoogle)), "job\n");
  answers_["https://docs.google.com/spreadsheets/d/1/export?format=csv"] = {302, "", {{"location", "https://accounts.google.com/ServiceLogin?continue=x"}}};
  EXPECT_THAT(Said(Make(kGoogle)), HasSubstr("docs.google.com sends us on to accounts.google.com, which is not one of redirect_hosts; is that a page to sign in?"));
}

TEST_F(Get, NobodyElseMaySendUsOnUnlessItIsWritten) {
  answers_["https://x.example/jobs"] = {302, "", {{"location", "https://a.googleusercontent.com/x"}}};
  answers_["https://a.googleusercontent.com/x"] = {200, "job\n", {}};
  EXPECT_THAT(Said(Make("{csv: {url: \"https://x.example/jobs\"}}")), HasSubstr("not one of redirect_hosts"));
  EXPECT_EQ(Said(Make("{csv: {url: \"https://x.example/jobs\", redirect_hosts: [\"*.googleusercontent.com\"]}}")), "job\n");
}

TEST_F(Get, WhoWeAreIsToldToTheFirstHostAlone) {
  answers_["https://x.example/jobs"] = {302, "", {{"location", "https://y.example/x"}}};
  const std::pair<const char*, const char*> kRows[] = {{"bearer_token: {env: REGISTRY_TEST_SECRET}", "Bearer hunter2hunter2"},
                                                       {"username: slo, password: {env: REGISTRY_TEST_SECRET}", "Basic c2xvOmh1bnRlcjJodW50ZXIy"}};
  for (const auto& [key, header] : kRows) {
    asked_.clear();
    Said(Make("{csv: {url: \"https://x.example/jobs\", redirect_hosts: [y.example], " + std::string(key) + "}}"));
    ASSERT_EQ(asked_.size(), 2u);
    EXPECT_THAT(asked_[0].headers, testing::Contains(Pair("Authorization", header)));
    EXPECT_THAT(asked_[1].headers, testing::Not(testing::Contains(Pair("Authorization", testing::_))));
  }
  EXPECT_THAT(Said(Make("{csv: {url: \"https://x.example/jobs\", bearer_token: {env: REGISTRY_TEST_NOTHING}}}")), HasSubstr("the environment has no REGISTRY_TEST_NOTHING"));
}

TEST_F(Get, WhatHasNotChangedIsNotSentAgain) {
  answers_["https://x.example/jobs"] = {200, "job\n", {{"etag", "\"1\""}}};
  const GetRegistry get = Make("{csv: {url: \"https://x.example/jobs\"}}");
  EXPECT_EQ(Said(get), "job\n");
  answers_["https://x.example/jobs"] = {304, ""};
  EXPECT_EQ(Said(get), "unchanged");
  EXPECT_THAT(asked_.at(1).headers, testing::Contains(Pair("If-None-Match", "\"1\"")));
  answers_["https://x.example/jobs"] = {200, "job\na\n", {}};
  EXPECT_EQ(Said(get), "job\na\n");
  Said(get);
  EXPECT_THAT(asked_.back().headers, testing::Not(testing::Contains(Pair("If-None-Match", testing::_)))) << "it was not offered";
}

// Else one answer with an etag that no header can carry, or that is larger than a server takes, would be the last.
TEST_F(Get, AfterAFailureAllIsAskedForAnew) {
  answers_["https://x.example/jobs"] = {200, "job\n", {{"etag", "\"1\""}}};
  const GetRegistry get = Make("{csv: {url: \"https://x.example/jobs\"}}");
  Said(get);
  answers_["https://x.example/jobs"] = {431, ""};
  EXPECT_THAT(Said(get), HasSubstr("answers 431"));
  answers_["https://x.example/jobs"] = {200, "job\n"};
  EXPECT_EQ(Said(get), "job\n");
  EXPECT_THAT(asked_.back().headers, testing::Not(testing::Contains(Pair("If-None-Match", testing::_))));
}

// ---- Google's API ----

constexpr const char* kCells = "http://127.0.0.1:9/v4/spreadsheets/1AbC/values/Jobs%21A%3AZ?majorDimension=ROWS&valueRenderOption=FORMATTED_VALUE";

class GetSheet : public Get {
 protected:
  GetSheet() {
    unsetenv("GOOGLE_APPLICATION_CREDENTIALS");
    setenv("HOME", scratch_.Path().c_str(), 1);
    unsetenv("CLOUDSDK_CONFIG");
    setenv("GCE_METADATA_HOST", "metadata.test", 1);
    http_.answer = [this](const HttpRequest& request) {
      asked_.push_back(request);
      if (request.url.find("metadata.test") != std::string::npos) return FakeHttp::Answer{200, R"({"access_token": "token-of-google", "expires_in": 3600, "token_type": "Bearer"})", {{"metadata-flavor", "Google"}}};
      const auto at = answers_.find(request.url);
      return at == answers_.end() ? FakeHttp::Answer{404, ""} : at->second;
    };
  }
  ~GetSheet() override { unsetenv("GCE_METADATA_HOST"); }

  const Scratch scratch_;
  const std::string block_ = "{sheets: {spreadsheet: 1AbC, range: \"Jobs!A:Z\", endpoint: \"http://127.0.0.1:9\"}}";
};

TEST_F(GetSheet, ItsCellsAreATable) {
  answers_[kCells] = {200, R"({"range": "Jobs!A1:Z1000", "values": [["job", "by"], ["a/b", "10:00, \"x\""]]})"};
  EXPECT_EQ(Said(Make(block_)), "\"job\",\"by\"\n\"a/b\",\"10:00, \"\"x\"\"\"\n");
  EXPECT_THAT(asked_.back().headers, testing::Contains(Pair("Authorization", "Bearer token-of-google")));
}

TEST_F(GetSheet, ATokenThatIsRefusedIsRenewedOnce) {
  answers_[kCells] = {401, R"({"error": {"message": "Invalid Credentials"}})"};
  EXPECT_THAT(Said(Make(block_)), HasSubstr("answers 401: Invalid Credentials"));
  EXPECT_EQ(std::count_if(asked_.begin(), asked_.end(), [](const HttpRequest& request) { return request.url == kCells; }), 2);
}

TEST_F(GetSheet, ARefusalSaysWithWhomToShareIt) {
  answers_[kCells] = {403, R"({"error": {"message": "The caller does not have permission"}})"};
  EXPECT_THAT(Said(Make(block_)), HasSubstr("share the spreadsheet with the account that asks"));
}

}  // namespace
}  // namespace batchslo
