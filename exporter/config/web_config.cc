// Tested by tests/config/web_config_test.cc.
#include "exporter/config/web_config.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "exporter/config/block.h"
#include "exporter/config/read_file.h"
#include "exporter/config/text.h"

namespace batchslo {
namespace {

using enum OptionType;

constexpr std::string_view kUsers = "basic_auth_users", kInline = "write it into a file, and name that";
constexpr int kMostCost = 16;  // of a hash: some seconds

std::string HeaderFault(std::string_view text) {
  const bool prints = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
  return prints ? "" : "a header holds printable ASCII only";
}

OptionSpec Header(std::string_view key, std::string_view example, std::vector<std::string_view> allowed = {}) {
  return {key, kString, "", example, "", false, std::move(allowed), HeaderFault};
}

const std::vector<OptionSpec> kTop = {
    {"tls_server_config", kBlock, ""},
    {"http_server_config", kBlock, ""},
    {kUsers, kBlock, ""},
    {"rate_limit", kLater, "remove it; connections, sizes and times are limited anyway"},
};

const std::vector<OptionSpec> kTls = {
    {"cert_file", kFile, "", "server.crt", "", true},
    {"key_file", kFile, "", "server.key", "", true},
    {"client_auth_type", kString, "", "RequireAndVerifyClientCert", "NoClientCert", false,
     {"NoClientCert", "RequestClientCert", "RequireClientCert", "RequireAnyClientCert", "VerifyClientCertIfGiven",
      "RequireAndVerifyClientCert"}},
    {"client_ca_file", kFile, "", "clients.crt"},
    {"client_allowed_sans", kStrings, "", "[prometheus.example]"},
    {"min_version", kString, "", "TLS12", "TLS12", false, {"TLS12", "TLS13"}},
    {"max_version", kString, "", "TLS13", "TLS13", false, {"TLS12", "TLS13"}},
    {"cipher_suites", kStrings, "", "[TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]", "", false,
     {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
      "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
      "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
      "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
      "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}},
    {"prefer_server_cipher_suites", kBool, "", "true", "true"},
    {"curve_preferences", kStrings, "", "[X25519, CurveP256]", "", false, {"X25519", "CurveP256", "CurveP384", "CurveP521"}},
    {"cert", kLater, kInline},
    {"key", kLater, kInline},
    {"client_ca", kLater, kInline},
};

const std::vector<OptionSpec> kHttp = {{"http2", kBool, "", "false"}, {"headers", kBlock, ""}};

const std::vector<OptionSpec> kHeaders = {
    Header("Content-Security-Policy", "frame-ancestors 'none'"),
    Header("Strict-Transport-Security", "max-age=31536000"),
    Header("X-Content-Type-Options", "nosniff", {"nosniff"}),
    Header("X-Frame-Options", "deny", {"deny", "sameorigin"}),
    Header("X-XSS-Protection", "1"),
};

class WebConfigReader {
 public:
  WebConfigReader(std::filesystem::path folder, const FileReader& read, FaultList& faults) : folder_(std::move(folder)), read_(read), faults_(faults) {}

  WebAccess Read(const Node& root);

 private:
  TlsAccess ReadTls(const Node& node);
  void ReadClients(const Block& block, TlsAccess& tls);
  void ReadHttp(const Node& node, WebAccess& access);
  void ReadUsers(const Node& node, WebAccess& access);

  const std::filesystem::path folder_;
  const FileReader& read_;
  FaultList& faults_;
};

WebAccess WebConfigReader::Read(const Node& root) {
  WebAccess access;
  const Block top = ReadBlock(root, "the web configuration", {kTop}, faults_);
  if (const Node* node = top.At("tls_server_config")) access.tls = ReadTls(*node);
  if (const Node* node = top.At("http_server_config")) ReadHttp(*node, access);
  if (const Node* node = top.At(kUsers)) ReadUsers(*node, access);
  return access;
}

void WebConfigReader::ReadClients(const Block& block, TlsAccess& tls) {
  static constexpr std::pair<std::string_view, ClientCertificate> kTypes[] = {
      {"RequestClientCert", ClientCertificate::kAsked}, {"RequireClientCert", ClientCertificate::kAny}, {"RequireAnyClientCert", ClientCertificate::kAny},
      {"VerifyClientCertIfGiven", ClientCertificate::kVerifiedIfGiven}, {"RequireAndVerifyClientCert", ClientCertificate::kVerified}};
  if (block.Names("client_auth_type") && !block.Has("client_auth_type")) return;
  const std::string& type = block.options.String("client_auth_type");
  const auto* at = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& row) { return row.first == type; });
  if (at != std::end(kTypes)) tls.client = at->second;
  const bool verifies = tls.client == ClientCertificate::kVerified || tls.client == ClientCertificate::kVerifiedIfGiven;
  constexpr const char* kVerify = "add client_auth_type: RequireAndVerifyClientCert";
  if (verifies && !block.Names("client_ca_file"))
    faults_.Add(*block.At("client_auth_type"), "\"" + type + "\" needs \"client_ca_file\"", "name the authority of the clients' certificates");
  if (tls.client == ClientCertificate::kNone && block.Has("client_ca_file"))
    faults_.Add(*block.At("client_ca_file"), "\"client_ca_file\" without \"client_auth_type\" keeps nobody out", kVerify);
  if (tls.client != ClientCertificate::kVerified && block.Has("client_allowed_sans"))
    faults_.Add(*block.At("client_allowed_sans"), "\"client_allowed_sans\" keeps nobody out where no certificate is verified", kVerify);
}

TlsAccess WebConfigReader::ReadTls(const Node& node) {
  const Block block = ReadBlock(node, "\"tls_server_config\"", {kTls}, faults_);
  TlsAccess tls;
  tls.certificate_pem = ReadNamedFile(block, "cert_file", folder_, read_, faults_);
  tls.key_pem = ReadNamedFile(block, "key_file", folder_, read_, faults_);
  tls.client_ca_pem = ReadNamedFile(block, "client_ca_file", folder_, read_, faults_);
  ReadClients(block, tls);
  if (block.Has("client_allowed_sans")) tls.client_sans = block.options.Strings("client_allowed_sans");
  tls.least_version = block.options.String("min_version") == "TLS13" ? 13 : 12;
  tls.most_version = block.options.String("max_version") == "TLS12" ? 12 : 13;
  if (tls.least_version > tls.most_version) faults_.Add(*block.At("min_version"), "\"min_version\" is above \"max_version\"");
  if (block.Has("cipher_suites")) tls.cipher_suites = block.options.Strings("cipher_suites");
  const bool is_of_13 = std::none_of(tls.cipher_suites.begin(), tls.cipher_suites.end(), [](const std::string& suite) { return suite.find("_WITH_") != std::string::npos; });
  if (!tls.cipher_suites.empty() && is_of_13 && tls.least_version == 12)
    faults_.Add(*block.At("cipher_suites"), "\"cipher_suites\" names none of TLS 1.2, which is allowed", "add min_version: TLS13");
  tls.server_chooses = block.options.Bool("prefer_server_cipher_suites");
  if (!block.Has("curve_preferences")) return tls;
  for (const std::string& curve : block.options.Strings("curve_preferences")) tls.groups.push_back(curve.starts_with("CurveP") ? "P-" + curve.substr(6) : curve);
  return tls;
}

void WebConfigReader::ReadHttp(const Node& node, WebAccess& access) {
  const Block block = ReadBlock(node, "\"http_server_config\"", {kHttp}, faults_);
  if (block.Has("http2") && block.options.Bool("http2")) faults_.Add(*block.At("http2"), "HTTP/2 is not spoken here", "write http2: false, or leave the key out");
  const Node* headers = block.At("headers");
  if (!headers) return;
  const Block read = ReadBlock(*headers, "\"headers\"", {kHeaders}, faults_);
  for (const std::string& name : read.good) access.headers.emplace_back(name, read.options.String(name));
}

// "": it is one of bcrypt, which can be computed in bearable time.
std::string HashFault(const Node& node) {
  const std::string& hash = node.text;
  constexpr std::size_t kLength = 60;  // "$2b$10$", 22 characters of salt, 31 of hash
  const bool begins = hash.starts_with("$2a$") || hash.starts_with("$2b$") || hash.starts_with("$2y$");
  const auto in_hash = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '.' && c <= '9'); };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (node.kind != Node::Kind::kScalar || !begins || hash.size() != kLength) return "is not hashed with bcrypt";
  const bool whole = is_digit(hash[4]) && is_digit(hash[5]) && hash[6] == '$' && std::all_of(hash.begin() + 7, hash.end(), in_hash);
  if (!whole) return "is not hashed with bcrypt";
  const int cost = (hash[4] - '0') * 10 + hash[5] - '0';
  return cost >= 4 && cost <= kMostCost ? "" : "has a cost of bcrypt that is not from 4 to " + std::to_string(kMostCost);
}

void WebConfigReader::ReadUsers(const Node& node, WebAccess& access) {
  if (node.entries.empty()) return faults_.AddSecret(node, "\"basic_auth_users\" names nobody, and would let anybody in", "leave the key out, if that is meant");
  ForEachEntry(node, faults_, [&](const Node& key, const Node& value) {
    const std::size_t before = faults_.Count();
    IsGoodName(key, "a user", faults_);
    if (key.text.find(':') != std::string::npos) faults_.AddSecret(key, "a user's name can't have a colon", "a blank stands behind the colon that ends the name");
    const std::string fault = HashFault(value);
    const bool is_name = value.kind != Node::Kind::kNull && key.text.find(':') == std::string::npos;  // else a password may be in it
    if (!fault.empty()) faults_.AddSecret(value, "the password of " + (is_name ? "user " + Quoted(key.text) : std::string("a user")) + " " + fault, "write what htpasswd -nBC 10 \"\" prints after the colon");
    if (faults_.Count() == before) access.users.emplace_back(key.text, value.text);
  });
}

// From the first line of users, a hash or a key on nothing is shown: a fault of the grammar does not know what it stands in, nor
// does a key that is misspelt.
void HideSecrets(std::vector<Fault>& faults, std::string_view text) {
  constexpr std::string_view kMarks[] = {"user", "basic", "$2", "key:", "private key"};
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::size_t at = lower.size();
  for (const std::string_view mark : kMarks) at = std::min(at, lower.find(mark));
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  for (Fault& fault : faults) fault.secret = fault.secret || (at < text.size() && fault.line >= line);
}

}  // namespace

WebConfigResult ParseWebConfig(std::string_view text, const std::string& file, const FileReader& read) {
  WebConfigResult result;
  result.file = file;
  result.text = text;
  FaultList faults;
  const auto root = ParseTree(text, faults.All());
  if (root && root->kind == Node::Kind::kNull) faults.All().push_back({0, 0, "the file is empty", "a web configuration that says nothing is written {}"});
  std::optional<WebAccess> access;
  if (root) access = WebConfigReader(std::filesystem::path(file).parent_path(), read, faults).Read(*root);
  result.faults = faults.Take();
  CountColumns(result.faults, Lines(text));
  HideSecrets(result.faults, text);
  if (result.faults.empty()) result.access = std::move(access);
  return result;
}

WebConfigResult ReadWebConfig(const std::string& path) {
  const auto text = ReadFile(path);
  if (text) return ParseWebConfig(*text, path, ReadFile);
  WebConfigResult result;
  result.file = path;
  result.faults.push_back(CantBeRead(text.Message()));
  return result;
}

}  // namespace batchslo
