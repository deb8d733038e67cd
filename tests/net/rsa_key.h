#pragma once

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <string>

namespace batchslo {

// A key of our own making, once a program.
class RsaKey {
 public:
  static const RsaKey& Get() {
    static const RsaKey kKey;
    return kKey;
  }
  std::string Pem() const { return PemOf(key_); }
  static std::string OtherKindOfPem() {  // of elliptic curves
    EVP_PKEY* key = EVP_EC_gen("P-256");
    const std::string pem = PemOf(key);
    EVP_PKEY_free(key);
    return pem;
  }
  std::string PemWithPassphrase() const {
    return Written(
        [this](BIO* to) { PEM_write_bio_PKCS8PrivateKey(to, key_, EVP_aes_128_cbc(), "pass", 4, nullptr, nullptr); });
  }
  bool HasSigned(const std::string& text, const std::string& signature) const {
    EVP_MD_CTX* digest = EVP_MD_CTX_new();
    const auto bytes = [](const std::string& of) { return reinterpret_cast<const unsigned char*>(of.data()); };
    const bool is_good = EVP_DigestVerifyInit(digest, nullptr, EVP_sha256(), nullptr, key_) == 1 &&
                         EVP_DigestVerify(digest, bytes(signature), signature.size(), bytes(text), text.size()) == 1;
    EVP_MD_CTX_free(digest);
    return is_good;
  }

 private:
  RsaKey() : key_(EVP_RSA_gen(2048)) {}
  ~RsaKey() { EVP_PKEY_free(key_); }

  static std::string PemOf(EVP_PKEY* key) {
    return Written([key](BIO* to) { PEM_write_bio_PKCS8PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr); });
  }

  template <class Write>
  static std::string Written(Write write) {
    BIO* memory = BIO_new(BIO_s_mem());
    write(memory);
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(memory);
    return text;
  }

  EVP_PKEY* key_;
};

}  // namespace batchslo
