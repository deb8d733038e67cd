// Tests exporter/web/users.cc.
#include "exporter/web/users.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace batchslo {
namespace {

// Of "secret", with the least cost.
constexpr const char* kHash = "$2b$04$BB6Vmu4US10/t15nt/FoneUcb/NQoOucNqpeQWlzUMHvXtk0IDQxO";

std::string Base64(std::string_view text) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    unsigned bits = 0;
    for (std::size_t k = 0; k < 3; ++k) bits = bits << 8 | (i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) out += i + k <= text.size() ? kDigits[bits >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

Login Check(Users& users, std::string_view claim) { return users.Check("Basic " + Base64(claim)); }

TEST(Users, OnlyTheRightPasswordOfAKnownUserIsGood) {
  Users users(Pairs{{"prometheus", kHash}});
  const std::pair<std::string, Login> rows[] = {
      {"prometheus:secret", Login::kGood}, {"prometheus:secret", Login::kGood}, {"prometheus:Secret", Login::kBad}, {"prometheus:", Login::kBad},
      {"Prometheus:secret", Login::kBad},  {"nobody:secret", Login::kBad},      {":secret", Login::kBad},           {"prometheus", Login::kBad},
      {"", Login::kBad},                   {"prometheus:secret:", Login::kBad}, {std::string("prometheus:secret\0", 18), Login::kBad}};
  for (const auto& [claim, login] : rows) EXPECT_EQ(Check(users, claim), login) << claim;
}

TEST(Users, WhatIsNoBasicAuthorizationIsBad) {
  Users users(Pairs{{"prometheus", kHash}});
  const std::string good = Base64("prometheus:secret");
  for (const std::string& header : std::vector<std::string>{"", "Bearer " + good, "Basic", "Basic ", "Basic" + good, "Basic *" + good, "Basic " + good + "!", good, "Basic " + std::string(5000, 'A')}) {
    EXPECT_EQ(users.Check(header), Login::kBad) << header;
  }
  EXPECT_EQ(users.Check("basic  " + good), Login::kGood);
}

TEST(Users, EachSpellingOfBcryptIsRead) {
  for (const char* prefix : {"$2a$", "$2b$", "$2y$"}) {
    Users users(Pairs{{"u", prefix + std::string(kHash).substr(4)}});
    EXPECT_EQ(Check(users, "u:secret"), Login::kGood) << prefix;
  }
}

TEST(Users, WithoutUsersAllMayCome) {
  Users users(Pairs{});
  EXPECT_TRUE(users.AreNone());
  EXPECT_EQ(users.Check(""), Login::kGood);
}

// What is remembered of one must let nobody else in: neither where parts run into each other, nor an unknown user whose
// password is that of the user he is measured against.
TEST(Users, WhatIsRememberedIsOneClaim) {
  Users users(Pairs{{"ab", kHash}, {"a", "$2b$04$BB6Vmu4US10/t15nt/FoneUcb/NQoOucNqpeQWlzUMHvXtk0IDQxP"}});
  EXPECT_EQ(Check(users, "ab:secret"), Login::kGood);
  for (const char* claim : {"a:bsecret", "abs:ecret", "a:secret", "nobody:secret", "nobody:secret", "ab:secretsecret"}) EXPECT_EQ(Check(users, claim), Login::kBad) << claim;
}

TEST(Users, ARightPasswordIsComputedOnce) {
  Users users(Pairs{{"u", kHash}});
  ASSERT_EQ(Check(users, "u:secret"), Login::kGood);
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(Check(users, "u:secret"), Login::kGood);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds{500}) << "a thousand bcrypts take at least a second";
}

TEST(Users, WhoTakeTheirPlaceKnowItToo) {
  auto users = std::make_unique<Users>(Pairs{{"u", kHash}});
  ASSERT_EQ(Check(*users, "u:secret"), Login::kGood);
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) {
    users = std::make_unique<Users>(Pairs{{"u", kHash}}, users.get());
    ASSERT_EQ(Check(*users, "u:secret"), Login::kGood);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds{500}) << "a thousand bcrypts take at least a second";
  Users changed(Pairs{{"u", "$2b$04$BB6Vmu4US10/t15nt/FoneUcb/NQoOucNqpeQWlzUMHvXtk0IDQxP"}}, users.get());
  EXPECT_EQ(Check(changed, "u:secret"), Login::kBad) << "the hash is another";
}

// Of cost 10: no machine computes it in 5 ms.
TEST(Users, AnUnknownUserCostsAsMuchAsAWrongPassword) {
  Users users(Pairs{{"u", "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"}});
  for (const char* claim : {"u:wrong", "nobody:wrong", "nobody:wrong"}) {
    const auto began = std::chrono::steady_clock::now();
    ASSERT_EQ(Check(users, claim), Login::kBad);
    EXPECT_GT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds{5}) << claim;
  }
}

TEST(Users, ManyAtOnceAreAnsweredOrToldToComeBack) {
  Users users(Pairs{{"u", kHash}});
  std::atomic<int> good = 0, bad = 0, busy = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 64; ++i) {
      threads.emplace_back([&, i] {
        const Login login = Check(users, i % 2 ? "u:secret" : "u:wrong");
        ++(login == Login::kGood ? good : login == Login::kBad ? bad : busy);
      });
    }
  }
  EXPECT_EQ(good + bad + busy, 64);
  EXPECT_LE(good, 32);
  EXPECT_LE(bad, 32);
  EXPECT_EQ(Check(users, "u:secret"), Login::kGood);
}

}  // namespace
}  // namespace batchslo
