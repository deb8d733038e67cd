// Tested by tests/config/registries_test.cc.
#include "exporter/config/registries.h"

#include <algorithm>

#include "exporter/config/keys.h"
#include "exporter/core/fnv.h"
#include "exporter/net/http.h"

namespace batchslo {
namespace {

constexpr std::string_view kKinds[] = {"csv", "sheets"};

bool NamesUser(std::string_view url) {
  const std::size_t scheme = url.find("://");
  return scheme != std::string_view::npos && url.substr(scheme + 3, url.find_first_of("/?#", scheme + 3) - scheme - 3).find('@') != std::string_view::npos;
}

// Reads one registry.
class RegistryReader {
 public:
  RegistryReader(const std::filesystem::path& folder, FaultList& faults) : folder_(folder), faults_(faults) {}

  RegistryDef Read(const Node& key, const Node& node) {
    RegistryDef def;
    def.name = key.text;
    const std::string what = "registry " + Quoted(key.text);
    const Block block = ReadBlock(node, what, {KeysOf(BlockKind::kRegistry)}, faults_);
    if (node.kind != Node::Kind::kMap && node.kind != Node::Kind::kNull) return def;
    def.poll_interval = block.options.Time("poll_interval");
    def.timeout = block.options.Time("timeout");
    const auto named = [&](std::string_view kind) { return block.Names(kind); };
    if (std::count_if(std::begin(kKinds), std::end(kKinds), named) != 1) {
      faults_.Add(key, what + " wants one of csv and sheets", "for example csv: {file: jobs.csv}");
      return def;
    }
    def.kind = *std::find_if(std::begin(kKinds), std::end(kKinds), named);
    if (const Node* own = block.At(def.kind)) def.kind == "csv" ? ReadCsv(*own, def) : ReadSheets(*own, def);
    return def;
  }

 private:
  void ReadSheets(const Node& node, RegistryDef& def) { def.options = ReadBlock(node, "\"sheets\"", {KeysOf(BlockKind::kSheets)}, faults_).options; }

  void ReadCsv(const Node& node, RegistryDef& def) {
    const Block block = ReadBlock(node, "\"csv\"", {KeysOf(BlockKind::kCsv)}, faults_);
    def.options = block.options;
    if (block.Names("file") == block.Names("url")) return faults_.Add(node, "\"csv\" wants one of file and url", "for example csv: {file: jobs.csv}");
    if (block.Has("file")) def.options.Set("file", (folder_ / block.options.String("file")).string());
    block.Names("file") ? CheckAlone(block) : CheckUrl(block);
  }

  void CheckAlone(const Block& block) {
    for (const std::string_view key : {"bearer_token", "username", "password", "redirect_hosts"}) {
      if (block.Has(key)) faults_.Add(*block.At(key), "\"" + std::string(key) + "\" belongs to \"url\", and there is none");
    }
  }

  // Who we are is told only where nobody else can read it.
  void CheckUrl(const Block& block) {
    if (!block.Has("url")) return;
    const Node& url = *block.At("url");
    const bool has_token = block.Names("bearer_token"), has_user = block.Names("username");
    if (NamesUser(url.text)) return faults_.AddSecret(url, "\"url\" has a user in it", "write username and password beside it");
    if (has_user != block.Names("password")) faults_.Add(*block.node, "\"username\" and \"password\" belong together");
    if (has_token && has_user) faults_.Add(*block.node, "\"bearer_token\" and \"username\" exclude each other");
    if ((has_token || has_user) && !IsPrivateUrl(url.text)) faults_.Add(url, "\"url\": a password or a token is not sent over http", "write https");
  }

  const std::filesystem::path& folder_;
  FaultList& faults_;
};

}  // namespace

std::vector<RegistryDef> ReadRegistries(const Node& node, const std::filesystem::path& folder, FaultList& faults) {
  std::vector<RegistryDef> defs;
  RegistryReader reader(folder, faults);
  ForEachEntry(node, faults, [&](const Node& key, const Node& value) {
    if (IsGoodName(key, "a registry", faults)) defs.push_back(reader.Read(key, value));
  });
  return defs;
}

std::string RedirectHostFault(std::string_view text) {
  const std::string_view name = text.starts_with("*.") ? text.substr(2) : text;
  const auto is_good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
  const bool good = name.find('.') != std::string_view::npos && !name.starts_with('.') && !name.ends_with('.') && std::all_of(name.begin(), name.end(), is_good);
  return good ? "" : Quoted(text) + " is no name of a host; write it in lower case, like files.example.com or *.example.com";
}

std::uint64_t PlaceOf(const RegistryDef& registry) {
  Fnv1a<std::uint64_t> hash;
  hash.Field(registry.kind);
  for (const std::string_view key : {"file", "url", "spreadsheet", "range"}) hash.Field(registry.options.String(key));
  return hash.Value();
}

}  // namespace batchslo
