#include "exporter/config/kubeconfig.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <vector>

#include "exporter/config/read_file.h"
#include "exporter/net/http.h"

namespace batchslo {
namespace {

struct File {
  std::filesystem::path path;
  YAML::Node root;
};

std::vector<std::string> Paths(const std::string& file) {
  if (!file.empty()) return {file};
  const char* list = std::getenv("KUBECONFIG");
  std::vector<std::string> paths;
  std::istringstream parts(list ? list : "");
  for (std::string part; std::getline(parts, part, ':');) {
    if (!part.empty()) paths.push_back(part);
  }
  const char* home = std::getenv("HOME");
  if (paths.empty() && home) paths.push_back(std::string(home) + "/.kube/config");
  return paths;
}

Result<std::string> Slurp(const std::filesystem::path& path, const std::string& what) {
  auto text = ReadFile(path);
  if (!text) return Error{what + " " + path.string() + " can't be read: " + text.Message() + "; is it there, and may this user read it?"};
  return text;
}

std::string Text(const YAML::Node& node, const char* key) {
  const YAML::Node value = node.IsMap() ? node[key] : YAML::Node();
  return value && value.IsScalar() ? value.Scalar() : "";
}
bool IsTrue(const YAML::Node& node, const char* key) { return Text(node, key) == "true"; }

Result<std::string> Unbase64(const std::string& text) {
  std::string out;
  unsigned bits = 0;
  int held = 0;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) || c == '=') continue;
    static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return Error{"a ...-data value is no base64"};
    bits = bits << 6 | static_cast<unsigned>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<char>(bits >> held & 0xff));
  }
  return out;
}

// The PEM in `key`-data, else in the file named by `key`.
Result<std::string> Pem(const YAML::Node& node, const std::string& key, const std::filesystem::path& file) {
  const std::string data = Text(node, (key + "-data").c_str());
  if (!data.empty()) return Unbase64(data);
  const std::string path = Text(node, key.c_str());
  if (path.empty()) return std::string();
  return Slurp(file.parent_path() / path, key);
}

// The entry named `name` in the list `list` of the first file that has it.
struct Entry {
  const File* file = nullptr;
  YAML::Node node;
};
Result<Entry> Find(const std::vector<File>& files, const char* list, const char* inner, const std::string& name) {
  std::string known;
  for (const File& file : files) {
    const YAML::Node entries = file.root[list];
    if (!entries || !entries.IsSequence()) continue;
    for (const YAML::Node& entry : entries) {
      if (!entry.IsMap()) continue;
      if (Text(entry, "name") == name && entry[inner]) return Entry{&file, entry[inner]};
      known += (known.empty() ? "" : ", ") + Text(entry, "name");
    }
  }
  return Error{"kubeconfig: no " + std::string(inner) + " is named \"" + name + "\"; there " +
               (known.empty() ? "are none" : "are: " + known)};
}

Result<void> ReadUser(const Entry& user, KubeAccess& access) {
  const YAML::Node& node = user.node;
  const auto certificate = Pem(node, "client-certificate", user.file->path);
  const auto key = Pem(node, "client-key", user.file->path);
  if (!certificate) return certificate.GetError();
  if (!key) return key.GetError();
  access.tls.certificate_pem = *certificate;
  access.tls.private_key_pem = *key;
  access.token = Text(node, "token");
  const std::string token_file = Text(node, "tokenFile");
  if (!token_file.empty()) access.token_file = (user.file->path.parent_path() / token_file).string();
  access.username = Text(node, "username");
  access.password = Text(node, "password");
  access.impersonate_user = Text(node, "as");
  if (node["as-groups"] && node["as-groups"].IsSequence()) {
    for (const YAML::Node& group : node["as-groups"]) access.impersonate_groups.push_back(group.as<std::string>(""));
  }
  if (node["auth-provider"]) return Error{"kubeconfig: auth-provider was removed from Kubernetes; use an exec plugin"};
  const YAML::Node exec = node["exec"];
  if (!exec) return {};
  if (Text(exec, "interactiveMode") == "Always")
    return Error{"kubeconfig: the credential plugin wants a person (interactiveMode: Always); a daemon has none"};
  access.exec.api_version = Text(exec, "apiVersion");
  access.exec.command = Text(exec, "command");
  access.exec.install_hint = Text(exec, "installHint");
  access.exec.provide_cluster_info = IsTrue(exec, "provideClusterInfo");
  if (access.exec.command.find('/') != std::string::npos)
    access.exec.command = (user.file->path.parent_path() / access.exec.command).string();
  if (exec["args"] && exec["args"].IsSequence()) {
    for (const YAML::Node& arg : exec["args"]) access.exec.args.push_back(arg.as<std::string>(""));
  }
  if (exec["env"] && exec["env"].IsSequence()) {
    for (const YAML::Node& variable : exec["env"])
      access.exec.env.emplace_back(Text(variable, "name"), Text(variable, "value"));
  }
  return {};
}

bool HasSecrets(const KubeAccess& access) {
  return !access.token.empty() || !access.token_file.empty() || !access.username.empty() || !access.exec.command.empty();
}

Result<KubeAccess> ReadContext(const std::vector<File>& files, std::string context) {
  for (const File& file : files) {
    if (context.empty()) context = Text(file.root, "current-context");
  }
  if (context.empty()) return Error{"kubeconfig: no current-context; name one with context"};
  const auto found = Find(files, "contexts", "context", context);
  if (!found) return found.GetError();
  const auto cluster = Find(files, "clusters", "cluster", Text(found->node, "cluster"));
  if (!cluster) return cluster.GetError();
  const std::string user_name = Text(found->node, "user");
  const auto user = user_name.empty() ? Entry{} : Find(files, "users", "user", user_name);
  if (!user) return user.GetError();
  KubeAccess access;
  access.server = Text(cluster->node, "server");
  while (access.server.ends_with('/')) access.server.pop_back();
  if (!access.server.starts_with("https://") && !access.server.starts_with("http://"))
    return Error{"kubeconfig: cluster \"" + Text(found->node, "cluster") + "\" has no server address"};
  if (access.server.find('@') != std::string::npos)  // it would be sent to the server, and be shown in messages
    return Error{"kubeconfig: cluster \"" + Text(found->node, "cluster") + "\" has a user in its server's address; write username and password, or a token, under the user"};
  const auto ca = Pem(cluster->node, "certificate-authority", cluster->file->path);
  if (!ca) return ca.GetError();
  access.tls.ca_pem = *ca;
  access.tls.insecure = IsTrue(cluster->node, "insecure-skip-tls-verify");
  access.tls.server_name = Text(cluster->node, "tls-server-name");
  access.proxy_url = Text(cluster->node, "proxy-url");
  access.default_namespace = Text(found->node, "namespace");
  const auto done = user->file ? ReadUser(*user, access) : Result<void>();
  if (!done) return done.GetError();
  if (HasSecrets(access) && !IsPrivateUrl(access.server))
    return Error{"kubeconfig: cluster \"" + Text(found->node, "cluster") + "\" would get the credentials of user \"" + user_name + "\" in clear; write its server as https://"};
  return access;
}

// It quotes the file, whose names may have line ends.
std::string OneLine(std::string text) {
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text;
}

}  // namespace

Result<KubeAccess> ReadKubeconfig(const std::string& file, const std::string& context) {
  std::vector<File> files;
  std::string missing;
  for (const std::string& path : Paths(file)) {
    const auto text = Slurp(path, "kubeconfig");
    if (!text && missing.empty()) missing = text.Message();
    if (!text) continue;  // a list may name files that are not there, as for kubectl
    try {
      files.push_back({std::filesystem::absolute(path), YAML::Load(*text)});
      if (!files.back().root.IsMap()) return Error{"kubeconfig " + path + " is no map of keys"};
    } catch (const YAML::Exception& e) {
      return Error{path + ":" + std::to_string(e.mark.line + 1) + ":" + std::to_string(e.mark.column + 1) +
                   ": this is no YAML: " + OneLine(e.msg)};
    }
  }
  if (files.empty())
    return Error{missing.empty() ? "no kubeconfig: set KUBECONFIG, or give --kubeconfig=FILE" : missing};
  try {
    auto access = ReadContext(files, context);
    return access ? std::move(access) : Result<KubeAccess>(Error{OneLine(access.Message())});
  } catch (const YAML::Exception&) {
    return Error{"kubeconfig " + files.front().path.string() + ": a part of it has the wrong form"};
  }
}

}  // namespace batchslo
