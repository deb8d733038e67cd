// Tested by tests/web/users_test.cc.
#include "exporter/web/users.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <strings.h>

#include <algorithm>
#include <memory>

namespace batchslo {
namespace {

constexpr int kMostWaiting = 8;                // for a bcrypt: seconds at most, an end of the process waits for them
constexpr std::size_t kMostRemembered = 1000;  // passwords longer than bcrypt reads are several of one user
constexpr std::size_t kMostClaim = 1024;

bool Matches(const std::string& password, const std::string& hash) {
  const auto data = std::make_unique<crypt_data>();
  const char* computed = crypt_r(password.c_str(), hash.c_str(), data.get());
  const bool same = computed && std::string_view(computed).size() == hash.size() && CRYPTO_memcmp(computed, hash.data(), hash.size()) == 0;
  OPENSSL_cleanse(data.get(), sizeof *data);
  return same;
}

}  // namespace

// What is remembered has the hash in it: of one that was changed it lets nobody in.
Users::Users(Pairs names_and_hashes, const Users* before) : users_(std::move(names_and_hashes)) {
  if (!before) {
    RAND_bytes(key_.data(), static_cast<int>(key_.size()));
    return;
  }
  key_ = before->key_;
  const std::lock_guard lock(before->mutex_);
  remembered_ = before->remembered_;
}

// False: it is none of "Basic BASE64" with a colon in it. A NUL would end the password for bcrypt.
bool Users::ReadClaim(std::string_view authorization, Claim& claim) {
  constexpr std::string_view kScheme = "Basic ";
  if (authorization.size() < kScheme.size() || authorization.size() > kMostClaim || strncasecmp(authorization.data(), kScheme.data(), kScheme.size()) != 0) return false;
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' ', kScheme.size()), authorization.size()));
  std::string text(authorization.size() / 4 * 3 + 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(text.data()), reinterpret_cast<const unsigned char*>(authorization.data()), static_cast<int>(authorization.size()));
  if (size < 0) return false;
  const auto padding = std::count(authorization.begin(), authorization.end(), '=');
  text.resize(static_cast<std::size_t>(std::max<std::ptrdiff_t>(size - padding, 0)));
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || text.find('\0') != std::string::npos) return false;
  claim = {text.substr(0, colon), text.substr(colon + 1)};
  return true;
}

// One that nobody knows is measured against some user's hash, always the same one: the time tells nothing.
const std::string* Users::HashOf(const Claim& claim, bool& known) const {
  const auto at = std::find_if(users_.begin(), users_.end(), [&](const auto& user) { return user.first == claim.user; });
  known = at != users_.end();
  if (known) return &at->second;
  const Mac mac = MacOf({claim.user, ""}, "");
  return &users_[(mac[0] << 8 | mac[1]) % users_.size()].second;
}

// Each part with its length before it: no two claims are one text.
Users::Mac Users::MacOf(const Claim& claim, std::string_view hash) const {
  std::string text;
  for (const std::string_view part : {std::string_view(claim.user), std::string_view(claim.password), hash}) text.append(std::to_string(part.size())).append(":").append(part);
  Mac mac{};
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), nullptr);
  return mac;
}

Login Users::Compute(const Claim& claim, const std::string& hash) {
  struct Turn {
    std::atomic<int>& count;
    const int before = count.fetch_add(1);
    ~Turn() { --count; }
  } turn{waiting_};
  if (turn.before >= kMostWaiting) return Login::kBusy;
  const std::lock_guard lock(computing_);
  return Matches(claim.password, hash) ? Login::kGood : Login::kBad;
}

bool Users::IsRemembered(const Mac& mac) const {
  const std::lock_guard lock(mutex_);
  return remembered_.contains(mac);
}

void Users::Remember(const Mac& mac) {
  const std::lock_guard lock(mutex_);
  if (remembered_.size() >= kMostRemembered) remembered_.clear();
  remembered_.insert(mac);
}

Login Users::Check(std::string_view authorization) {
  Claim claim;
  if (users_.empty()) return Login::kGood;
  if (!ReadClaim(authorization, claim)) return Login::kBad;
  bool known = false;
  const std::string& hash = *HashOf(claim, known);
  const Mac mac = MacOf(claim, hash);
  if (known && IsRemembered(mac)) return Login::kGood;
  const Login login = Compute(claim, hash);
  if (login != Login::kGood) return login;
  if (!known) return Login::kBad;
  Remember(mac);
  return Login::kGood;
}

}  // namespace batchslo
