#pragma once
// A client in TLS, which trusts one authority and may have a certificate.

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tests/web/peer.h"
#include "tests/web/pki.h"

namespace batchslo {

struct TlsPeerOptions {
  const Identity* identity = nullptr;  // null: no certificate
  int version = 0;                     // TLS1_2_VERSION: only that; 0: any
};

class TlsPeer : public Peer {
 public:
  TlsPeer(std::uint16_t port, const Authority& trusted, const TlsPeerOptions& options = {}) : Peer(port), context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free), ssl_(nullptr, SSL_free) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), trusted.Get());
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_options(context_.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_max_proto_version(context_.get(), options.version);
    if (options.identity) Use(*options.identity);
    const timeval patience{10, 0};
    setsockopt(Fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), Fd());
    greeted_ = SSL_connect(ssl_.get()) == 1;
  }

  // In TLS 1.3 the server may still refuse the client's certificate: only an answer shows that it did not.
  bool IsGreeted() const { return greeted_; }
  std::string Version() const { return SSL_get_version(ssl_.get()); }
  std::string Cipher() const { return SSL_get_cipher(ssl_.get()); }
  bool WasResumed() const { return SSL_session_reused(ssl_.get()) == 1; }

 protected:
  ssize_t Put(const char* bytes, std::size_t size) override { return SSL_write(ssl_.get(), bytes, static_cast<int>(size)); }
  ssize_t Get(char* to, std::size_t size) override { return SSL_read(ssl_.get(), to, static_cast<int>(size)); }

 private:
  void Use(const Identity& identity) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> certificate(BIO_new_mem_buf(identity.certificate_pem.data(), -1), BIO_free), key(BIO_new_mem_buf(identity.key_pem.data(), -1), BIO_free);
    const std::unique_ptr<X509, decltype(&X509_free)> read(PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr), X509_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> read_key(PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    SSL_CTX_use_certificate(context_.get(), read.get());
    SSL_CTX_use_PrivateKey(context_.get(), read_key.get());
  }

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  bool greeted_ = false;
};

}  // namespace batchslo
