#pragma once
// Certificates for tests: an authority, and what it signs. Keys are P-256.

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

namespace batchslo {

struct Identity {
  std::string certificate_pem, key_pem;
};

class Authority {
 public:
  explicit Authority(const std::string& name = "test authority") : key_(EVP_EC_gen("P-256"), EVP_PKEY_free) {
    certificate_.reset(Make(name, key_.get(), "CA:TRUE", ""));  // signed by itself, while there is none yet
  }

  // `sans` in OpenSSL's words: "DNS:a.example,IP:127.0.0.1"; empty: none.
  Identity Issue(const std::string& name, const std::string& sans = "") const {
    const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const Certificate certificate(Make(name, key.get(), "CA:FALSE", sans), X509_free);
    return {Pem([&](BIO* out) { PEM_write_bio_X509(out, certificate.get()); }),
            Pem([&](BIO* out) { PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr); })};
  }
  std::string CertificatePem() const {
    return Pem([&](BIO* out) { PEM_write_bio_X509(out, certificate_.get()); });
  }
  X509* Get() const { return certificate_.get(); }

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

  template <class Write>
  static std::string Pem(const Write& write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    write(out.get());
    char* text = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }

  static void Extend(X509* certificate, int kind, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  X509* Make(const std::string& name, EVP_PKEY* key, const char* constraints, const std::string& sans) const {
    X509* certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 24 * 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate_ ? certificate_.get() : certificate));
    Extend(certificate, NID_basic_constraints, constraints);
    if (!sans.empty()) Extend(certificate, NID_subject_alt_name, sans);
    X509_sign(certificate, key_.get(), EVP_sha256());
    return certificate;
  }

  Key key_;
  Certificate certificate_{nullptr, X509_free};
};

}  // namespace batchslo
