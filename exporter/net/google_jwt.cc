// Tested by tests/net/google_jwt_test.cc.
#include "exporter/net/google_jwt.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "exporter/net/base64.h"

namespace batchslo {
namespace {

// Google wants its own address in the assertion, wherever that is sent.
constexpr const char* kAudience = "https://oauth2.googleapis.com/token";
constexpr int kLifetimeSeconds = 3600;  // the most that Google takes

template <auto free>
struct Freer {
  template <class T>
  void operator()(T* what) const {
    free(what);
  }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using Memory = std::unique_ptr<BIO, Freer<BIO_free>>;

std::string Base64Url(std::string_view bytes) {
  std::string text = Base64(bytes);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

// A daemon has nobody to ask for a passphrase.
int NoPassphrase(char*, int, int, void*) { return 0; }

KeyHandle ReadKey(const std::string& pem) {
  const Memory memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return KeyHandle(memory ? PEM_read_bio_PrivateKey(memory.get(), nullptr, NoPassphrase, nullptr) : nullptr);
}

// Empty: it can't be signed.
std::string Signature(EVP_PKEY* key, const std::string& text) {
  const Digest digest(EVP_MD_CTX_new());
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (!digest || EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key) != 1) return "";
  if (EVP_DigestSign(digest.get(), nullptr, &size, bytes, text.size()) != 1) return "";
  std::string signature(size, '\0');
  if (EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size()) != 1)
    return "";
  signature.resize(size);
  return signature;
}

}  // namespace

Result<std::string> SignGoogleAssertion(const GoogleKey& key, std::string_view scope, TimePoint now) {
  const auto at = std::chrono::floor<seconds>(now).time_since_epoch().count();
  const nlohmann::json header = {{"alg", "RS256"}, {"typ", "JWT"}, {"kid", key.key_id}};
  const nlohmann::json claims = {
      {"iss", key.email}, {"scope", scope}, {"aud", kAudience}, {"iat", at}, {"exp", at + kLifetimeSeconds}};
  const auto part = [](const nlohmann::json& json) {
    return Base64Url(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  };
  const std::string text = part(header) + "." + part(claims);
  const KeyHandle handle = ReadKey(key.private_key_pem);
  const bool is_rsa = handle && EVP_PKEY_get_base_id(handle.get()) == EVP_PKEY_RSA;
  const std::string signature = is_rsa ? Signature(handle.get(), text) : "";
  ERR_clear_error();
  if (!handle) return Error{"its private_key can't be read; it must be PEM without a passphrase, as Google made it"};
  if (!is_rsa) return Error{"its private_key is no RSA key"};
  if (signature.empty()) return Error{"its private_key can't sign"};
  return text + "." + Base64Url(signature);
}

}  // namespace batchslo
