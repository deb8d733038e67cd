#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "exporter/core/result.h"
#include "exporter/core/web_access.h"

namespace batchslo {

// The server's side of TLS as one web configuration says: certificate, key, versions, and which clients may come. Every
// handshake is a whole one: nothing is resumed, so nobody comes in by what an older configuration allowed. Immutable;
// any thread.
class Tls {
 public:
  // Errors name the key of the web configuration that can't be.
  static Result<std::shared_ptr<const Tls>> Make(const TlsAccess& access);

  SSL_CTX* Context() const { return context_.get(); }

 private:
  Tls(const TlsAccess& access, SSL_CTX* context);
  Result<void> SetIdentity(const TlsAccess& access);
  Result<void> SetCiphers(const TlsAccess& access);
  Result<void> SetClients(const TlsAccess& access);
  static int VerifyClient(X509_STORE_CTX* chain, void* self);
  bool IsAllowed(const X509* certificate) const;

  const ClientCertificate client_;
  const std::vector<std::string> client_sans_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
};

}  // namespace batchslo
