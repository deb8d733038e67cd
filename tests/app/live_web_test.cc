// Tests exporter/app/live_web.cc.
#include "exporter/app/live_web.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/fakes/scratch.h"
#include "tests/web/pki.h"

namespace batchslo {
namespace {

using Look = LiveWeb::Look;
using testing::HasSubstr;

class LiveWebTest : public testing::Test {
 protected:
  void Write(const std::string& name, const std::string& text) { std::ofstream(scratch_.File(name)) << text; }
  void WriteIdentity(const Identity& identity) {
    Write("server.crt", identity.certificate_pem);
    Write("server.key", identity.key_pem);
  }

  const Scratch scratch_;
  LiveWeb web_{scratch_.File("web.yml")};
  const TimePoint first_{hours{1}}, later_{hours{2}};
};

constexpr const char* kTls = "tls_server_config: {cert_file: server.crt, key_file: server.key}\n";

TEST_F(LiveWebTest, WithoutAFileAllMayComeAndNothingIsTold) {
  LiveWeb none("");
  EXPECT_EQ(none.Read(first_), Look::kSame);
  EXPECT_EQ(none.Get(), nullptr);
  EXPECT_EQ(none.State(), std::nullopt);
}

TEST_F(LiveWebTest, ABrokenFileKeepsTheOldAndIsToldOnce) {
  Write("web.yml", "{}");
  ASSERT_EQ(web_.Read(first_), Look::kAccepted);
  const auto old = web_.Get();
  Write("web.yml", "tls_server_confg: {}");
  EXPECT_EQ(web_.Read(later_), Look::kRefused);
  EXPECT_EQ(web_.Read(later_), Look::kSame);
  EXPECT_EQ(web_.Get(), old);
  EXPECT_FALSE(web_.State()->last_reload_ok);
  EXPECT_EQ(web_.State()->last_reload_success, first_);
  EXPECT_THAT(web_.State()->error, HasSubstr("web.yml:1:1: error: unknown key"));
  Write("web.yml", "{}");
  EXPECT_EQ(web_.Read(later_), Look::kAccepted);
  EXPECT_TRUE(web_.State()->last_reload_ok);
  EXPECT_EQ(web_.State()->error, "");
  EXPECT_EQ(web_.State()->last_reload_success, later_);
}

TEST_F(LiveWebTest, ARenewedCertificateIsAChange) {
  const Authority authority;
  WriteIdentity(authority.Issue("a"));
  Write("web.yml", kTls);
  ASSERT_EQ(web_.Read(first_), Look::kAccepted);
  EXPECT_EQ(web_.Read(later_), Look::kSame);
  const auto old = web_.Get();
  WriteIdentity(authority.Issue("a"));
  EXPECT_EQ(web_.Read(later_), Look::kAccepted);
  EXPECT_NE(web_.Get(), old);
}

// As while both files are being replaced.
TEST_F(LiveWebTest, AKeyOfAnotherCertificateKeepsTheOld) {
  const Authority authority;
  const Identity a = authority.Issue("a"), b = authority.Issue("b");
  WriteIdentity(a);
  Write("web.yml", kTls);
  ASSERT_EQ(web_.Read(first_), Look::kAccepted);
  Write("server.key", b.key_pem);
  EXPECT_EQ(web_.Read(later_), Look::kRefused);
  EXPECT_THAT(web_.State()->error, HasSubstr("web.yml: error: key_file is not the key"));
  Write("server.crt", b.certificate_pem);
  EXPECT_EQ(web_.Read(later_), Look::kAccepted);
}

}  // namespace
}  // namespace batchslo
