#include "exporter/net/kube_plugin.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>

#include "exporter/net/base64.h"

extern char** environ;

namespace batchslo {
namespace {

constexpr std::size_t kMostOutput = 1 << 20;
constexpr int kBetweenLooks = 50;  // milliseconds

std::string ExecInfo(const KubeAccess& access) {
  nlohmann::json spec = {{"interactive", false}};
  if (access.exec.provide_cluster_info) {
    spec["cluster"] = {{"server", access.server}};
    if (!access.tls.server_name.empty()) spec["cluster"]["tls-server-name"] = access.tls.server_name;
    if (!access.tls.ca_pem.empty()) spec["cluster"]["certificate-authority-data"] = Base64(access.tls.ca_pem);
    if (access.tls.insecure) spec["cluster"]["insecure-skip-tls-verify"] = true;
  }
  return nlohmann::json{{"kind", "ExecCredential"}, {"apiVersion", access.exec.api_version}, {"spec", spec}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Ours, with what the kubeconfig sets in its place, and what the protocol asks for.
std::vector<std::string> EnvironmentFor(const KubeAccess& access) {
  std::vector<std::pair<std::string, std::string>> own = access.exec.env;
  own.emplace_back("KUBERNETES_EXEC_INFO", ExecInfo(access));
  std::vector<std::string> environment;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view name = std::string_view(*entry).substr(0, std::string_view(*entry).find('='));
    if (std::none_of(own.begin(), own.end(), [&](const auto& variable) { return variable.first == name; })) environment.emplace_back(*entry);
  }
  for (const auto& [name, value] : own) environment.push_back(name + "=" + value);
  return environment;
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// The child writes to `output`, and leads a group of its own; our signals, which we block, are its business. Gives 0, or errno.
int Spawn(const KubeAccess& access, int output, pid_t& child) {
  std::vector<std::string> words = {access.exec.command};
  words.insert(words.end(), access.exec.args.begin(), access.exec.args.end());
  const std::vector<std::string> environment = EnvironmentFor(access);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  const int failed = posix_spawnp(&child, access.exec.command.c_str(), &actions, &attributes, Pointers(words).data(), Pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failed;
}

// Reads until the end, then waits for the child. False: there was no time, or too much of it; the child and what it started are gone then too.
bool Await(pid_t child, int input, Deadline deadline, const std::stop_token& stop, std::string& output, int& status) {
  char buffer[4096];
  bool is_open = true;
  while (std::chrono::steady_clock::now() < deadline && !stop.stop_requested() && output.size() < kMostOutput) {
    if (!is_open && waitpid(child, &status, WNOHANG) == child) return true;
    pollfd ready{input, POLLIN, 0};
    if (poll(&ready, is_open ? 1 : 0, kBetweenLooks) <= 0) continue;
    const ssize_t got = read(input, buffer, sizeof buffer);
    is_open = got > 0;
    if (got > 0) output.append(buffer, static_cast<std::size_t>(got));
  }
  kill(-child, SIGKILL);
  waitpid(child, &status, 0);
  return false;
}

}  // namespace

Result<std::string> RunKubePlugin(const KubeAccess& access, Deadline deadline, const std::stop_token& stop) {
  const std::string what = "the credential plugin " + access.exec.command;
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return Error{what + ": no pipe could be made"};
  pid_t child = 0;
  const int failed = Spawn(access, pipe_ends[1], child);
  close(pipe_ends[1]);
  std::string output;
  int status = 0;
  const bool ended = failed == 0 && Await(child, pipe_ends[0], deadline, stop, output, status);
  close(pipe_ends[0]);
  if (failed != 0) return Error{what + " can't be run: " + std::string(std::strerror(failed)) + (access.exec.install_hint.empty() ? "" : "; " + access.exec.install_hint)};
  if (!ended) return Error{what + " gave no whole answer within its time"};
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return Error{what + " failed" + (WIFEXITED(status) ? " with exit code " + std::to_string(WEXITSTATUS(status)) : "")};
  return output;
}

}  // namespace batchslo
