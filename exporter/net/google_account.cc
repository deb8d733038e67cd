// Tested by tests/net/google_account_test.cc.
#include "exporter/net/google_account.h"

#include <nlohmann/json.hpp>

#include "exporter/net/http.h"
#include "exporter/net/json.h"

namespace batchslo {
namespace {

using nlohmann::json;

constexpr const char* kTokenUrl = "https://oauth2.googleapis.com/token";

// Takes keys out of the file, and remembers the first fault.
class FileReader {
 public:
  explicit FileReader(const json& object) : object_(object) {}

  std::string Text(const char* key) {
    const std::string text = JsonText(object_, key);
    if (text.empty()) Fault(std::string("it has no ") + key);
    return text;
  }
  // Secrets are sent there.
  std::string Url(const char* key, const std::string& fallback) {
    const std::string text = JsonText(object_, key);
    if (text.empty() && fallback.empty()) Fault(std::string("it has no ") + key);
    if (!text.empty() && !IsPrivateUrl(text)) Fault(std::string("its ") + key + " must begin with https://");
    return text.empty() ? fallback : text;
  }
  void Fault(std::string what) {
    if (fault_.empty()) fault_ = std::move(what);
  }
  const std::string& Fault() const { return fault_; }

 private:
  const json& object_;
  std::string fault_;
};

GoogleKey ReadKey(const json&, FileReader& file) {
  return {file.Text("client_email"), file.Text("private_key_id"), file.Text("private_key"),
          file.Url("token_uri", kTokenUrl)};
}

GoogleUser ReadUser(const json&, FileReader& file) {
  return {file.Text("client_id"), file.Text("client_secret"), file.Text("refresh_token"),
          file.Url("token_uri", kTokenUrl)};
}

// Clouds give a machine its own token over plain HTTP, on an address that no router forwards.
bool IsSubjectUrl(const std::string& url) {
  constexpr std::string_view kLinkLocal = "http://169.254.169.254/";
  return IsPrivateUrl(url) || url.starts_with(kLinkLocal);
}

GoogleFederation ReadFederation(const json& object, FileReader& file) {
  GoogleFederation federation{
      file.Text("audience"), file.Text("subject_token_type"), file.Url("token_url", ""), "", "", {}, ""};
  const json& from = JsonChild(object, "credential_source");
  if (!JsonText(from, "environment_id").empty())
    file.Fault("tokens of AWS can't be exchanged by this version; use a file or a url as credential_source");
  for (const char* key : {"executable", "certificate"}) {
    if (!JsonChild(from, key).is_null())
      file.Fault(std::string("a credential_source with \"") + key +
                 "\" is not known to this version; use a file or a url");
  }
  federation.file = JsonText(from, "file");
  federation.url = JsonText(from, "url");
  if (federation.file.empty() == federation.url.empty())
    file.Fault("its credential_source must hold either a file or a url");
  if (!federation.url.empty() && !IsSubjectUrl(federation.url))
    file.Fault("the url of its credential_source must begin with https://");
  if (const json& headers = JsonChild(from, "headers"); headers.is_object()) {
    for (const auto& [name, value] : headers.items())
      federation.headers.emplace_back(name, value.is_string() ? value.get<std::string>() : "");
  }
  const json& format = JsonChild(from, "format");
  const std::string type = JsonText(format, "type");
  if (type == "json") federation.field = JsonText(format, "subject_token_field_name");
  if (type == "json" && federation.field.empty()) file.Fault("its format wants a subject_token_field_name");
  if (!type.empty() && type != "json" && type != "text") file.Fault("its format must be text or json");
  return federation;
}

void ReadImpersonation(const json& object, FileReader& file, GoogleAccount& account) {
  if (!JsonChild(object, "service_account_impersonation_url").is_null())
    account.impersonation_url = file.Url("service_account_impersonation_url", "");
  if (const json& delegates = JsonChild(object, "delegates"); delegates.is_array()) {
    for (const json& one : delegates) account.delegates.push_back(one.is_string() ? one.get<std::string>() : "");
  }
  const auto lifetime = JsonInteger(JsonChild(object, "service_account_impersonation"), "token_lifetime_seconds");
  if (lifetime && (*lifetime < 600 || *lifetime > 43200))
    file.Fault("its token_lifetime_seconds must be between 600 and 43200");
  if (lifetime) account.impersonation_lifetime = seconds{*lifetime};
}

// One level deep: whoever impersonates is not impersonated.
Result<GoogleAccount> ReadAccount(const json& object, bool may_nest) {
  FileReader file(object);
  GoogleAccount account;
  const std::string type = JsonText(object, "type");
  if (type == "service_account") {
    account.who = ReadKey(object, file);
  } else if (type == "authorized_user") {
    account.who = ReadUser(object, file);
  } else if (type == "external_account") {
    account.who = ReadFederation(object, file);
  } else if (type == "impersonated_service_account" && may_nest) {
    auto own = ReadAccount(JsonChild(object, "source_credentials"), false);
    if (!own) return Error{"in its source_credentials, " + own.Message()};
    account.who = own->who;
    account.impersonation_url = file.Url("service_account_impersonation_url", "");
  } else {
    return Error{"its type is " + (type.empty() ? "missing" : "\"" + type.substr(0, 50) + "\"") +
                 "; known are service_account, authorized_user, external_account and impersonated_service_account"};
  }
  ReadImpersonation(object, file, account);
  account.quota_project = JsonText(object, "quota_project_id");
  if (!file.Fault().empty()) return Error{file.Fault()};
  return account;
}

}  // namespace

Result<GoogleAccount> ParseGoogleAccount(std::string_view text) {
  const auto object = ReadJson(text);
  if (!object || !object->is_object()) return Error{"it is no JSON"};
  return ReadAccount(*object, true);
}

}  // namespace batchslo
