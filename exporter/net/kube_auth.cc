#include "exporter/net/kube_auth.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "exporter/net/secret.h"

extern char** environ;

namespace batchslo {
namespace {

constexpr std::chrono::seconds kTokenAge{60}, kPluginTimeout{30};
constexpr std::size_t kMostPluginOutput = 1 << 20;

std::string Base64(std::string_view text) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    unsigned bits = 0;
    for (std::size_t k = 0; k < 3; ++k) bits = bits << 8 | (i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) out.push_back(i + k <= text.size() ? kDigits[bits >> (18 - 6 * k) & 63] : '=');
  }
  return out;
}

std::string ExecInfo(const KubeAccess& access) {
  nlohmann::json spec = {{"interactive", false}};
  if (access.exec.provide_cluster_info) {
    spec["cluster"] = {{"server", access.server}};
    if (!access.tls.server_name.empty()) spec["cluster"]["tls-server-name"] = access.tls.server_name;
    if (!access.tls.ca_pem.empty()) spec["cluster"]["certificate-authority-data"] = Base64(access.tls.ca_pem);
    if (access.tls.insecure) spec["cluster"]["insecure-skip-tls-verify"] = true;
  }
  return nlohmann::json{{"kind", "ExecCredential"}, {"apiVersion", access.exec.api_version}, {"spec", spec}}.dump();
}

// Runs the plugin and gives its standard output; it is killed when it takes longer than 30 s.
Result<std::string> RunPlugin(const KubeAccess& access) {
  const KubeAccess::Exec& exec = access.exec;
  const std::string what = "the credential plugin " + exec.command;
  std::vector<std::string> environment;
  const auto overridden = [&](std::string_view entry) {
    return std::any_of(exec.env.begin(), exec.env.end(), [&](const auto& own) { return entry.substr(0, entry.find('=')) == own.first; });
  };
  for (char** entry = environ; *entry; ++entry) {
    if (!overridden(*entry)) environment.emplace_back(*entry);
  }
  for (const auto& [name, value] : exec.env) environment.push_back(name + "=" + value);
  environment.push_back("KUBERNETES_EXEC_INFO=" + ExecInfo(access));
  std::vector<char*> envp, argv = {const_cast<char*>(exec.command.c_str())};
  for (const std::string& entry : environment) envp.push_back(const_cast<char*>(entry.c_str()));
  for (const std::string& arg : exec.args) argv.push_back(const_cast<char*>(arg.c_str()));
  envp.push_back(nullptr);
  argv.push_back(nullptr);
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return Error{what + ": no pipe could be made"};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], 1);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, exec.command.c_str(), &actions, nullptr, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  close(pipe_ends[1]);
  if (failed != 0) {
    close(pipe_ends[0]);
    return Error{what + " can't be run: " + std::string(std::strerror(failed)) + (exec.install_hint.empty() ? "" : "; " + exec.install_hint)};
  }
  std::string output;
  char buffer[4096];
  const auto deadline = std::chrono::steady_clock::now() + kPluginTimeout;
  bool whole = false;
  while (output.size() < kMostPluginOutput) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd ready{pipe_ends[0], POLLIN, 0};
    if (left <= 0 || poll(&ready, 1, static_cast<int>(left)) <= 0) break;
    const ssize_t got = read(pipe_ends[0], buffer, sizeof buffer);
    whole = got == 0;
    if (got <= 0) break;
    output.append(buffer, static_cast<std::size_t>(got));
  }
  close(pipe_ends[0]);
  if (!whole) kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  if (!whole) return Error{what + " gave no whole answer within 30 s"};
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return Error{what + " failed" + (WIFEXITED(status) ? " with exit code " + std::to_string(WEXITSTATUS(status)) : "")};
  return output;
}

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

Result<KubeCredentials::Held> KubeCredentials::Credential() {
  Held held;
  held.read = clock_.Steady();
  held.token = access_.token;
  if (!access_.token_file.empty()) {
    const auto token = ReadSecret({access_.token_file, ""});
    if (!token) return token.GetError();
    held.token = *token;
  }
  if (access_.exec.command.empty()) return held;
  const auto output = RunPlugin(access_);
  if (!output) return output.GetError();
  const std::string what = "the credential plugin " + access_.exec.command;
  const auto json = nlohmann::json::parse(*output, nullptr, false);
  if (!json.is_object() || !json.contains("status") || !json["status"].is_object()) return Error{what + " printed no ExecCredential"};
  const auto version = json.find("apiVersion");
  if (version == json.end() || *version != access_.exec.api_version) return Error{what + " answered in another apiVersion than " + access_.exec.api_version};
  const auto text = [&](const char* key) {
    const auto at = json["status"].find(key);
    return at != json["status"].end() && at->is_string() ? at->get<std::string>() : std::string();
  };
  held.token = text("token");
  held.certificate_pem = text("clientCertificateData");
  held.private_key_pem = text("clientKeyData");
  if (held.token.empty() && held.certificate_pem.empty()) return Error{what + " gave neither a token nor a certificate"};
  if (const auto expires = ParseRfc3339(text("expirationTimestamp"))) held.expires = *expires;
  return held;
}

Result<HttpRequest> KubeCredentials::Request(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const bool rereads = !access_.token_file.empty();
  const bool old = held_ && ((rereads && clock_.Steady() - held_->read > kTokenAge) || (held_->expires && *held_->expires - seconds{10} < clock_.Now()));
  if (!held_ || old) {
    auto fresh = Credential();
    if (!fresh) return fresh.GetError();
    held_ = std::move(fresh).Value();
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
