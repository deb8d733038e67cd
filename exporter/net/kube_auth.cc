#include "exporter/net/kube_auth.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "exporter/net/base64.h"
#include "exporter/net/json.h"
#include "exporter/net/kube_plugin.h"
#include "exporter/net/secret.h"

namespace batchslo {
namespace {

constexpr std::chrono::seconds kTokenAge{60}, kPluginTimeout{30}, kAfterFailure{5}, kLeastAge{5};

}  // namespace

Result<KubeAccess> InClusterAccess(const std::string& directory) {
  const char* host = std::getenv("KUBERNETES_SERVICE_HOST");
  const char* port = std::getenv("KUBERNETES_SERVICE_PORT");
  if (!host || !port || !*host || !*port) {
    return Error{"not inside a cluster (KUBERNETES_SERVICE_HOST is not set); give a kubeconfig: --kubeconfig=FILE"};
  }
  const std::string name = host;
  KubeAccess access;
  access.server = "https://" + (name.find(':') == std::string::npos ? name : "[" + name + "]") + ":" + port;
  access.tls.ca_file = directory + "/ca.crt";
  access.token_file = directory + "/token";
  const auto own = ReadSecret({directory + "/namespace", ""});
  if (own) access.default_namespace = *own;
  return access;
}

void KubeCredentials::Refuse() {
  const std::lock_guard lock(mutex_);
  held_.reset();
}

Result<KubeCredentials::Held> KubeCredentials::Credential(const std::stop_token& stop) {
  Held held;
  held.read = clock_.Steady();
  held.token = access_.token;
  if (!access_.token_file.empty()) {
    const auto token = ReadSecret({access_.token_file, ""});
    if (!token) return token.GetError();
    held.token = *token;
  }
  if (access_.exec.command.empty()) return held;
  const auto output = RunKubePlugin(access_, std::chrono::steady_clock::now() + kPluginTimeout, stop);
  if (!output) return output.GetError();
  const std::string what = "the credential plugin " + access_.exec.command;
  const auto json = ReadJson(*output).value_or(nlohmann::json());
  if (!JsonChild(json, "status").is_object()) return Error{what + " printed no ExecCredential"};
  const std::string version = JsonText(json, "apiVersion");
  if (version.empty() || version != access_.exec.api_version) return Error{what + " answered in another apiVersion than " + access_.exec.api_version};
  const auto text = [&](const char* key) { return JsonText(json["status"], key); };
  held.token = text("token");
  held.certificate_pem = text("clientCertificateData");
  held.private_key_pem = text("clientKeyData");
  if (held.token.empty() && held.certificate_pem.empty()) return Error{what + " gave neither a token nor a certificate"};
  if (const auto expires = ParseRfc3339(text("expirationTimestamp"))) held.expires = *expires;
  return held;
}

Result<void> KubeCredentials::Renew(const std::stop_token& stop) {
  if (failed_ && clock_.Steady() - failed_->at < kAfterFailure) return failed_->error;
  failed_.reset();
  auto fresh = Credential(stop);
  if (fresh) {
    held_ = std::move(fresh).Value();
    return {};
  }
  const bool is_plugin = !access_.exec.command.empty();
  if (is_plugin && !stop.stop_requested()) failed_ = {fresh.GetError(), clock_.Steady()};
  return fresh.GetError();
}

Result<HttpRequest> KubeCredentials::Request(const std::string& path, const std::stop_token& stop) {
  const std::lock_guard lock(mutex_);
  const auto age = held_ ? clock_.Steady() - held_->read : std::chrono::steady_clock::duration{0};
  const bool rereads = !access_.token_file.empty();
  const bool expires = held_ && held_->expires && *held_->expires - seconds{10} < clock_.Now();
  const bool old = (rereads && age > kTokenAge) || (expires && age >= kLeastAge);  // by our clock it may come expired each time
  if (!held_ || old) {
    const auto renewed = Renew(stop);
    if (!renewed) return renewed.GetError();
  }
  HttpRequest request;
  request.url = access_.server + path;
  request.tls = access_.tls;
  request.proxy = access_.proxy_url;
  if (!held_->certificate_pem.empty()) {
    request.tls.certificate_pem = held_->certificate_pem;
    request.tls.private_key_pem = held_->private_key_pem;
  }
  request.headers.emplace_back("Accept", "application/json");
  if (!held_->token.empty()) request.headers.emplace_back("Authorization", "Bearer " + held_->token);
  if (held_->token.empty() && !access_.username.empty()) request.headers.emplace_back("Authorization", "Basic " + Base64(access_.username + ":" + access_.password));
  if (!access_.impersonate_user.empty()) request.headers.emplace_back("Impersonate-User", access_.impersonate_user);
  for (const std::string& group : access_.impersonate_groups) request.headers.emplace_back("Impersonate-Group", group);
  return request;
}

}  // namespace batchslo
