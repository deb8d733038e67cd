// Tested by tests/config/http_config_test.cc.
#include "exporter/config/http_config.h"

#include "exporter/config/block.h"
#include "exporter/config/read_file.h"
#include "exporter/config/text.h"

namespace batchslo {
namespace {

using enum OptionType;

constexpr std::string_view kInline = "write it into a file, and name that as password_file", kNoToken = "remove it; the daemon knows users with passwords";

const std::vector<OptionSpec> kTop = {
    {"basic_auth", kBlock, ""},
    {"tls_config", kBlock, ""},
    {"authorization", kLater, kNoToken},
    {"oauth2", kLater, kNoToken},
};

const std::vector<OptionSpec> kBasicAuth = {
    {"username", kString, "", "prometheus", "", true},
    {"password_file", kFile, "", "password", "", true},
    {"password", kLater, kInline},
};

const std::vector<OptionSpec> kTls = {
    {"ca_file", kFile, "", "ca.crt"},
    {"cert_file", kFile, "", "client.crt"},
    {"key_file", kFile, "", "client.key"},
    {"server_name", kString, "", "batchslo.example"},
    {"insecure_skip_verify", kBool, "", "true", "false"},
};

class HttpConfigReader {
 public:
  HttpConfigReader(std::filesystem::path folder, const FileReader& read, FaultList& faults) : folder_(std::move(folder)), read_(read), faults_(faults) {}

  HttpAccess Read(const Node& root) {
    HttpAccess access;
    const Block top = ReadBlock(root, "the HTTP configuration", {kTop}, faults_);
    if (const Node* node = top.At("basic_auth")) ReadUser(*node, access);
    if (const Node* node = top.At("tls_config")) access.tls = ReadTls(*node);
    return access;
  }

 private:
  void ReadUser(const Node& node, HttpAccess& access) {
    const Block block = ReadBlock(node, "\"basic_auth\"", {kBasicAuth}, faults_);
    access.username = block.options.String("username");
    access.password = ReadNamedFile(block, "password_file", folder_, read_, faults_);
    while (access.password.ends_with('\n') || access.password.ends_with('\r')) access.password.pop_back();
  }

  TlsOptions ReadTls(const Node& node) {
    const Block block = ReadBlock(node, "\"tls_config\"", {kTls}, faults_);
    TlsOptions tls;
    tls.ca_pem = ReadNamedFile(block, "ca_file", folder_, read_, faults_);
    tls.certificate_pem = ReadNamedFile(block, "cert_file", folder_, read_, faults_);
    tls.private_key_pem = ReadNamedFile(block, "key_file", folder_, read_, faults_);
    tls.server_name = block.options.String("server_name");
    tls.insecure = block.options.Bool("insecure_skip_verify");
    if (block.Names("cert_file") != block.Names("key_file")) faults_.Add(node, "\"cert_file\" and \"key_file\" are needed together");
    return tls;
  }

  const std::filesystem::path folder_;
  const FileReader& read_;
  FaultList& faults_;
};

}  // namespace

HttpConfigResult ParseHttpConfig(std::string_view text, const std::string& file, const FileReader& read) {
  HttpConfigResult result;
  result.file = file;
  result.text = text;
  FaultList faults;
  const auto root = ParseTree(text, faults.All());
  if (root && root->kind == Node::Kind::kNull) faults.All().push_back({0, 0, "the file is empty", "an HTTP configuration that says nothing is written {}"});
  std::optional<HttpAccess> access;
  if (root) access = HttpConfigReader(std::filesystem::path(file).parent_path(), read, faults).Read(*root);
  result.faults = faults.Take();
  CountColumns(result.faults, Lines(text));
  if (result.faults.empty()) result.access = std::move(access);
  return result;
}

HttpConfigResult ReadHttpConfig(const std::string& path) {
  const auto text = ReadFile(path);
  if (text) return ParseHttpConfig(*text, path, ReadFile);
  HttpConfigResult result;
  result.file = path;
  result.faults.push_back(CantBeRead(text.Message()));
  return result;
}

}  // namespace batchslo
