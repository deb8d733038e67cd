#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace batchslo {

// What a web configuration says: how the daemon is reached, and by whom.

enum class ClientCertificate { kNone, kAsked, kAny, kVerifiedIfGiven, kVerified };

struct TlsAccess {
  std::string certificate_pem, key_pem, client_ca_pem;
  ClientCertificate client = ClientCertificate::kNone;
  std::vector<std::string> client_sans;  // empty: whatever name a client's certificate has
  int least_version = 12, most_version = 13;
  std::vector<std::string> cipher_suites;  // TLS_ECDHE_...; empty: the library's. Those of TLS 1.3 always hold
  std::vector<std::string> groups;         // "P-256", by preference; empty: the library's
  bool server_chooses = true;              // the cipher suite
  bool operator==(const TlsAccess&) const = default;
};

struct WebAccess {
  std::optional<TlsAccess> tls;  // none: plain HTTP
  std::vector<std::pair<std::string, std::string>> headers;  // of every reply, instead of ours
  std::vector<std::pair<std::string, std::string>> users;    // name and bcrypt hash; empty: anybody
  bool operator==(const WebAccess&) const = default;
};

}  // namespace batchslo
