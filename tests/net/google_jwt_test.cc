// Tests exporter/net/google_jwt.cc. tests/peers/google lets somebody else's library verify it.
#include "exporter/net/google_jwt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/net/rsa_key.h"

namespace batchslo {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string Decoded(std::string text) {
  EXPECT_EQ(text.find_first_of("+/="), std::string::npos);
  std::string out;
  unsigned bits = 0, count = 0;
  for (const char c : text) {
    static const std::string kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    bits = bits << 6 | static_cast<unsigned>(kDigits.find(c));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<char>(bits >> count & 255));
  }
  return out;
}

const TimePoint kNow = *ParseRfc3339("2026-03-01T10:00:00.9Z");

TEST(GoogleJwt, SaysWhoWeAreForAnHourAndIsSigned) {
  const GoogleKey key{"sa@p.iam.gserviceaccount.com", "key-1", RsaKey::Get().Pem(), "http://127.0.0.1/elsewhere"};
  const auto signed_text = SignGoogleAssertion(key, "https://scope/a", kNow);
  ASSERT_TRUE(signed_text) << signed_text.Message();
  const std::size_t dot = signed_text->find('.'), last = signed_text->rfind('.');
  EXPECT_EQ(json::parse(Decoded(signed_text->substr(0, dot))),
            (json{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "key-1"}}));
  EXPECT_EQ(json::parse(Decoded(signed_text->substr(dot + 1, last - dot - 1))),
            (json{{"iss", "sa@p.iam.gserviceaccount.com"},
                  {"scope", "https://scope/a"},
                  {"aud", "https://oauth2.googleapis.com/token"},
                  {"iat", 1772359200},
                  {"exp", 1772359200 + 3600}}));
  const std::string signature = Decoded(signed_text->substr(last + 1));
  EXPECT_TRUE(RsaKey::Get().HasSigned(signed_text->substr(0, last), signature));
  EXPECT_FALSE(RsaKey::Get().HasSigned(signed_text->substr(0, last - 1), signature));
}

TEST(GoogleJwt, AKeyThatIsNoneIsToldWithoutBeingShown) {
  const std::string elliptic = RsaKey::OtherKindOfPem();
  struct Row {
    std::string pem;
    const char* error;
  };
  for (const Row& row : {Row{"", "can't be read"}, Row{"canary-secret", "can't be read"},
                         Row{RsaKey::Get().PemWithPassphrase(), "without a passphrase"}, Row{elliptic, "no RSA key"}}) {
    const auto signed_text = SignGoogleAssertion({"a", "k", row.pem, ""}, "s", kNow);
    ASSERT_FALSE(signed_text);
    EXPECT_THAT(signed_text.Message(), HasSubstr(row.error));
    EXPECT_EQ(signed_text.Message().find("canary"), std::string::npos);
  }
}

}  // namespace
}  // namespace batchslo
