// Tested by tests/wrapper/tls_test.py.
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <array>
#include <cstdlib>

#include "exporter/wrapper/process.h"
#include "exporter/wrapper/stream.h"

namespace batchslo {
namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Session = std::unique_ptr<SSL, decltype(&SSL_free)>;

// A static libssl knows only the paths of the machine it was built on.
constexpr const char* kBundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, RHEL
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // CentOS
    "/etc/ssl/ca-bundle.pem",                             // openSUSE
    "/etc/ssl/cert.pem",                                  // Alpine, BSD
};

bool LoadAuthorities(SSL_CTX* context, const std::string& ca_file, std::string& fault) {
  const char* const from_env = std::getenv("SSL_CERT_FILE");
  if (!ca_file.empty() || from_env) {
    const std::string file = ca_file.empty() ? from_env : ca_file;
    if (SSL_CTX_load_verify_file(context, file.c_str()) == 1) return true;
    fault = "can't read CA certificates from " + file;
    return false;
  }
  for (const char* bundle : kBundles) {
    if (SSL_CTX_load_verify_file(context, bundle) == 1) return true;
  }
  fault = "found no CA certificates; install ca-certificates or give --ca-file";
  return false;
}

// Who the certificate must be for.
bool Expect(SSL* session, const std::string& host) {
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str()) == 1) return true;
  SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(session, host.c_str()) == 1 && SSL_set_tlsext_host_name(session, host.c_str()) == 1;
}

class TlsStream : public Stream {
 public:
  TlsStream(Fd socket, Context context, Session session)
      : socket_(std::move(socket)), context_(std::move(context)), session_(std::move(session)) {}

  bool Handshake(SteadyTime deadline, std::string& fault) {
    for (;;) {
      const int done = SSL_connect(session_.get());
      if (done == 1) return true;
      if (!Again(done, deadline, fault)) return false;
    }
  }

  bool WriteAll(std::string_view bytes, SteadyTime deadline, std::string& fault) override {
    std::size_t written = 0;  // all or nothing, without SSL_MODE_ENABLE_PARTIAL_WRITE
    for (;;) {
      const int done = SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &written);
      if (done == 1) return true;
      if (!Again(done, deadline, fault)) return false;
    }
  }

  bool ReadSome(std::string& bytes, SteadyTime deadline, std::string& fault) override {
    std::array<char, 4096> buffer{};
    std::size_t n = 0;
    for (;;) {
      const int done = SSL_read_ex(session_.get(), buffer.data(), buffer.size(), &n);
      if (done == 1) {
        bytes.append(buffer.data(), n);
        return true;
      }
      if (SSL_get_error(session_.get(), done) == SSL_ERROR_ZERO_RETURN) return false;
      if (!Again(done, deadline, fault)) return false;
    }
  }

 private:
  // After a call that failed: whether it is worth another.
  bool Again(int result, SteadyTime deadline, std::string& fault) {
    const int error = SSL_get_error(session_.get(), result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
      if (WaitFor(socket_.Get(), error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline)) return true;
      fault = "no answer in time";
      return false;
    }
    const long verdict = SSL_get_verify_result(session_.get());
    const unsigned long reason = ERR_peek_last_error();
    const char* const text = verdict != X509_V_OK ? X509_verify_cert_error_string(verdict)
                             : reason != 0        ? ERR_reason_error_string(reason)
                                                  : nullptr;
    fault = std::string("TLS: ") + (text ? text : "the connection was cut");
    if (verdict != X509_V_OK) fault += "; check --ca-file and the name in --url";
    return false;
  }

  Fd socket_;
  Context context_;
  Session session_;
};

}  // namespace

std::unique_ptr<Stream> MakeTls(Fd socket, const Url& url, const std::string& ca_file, SteadyTime deadline,
                                std::string& fault) {
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);  // the system's configuration may name modules to load
  Context context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!context || !LoadAuthorities(context.get(), ca_file, fault)) return nullptr;
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  ERR_clear_error();
  Session session(SSL_new(context.get()), SSL_free);
  if (!session || !Expect(session.get(), url.host) || SSL_set_fd(session.get(), socket.Get()) != 1) {
    fault = "TLS: can't be set up";
    return nullptr;
  }
  auto stream = std::make_unique<TlsStream>(std::move(socket), std::move(context), std::move(session));
  return stream->Handshake(deadline, fault) ? std::move(stream) : nullptr;
}

}  // namespace batchslo
