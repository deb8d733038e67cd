// Tests exporter/net/google_auth.cc.
#include "exporter/net/google_auth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/fakes/fake_http.h"
#include "tests/fakes/scratch.h"
#include "tests/net/rsa_key.h"

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const TimePoint kNow = *ParseRfc3339("2026-03-01T10:00:00Z");

class GoogleAuth : public testing::Test {
 protected:
  GoogleAuth() {
    for (const char* name : {"GOOGLE_APPLICATION_CREDENTIALS", "GCE_METADATA_HOST"}) unsetenv(name);
    setenv("CLOUDSDK_CONFIG", scratch_.File("none").c_str(), 1);
    http_.answer = [this](const HttpRequest& request) {
      asked_.push_back(request);
      if (!answers_.empty()) {
        const auto answer = answers_.front();
        if (answers_.size() > 1) answers_.erase(answers_.begin());
        return answer;
      }
      return Token("token-" + std::to_string(asked_.size()));
    };
  }

  static FakeHttp::Answer Token(const std::string& token, int lifetime = 3600) {
    return {
        200, nlohmann::json{{"access_token", token}, {"expires_in", lifetime}}.dump(), {{"metadata-flavor", "Google"}}};
  }
  static FakeHttp::Answer Silent(const std::string& error) {
    FakeHttp::Answer answer;
    answer.error = error;
    return answer;
  }
  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = scratch_.File(name);
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text;
    return path;
  }
  std::string KeyFile() {
    return Write("key.json", nlohmann::json{{"type", "service_account"},
                                            {"client_email", "a@b"},
                                            {"private_key_id", "k"},
                                            {"private_key", RsaKey::Get().Pem()}}
                                 .dump());
  }
  GoogleCredentials Credentials(const std::string& file = "") {
    return {file.empty() ? std::nullopt : std::optional(SecretRef{file, ""}), "https://scope", http_, clock_};
  }
  // The header; or the error.
  static std::string Signed(GoogleCredentials& credentials) {
    HttpRequest request;
    const auto done = credentials.Sign(request, std::chrono::steady_clock::now() + std::chrono::seconds{30});
    if (!done) return done.Message();
    return request.headers.at(0).second;
  }

  const Scratch scratch_;
  FakeClock clock_{kNow};
  FakeHttp http_{clock_};
  std::vector<HttpRequest> asked_;
  std::vector<FakeHttp::Answer> answers_;  // the last one again and again
};

TEST_F(GoogleAuth, ATokenIsKeptAndRenewedBeforeItEnds) {
  auto credentials = Credentials(KeyFile());
  EXPECT_EQ(Signed(credentials), "Bearer token-1");
  clock_.Advance(seconds{3600 - 225 - 1});
  EXPECT_EQ(Signed(credentials), "Bearer token-1");
  clock_.Advance(seconds{1});
  EXPECT_EQ(Signed(credentials), "Bearer token-2");
  EXPECT_EQ(Signed(credentials), "Bearer token-2");
  EXPECT_THAT(asked_, SizeIs(2));
}

TEST_F(GoogleAuth, AShortOneIsRenewedAtHalfItsTime) {
  answers_ = {Token("a", 60), Token("b", 60)};
  auto credentials = Credentials(KeyFile());
  Signed(credentials);
  clock_.Advance(seconds{29});
  EXPECT_EQ(Signed(credentials), "Bearer a");
  clock_.Advance(seconds{1});
  EXPECT_EQ(Signed(credentials), "Bearer b");
}

TEST_F(GoogleAuth, OneThatCanNotBeRenewedServesToItsEnd) {
  answers_ = {Token("a"), {400, R"({"error":"invalid_grant"})"}};
  auto credentials = Credentials(KeyFile());
  Signed(credentials);
  clock_.Advance(seconds{3599});
  EXPECT_EQ(Signed(credentials), "Bearer a");
  clock_.Advance(seconds{1});
  EXPECT_THAT(Signed(credentials), HasSubstr("invalid_grant"));
}

TEST_F(GoogleAuth, ARefusedOneIsReplacedAndTheFileReadAgain) {
  const std::string file = KeyFile();
  auto credentials = Credentials(file);
  EXPECT_EQ(Signed(credentials), "Bearer token-1");
  Write("key.json", R"({"type":"authorized_user","client_id":"i","client_secret":"s","refresh_token":"r"})");
  credentials.Refuse();
  EXPECT_EQ(Signed(credentials), "Bearer token-2");
  EXPECT_THAT(asked_[1].body, HasSubstr("grant_type=refresh_token"));
}

TEST_F(GoogleAuth, WhatPassesIsTriedAgainAndNothingElse) {
  for (const long status : {408, 429, 500, 502, 503, 504}) {
    answers_ = {{status, ""}};
    asked_.clear();
    auto credentials = Credentials(KeyFile());
    EXPECT_THAT(Signed(credentials), HasSubstr("status " + std::to_string(status)));
    EXPECT_THAT(asked_, SizeIs(3)) << status;
  }
  for (const long status : {400, 401, 403, 404, 501}) {
    answers_ = {{status, ""}};
    asked_.clear();
    auto credentials = Credentials(KeyFile());
    Signed(credentials);
    EXPECT_THAT(asked_, SizeIs(1)) << status;
  }
  answers_ = {Silent("127.0.0.1: no connection"), Token("late")};
  auto credentials = Credentials(KeyFile());
  EXPECT_EQ(Signed(credentials), "Bearer late");
}

TEST_F(GoogleAuth, WhoWeAreIsLookedForWhereGcloudDoes) {
  setenv("GCE_METADATA_HOST", "127.0.0.1:9", 1);
  const std::string user =
      R"({"type":"authorized_user","client_id":"i","client_secret":"s","refresh_token":"REFRESH"})";
  auto metadata = Credentials();
  Signed(metadata);
  EXPECT_THAT(asked_.back().url, HasSubstr("http://127.0.0.1:9/computeMetadata/v1/"));

  setenv("CLOUDSDK_CONFIG", scratch_.Path().c_str(), 1);
  Write("application_default_credentials.json", user);
  auto gcloud = Credentials();
  Signed(gcloud);
  EXPECT_THAT(asked_.back().body, HasSubstr("REFRESH"));

  setenv("GOOGLE_APPLICATION_CREDENTIALS", KeyFile().c_str(), 1);
  auto variable = Credentials();
  Signed(variable);
  EXPECT_THAT(asked_.back().body, HasSubstr("jwt-bearer"));

  auto named = Credentials(scratch_.File("application_default_credentials.json"));
  Signed(named);
  EXPECT_THAT(asked_.back().body, HasSubstr("REFRESH"));
}

TEST_F(GoogleAuth, ThatThereAreNoneIsToldWithWhatToDo) {
  answers_ = {Silent("metadata.google.internal: its name can't be resolved")};
  auto credentials = Credentials();
  EXPECT_THAT(Signed(credentials), HasSubstr("no Google credentials: name a file under \"credentials\""));
  setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere", 1);
  auto missing = Credentials();
  EXPECT_THAT(Signed(missing), HasSubstr("/nowhere can't be read"));
  auto bad = Credentials(Write("bad.json", "{}"));
  EXPECT_THAT(Signed(bad), HasSubstr("the Google credentials in " + scratch_.File("bad.json") +
                                     " can't be used: its type is missing"));
}

std::string External(const std::string& source) {
  return R"({"type":"external_account","audience":"aud","subject_token_type":"urn:jwt","token_url":"https://sts/token","quota_project_id":"payer",
             "service_account_impersonation_url":"https://iam/sa:generateAccessToken","credential_source":)" +
         source + "}";
}

TEST_F(GoogleAuth, AFederatedTokenIsExchangedThenActsAsTheServiceAccount) {
  Write("subject", "theirs\n");
  auto credentials = Credentials(Write("ext.json", External(R"({"file":")" + scratch_.File("subject") + "\"}")));
  answers_ = {Token("federated"), {200, R"({"accessToken":"acting","expireTime":"2026-03-01T11:00:00Z"})"}};
  HttpRequest request;
  ASSERT_TRUE(credentials.Sign(request, std::chrono::steady_clock::now() + std::chrono::seconds{30}));
  EXPECT_THAT(request.headers, ElementsAre(testing::Pair("Authorization", "Bearer acting"),
                                           testing::Pair("X-Goog-User-Project", "payer")));
  EXPECT_THAT(asked_[0].body, HasSubstr("subject_token=theirs"));
  EXPECT_THAT(asked_[0].body, HasSubstr("&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform&"));
  EXPECT_EQ(asked_[1].headers.back().second, "Bearer federated");
  EXPECT_EQ(asked_[1].body, R"({"lifetime":"3600s","scope":["https://scope"]})");
  clock_.Advance(hours{1} - seconds{225});
  Write("subject", "theirs, rotated\n");
  answers_ = {Token("federated-2"), {200, R"({"accessToken":"acting-2","expireTime":"2026-03-01T12:00:00Z"})"}};
  EXPECT_EQ(Signed(credentials), "Bearer acting-2");
  EXPECT_THAT(asked_[2].body, HasSubstr("subject_token=theirs%2C%20rotated"));
}

TEST_F(GoogleAuth, AFederatedTokenMayComeByAUrl) {
  auto credentials = Credentials(Write(
      "ext.json",
      External(
          R"({"url":"http://127.0.0.1:5/t","headers":{"Metadata":"True"},"format":{"type":"json","subject_token_field_name":"tok"}})")));
  answers_ = {{200, R"({"tok":"theirs"})"},
              Token("federated"),
              {200, R"({"accessToken":"acting","expireTime":"2026-03-01T11:00:00Z"})"}};
  EXPECT_EQ(Signed(credentials), "Bearer acting");
  EXPECT_EQ(asked_[0].url, "http://127.0.0.1:5/t");
  EXPECT_THAT(asked_[0].headers, ElementsAre(testing::Pair("Metadata", "True")));
  answers_ = {{403, ""}};
  credentials.Refuse();
  EXPECT_EQ(Signed(credentials), "the url of the credential_source answers with status 403");
}

}  // namespace
}  // namespace batchslo
