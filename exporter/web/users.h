#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "exporter/web/message.h"

namespace batchslo {

enum class Login { kGood, kBad, kBusy };

// Users and the bcrypt hashes of their passwords. A password that was right is remembered, as a keyed hash, and costs no
// bcrypt again, also by those who take the place of these. A wrong one, and an unknown user, cost one bcrypt each, one at
// a time; when too many wait, it is kBusy. Any thread; the caller's waits.
class Users {
 public:
  explicit Users(Pairs names_and_hashes, const Users* before = nullptr);

  // `authorization`: a request's header, "Basic ...".
  Login Check(std::string_view authorization);
  bool AreNone() const { return users_.empty(); }

 private:
  using Mac = std::array<unsigned char, 32>;
  struct Claim {
    std::string user, password;
  };
  static bool ReadClaim(std::string_view authorization, Claim& claim);
  const std::string* HashOf(const Claim& claim, bool& known) const;
  Mac MacOf(const Claim& claim, std::string_view hash) const;
  Login Compute(const Claim& claim, const std::string& hash);
  bool IsRemembered(const Mac& mac) const;
  void Remember(const Mac& mac);

  const Pairs users_;
  Mac key_{};
  std::mutex computing_;         // held for one bcrypt
  std::atomic<int> waiting_ = 0;
  mutable std::mutex mutex_;
  std::set<Mac> remembered_;  // guarded by mutex_
};

}  // namespace batchslo
