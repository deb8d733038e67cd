#include "exporter/net/secret.h"

#include <cstdlib>

#include "exporter/net/regular_file.h"

namespace batchslo {
namespace {

Result<std::string> Trimmed(std::string text, const std::string& where) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  if (text.empty()) return Error{"the secret in " + where + " is empty"};
  return text;
}

}  // namespace

Result<std::string> ReadSecret(const SecretRef& secret) {
  if (!secret.env.empty()) {
    const char* value = std::getenv(secret.env.c_str());
    if (!value) return Error{"the environment has no " + secret.env + ", which is to hold a secret"};
    return Trimmed(value, "the environment's " + secret.env);
  }
  constexpr std::size_t kMostSecret = 1 << 20;
  auto text = ReadRegularFile(secret.file, kMostSecret);
  if (!text) return Error{"the secret file " + secret.file + " can't be read: " + text.Message() + "; is it there, and may this user read it?"};
  if (text->size() > kMostSecret) return Error{"the secret file " + secret.file + " is larger than a secret can be"};
  return Trimmed(std::move(text).Value(), "the file " + secret.file);
}

}  // namespace batchslo
