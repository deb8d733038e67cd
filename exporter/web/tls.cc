// Tested by tests/web/tls_test.cc.
#include "exporter/web/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace batchslo {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Bio Reads(const std::string& pem) { return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free}; }

// A key with a passphrase must not make the daemon ask for it at a terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

std::vector<Certificate> Certificates(const std::string& pem) {
  std::vector<Certificate> all;
  const Bio bio = Reads(pem);
  while (X509* one = PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr)) all.emplace_back(one, X509_free);
  ERR_clear_error();  // the end of the text is one
  return all;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ":") + word;
  return out;
}

std::string TextOf(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), static_cast<std::size_t>(ASN1_STRING_length(text))};
}

// "": of a kind that no list can name.
std::string TextOf(const GENERAL_NAME& name) {
  if (name.type == GEN_DNS || name.type == GEN_EMAIL || name.type == GEN_URI) return TextOf(name.d.ia5);
  if (name.type != GEN_IPADD) return "";
  const std::string bytes = TextOf(name.d.iPAddress);
  char text[INET6_ADDRSTRLEN];
  const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
  const bool known = bytes.size() == 4 || bytes.size() == 16;
  return known && inet_ntop(family, bytes.data(), text, sizeof text) ? text : "";
}

}  // namespace

Tls::Tls(const TlsAccess& access, SSL_CTX* context) : client_(access.client), client_sans_(access.client_sans), context_(context, SSL_CTX_free) {}

Result<std::shared_ptr<const Tls>> Tls::Make(const TlsAccess& access) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (!context) return Error{"OpenSSL gives no TLS"};
  const std::shared_ptr<Tls> tls(new Tls(access, context));
  SSL_CTX_set_min_proto_version(context, access.least_version == 13 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(context, access.most_version == 13 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | (access.server_chooses ? SSL_OP_CIPHER_SERVER_PREFERENCE : 0));
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);  // else one read goes on for as long as the peer sends KeyUpdates, past all limits
  for (const auto set : {&Tls::SetIdentity, &Tls::SetCiphers, &Tls::SetClients}) {
    const auto done = ((*tls).*set)(access);
    ERR_clear_error();
    if (!done) return done.GetError();
  }
  return std::shared_ptr<const Tls>(tls);
}

Result<void> Tls::SetIdentity(const TlsAccess& access) {
  const auto chain = Certificates(access.certificate_pem);
  if (chain.empty()) return Error{"cert_file holds no certificate in PEM"};
  if (SSL_CTX_use_certificate(context_.get(), chain[0].get()) != 1) return Error{"cert_file: OpenSSL refuses its first certificate, perhaps for a key that is too short"};
  for (std::size_t i = 1; i < chain.size(); ++i) SSL_CTX_add1_chain_cert(context_.get(), chain[i].get());
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(PEM_read_bio_PrivateKey(Reads(access.key_pem).get(), nullptr, NoPassphrase, nullptr), EVP_PKEY_free);
  if (!key) return Error{"key_file holds no private key in PEM, or one with a passphrase, which a daemon can't be asked for"};
  if (SSL_CTX_use_PrivateKey(context_.get(), key.get()) != 1) return Error{"key_file is not the key of the first certificate in cert_file"};
  return {};
}

Result<void> Tls::SetCiphers(const TlsAccess& access) {
  std::vector<std::string> names;
  for (const std::string& suite : access.cipher_suites) {
    const bool is_of_13 = suite.find("_WITH_") == std::string::npos;
    if (!is_of_13) names.emplace_back(OPENSSL_cipher_name(suite.c_str()));
  }
  if (!names.empty() && SSL_CTX_set_cipher_list(context_.get(), Joined(names).c_str()) != 1) return Error{"cipher_suites: OpenSSL has none of them"};
  if (!access.groups.empty() && SSL_CTX_set1_groups_list(context_.get(), Joined(access.groups).c_str()) != 1) return Error{"curve_preferences: OpenSSL does not have them"};
  return {};
}

Result<void> Tls::SetClients(const TlsAccess& access) {
  if (client_ == ClientCertificate::kNone) return {};
  const bool demands = client_ == ClientCertificate::kAny || client_ == ClientCertificate::kVerified;
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | (demands ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  SSL_CTX_set_cert_verify_callback(context_.get(), VerifyClient, this);
  if (access.client_ca_pem.empty()) return {};
  X509_STORE* store = SSL_CTX_get_cert_store(context_.get());
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);  // who is named is trusted, whoever signed him
  const auto authorities = Certificates(access.client_ca_pem);
  if (authorities.empty()) return Error{"client_ca_file holds no certificate in PEM"};
  for (const Certificate& authority : authorities) {
    X509_STORE_add_cert(store, authority.get());
    SSL_CTX_add_client_CA(context_.get(), authority.get());
  }
  return {};
}

int Tls::VerifyClient(X509_STORE_CTX* chain, void* self) {
  const Tls& tls = *static_cast<const Tls*>(self);
  const bool verifies = tls.client_ == ClientCertificate::kVerified || tls.client_ == ClientCertificate::kVerifiedIfGiven;
  if (verifies && X509_verify_cert(chain) != 1) return 0;
  if (tls.IsAllowed(X509_STORE_CTX_get0_cert(chain))) return 1;
  X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

bool Tls::IsAllowed(const X509* certificate) const {
  if (client_sans_.empty()) return true;
  auto* extension = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(extension, GENERAL_NAMES_free);
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const std::string name = TextOf(*sk_GENERAL_NAME_value(names.get(), i));
    if (!name.empty() && std::find(client_sans_.begin(), client_sans_.end(), name) != client_sans_.end()) return true;
  }
  return false;
}

}  // namespace batchslo
