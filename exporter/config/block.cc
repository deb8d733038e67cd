#include "exporter/config/block.h"

#include <algorithm>
#include <charconv>

#include "exporter/core/nearest.h"
#include "exporter/core/zone.h"

namespace batchslo {
namespace {

std::string Joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

struct TypeText {
  OptionType type;
  std::string_view name;
};
constexpr TypeText kTypeTexts[] = {{OptionType::kString, "a text"},
                                   {OptionType::kBool, "true or false"},
                                   {OptionType::kInteger, "a whole number"},
                                   {OptionType::kDuration, "a duration like 90s, 1h30m or 2d"},
                                   {OptionType::kZone, "a time zone like Europe/Berlin"},
                                   {OptionType::kSecret, "{file: PATH} or {env: NAME}"},
                                   {OptionType::kStrings, "a list of texts"},
                                   {OptionType::kFile, "the path of a file"},
                                   {OptionType::kBlock, "a block of keys"}};

std::string TypeName(OptionType type) {
  const auto* found = std::find_if(std::begin(kTypeTexts), std::end(kTypeTexts), [&](const TypeText& t) { return t.type == type; });
  return std::string(found->name);
}

void WrongType(const Node& node, const OptionSpec& spec, FaultList& faults) {
  const std::string example = spec.example.empty() ? "" : "; for example " + std::string(spec.key) + ": " + std::string(spec.example);
  faults.Add(node, "\"" + std::string(spec.key) + "\" wants " + TypeName(spec.type) + ", not " + Describe(node), "expected " + TypeName(spec.type) + example);
}

bool CheckText(const Node& node, const OptionSpec& spec, std::string_view text, FaultList& faults) {
  if (!spec.allowed.empty() && std::find(spec.allowed.begin(), spec.allowed.end(), text) == spec.allowed.end()) {
    faults.Add(node, "\"" + std::string(spec.key) + "\" can't be \"" + std::string(text.substr(0, 100)) + "\"", Suggest(text, spec.allowed));
    return false;
  }
  const std::string fault = spec.fault ? spec.fault(text) : "";
  if (!fault.empty()) faults.Add(node, "\"" + std::string(spec.key) + "\": " + fault);
  return fault.empty();
}

OptionValue ReadText(const Node& node, const OptionSpec& spec, FaultList& faults) {
  if (node.kind != Node::Kind::kScalar) return WrongType(node, spec, faults), OptionValue{};
  if (node.text.empty()) return faults.Add(node, "\"" + std::string(spec.key) + "\" is empty", "leave the key out instead"), OptionValue{};
  if (!CheckText(node, spec, node.text, faults)) return {};
  return node.text;
}

OptionValue ReadBool(const Node& node, const OptionSpec& spec, FaultList& faults) {
  if (node.kind == Node::Kind::kScalar && !node.quoted && node.text == "true") return true;
  if (node.kind == Node::Kind::kScalar && !node.quoted && node.text == "false") return false;
  return WrongType(node, spec, faults), OptionValue{};
}

OptionValue ReadInteger(const Node& node, const OptionSpec& spec, FaultList& faults) {
  std::int64_t value = 0;
  const char* const end = node.text.data() + node.text.size();
  const auto [at, fault] = std::from_chars(node.text.data(), end, value);
  const bool padded = node.text.size() > 1 && node.text[0] == '0';
  if (node.kind != Node::Kind::kScalar || node.quoted || fault != std::errc{} || at != end || padded) {
    return WrongType(node, spec, faults), OptionValue{};
  }
  if (!CheckText(node, spec, node.text, faults)) return {};
  return value;
}

OptionValue ReadDuration(const Node& node, const OptionSpec& spec, FaultList& faults) {
  const auto duration = ParseDuration(node.text);
  if (node.kind != Node::Kind::kScalar || !duration) return WrongType(node, spec, faults), OptionValue{};
  if (!CheckText(node, spec, node.text, faults)) return {};
  return *duration;
}

OptionValue ReadZone(const Node& node, const OptionSpec& spec, FaultList& faults) {
  if (node.kind != Node::Kind::kScalar) return WrongType(node, spec, faults), OptionValue{};
  const auto zone = Zone::Find(node.text);
  if (!zone) return faults.Add(node, "\"" + std::string(spec.key) + "\": " + zone.Message()), OptionValue{};
  return node.text;
}

OptionValue ReadSecret(const Node& node, const OptionSpec& spec, FaultList& faults) {
  static constexpr std::string_view kHelp = "a secret never stands in the configuration: write {file: PATH} or {env: NAME}";
  const bool one = node.kind == Node::Kind::kMap && node.keys.size() == 1 && node.items.size() == 1 &&
                   node.items[0].kind == Node::Kind::kScalar && !node.items[0].text.empty();
  if (one && node.keys[0].text == "file") return SecretRef{node.items[0].text, ""};
  if (one && node.keys[0].text == "env") return SecretRef{"", node.items[0].text};
  faults.AddSecret(node, "\"" + std::string(spec.key) + "\" wants " + TypeName(spec.type), std::string(kHelp));
  return {};
}

OptionValue ReadStrings(const Node& node, const OptionSpec& spec, FaultList& faults) {
  if (node.kind != Node::Kind::kSequence) return WrongType(node, spec, faults), OptionValue{};
  std::vector<std::string> values;
  for (const Node& item : node.items) {
    if (item.kind != Node::Kind::kScalar || item.text.empty()) return WrongType(item, spec, faults), OptionValue{};
    if (!CheckText(item, spec, item.text, faults)) return {};
    if (std::find(values.begin(), values.end(), item.text) != values.end()) {
      return faults.Add(item, "\"" + std::string(spec.key) + "\" has \"" + item.text + "\" twice"), OptionValue{};
    }
    values.push_back(item.text);
  }
  return values;
}

const OptionSpec* FindSpec(const std::vector<std::span<const OptionSpec>>& tables, std::string_view key) {
  for (const auto table : tables) {
    for (const OptionSpec& spec : table) {
      if (spec.key == key) return &spec;
    }
  }
  return nullptr;
}

Node FallbackNode(const OptionSpec& spec) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.text = spec.fallback;
  return node;
}

void FillIn(Block& block, const OptionSpec& spec, std::string_view what, FaultList& faults) {
  if (block.node->Find(spec.key)) return;
  if (spec.required) {
    const std::string example = spec.example.empty() ? "" : "for example " + std::string(spec.key) + ": " + std::string(spec.example);
    faults.Add(*block.node, std::string(what) + " needs \"" + std::string(spec.key) + "\"", example);
  }
  if (!spec.fallback.empty() && spec.type != OptionType::kStrings) block.options.Set(std::string(spec.key), ReadValue(FallbackNode(spec), spec, faults));
}

void ReadKey(Block& block, std::size_t i, std::string_view what, const std::vector<std::span<const OptionSpec>>& tables, FaultList& faults) {
  const Node& key = block.node->keys[i];
  const OptionSpec* spec = FindSpec(tables, key.text);
  if (!spec) {
    std::vector<std::string_view> known;
    for (const auto table : tables) {
      for (const OptionSpec& row : table) {
        if (row.type != OptionType::kLater) known.push_back(row.key);
      }
    }
    return faults.Add(key, "unknown key \"" + key.text.substr(0, 100) + "\" in " + std::string(what), Suggest(key.text, known));
  }
  if (spec->type == OptionType::kLater) {
    return faults.Add(key, "this version does not have \"" + key.text + "\" yet", std::string(spec->help));
  }
  if (spec->type != OptionType::kBlock) {
    OptionValue value = ReadValue(block.node->items[i], *spec, faults);
    if (std::holds_alternative<std::monostate>(value)) return;
    block.options.Set(key.text, std::move(value));
  }
  block.good.push_back(key.text);
}

}  // namespace

std::vector<Fault> FaultList::Take() {
  std::stable_sort(faults_.begin(), faults_.end(), [](const Fault& a, const Fault& b) { return std::pair(a.line, a.column) < std::pair(b.line, b.column); });
  faults_.erase(std::unique(faults_.begin(), faults_.end()), faults_.end());
  return std::move(faults_);
}

const Node* Block::At(std::string_view key) const {
  return std::find(good.begin(), good.end(), key) == good.end() ? nullptr : node->Find(key);
}

std::string Suggest(std::string_view word, const std::vector<std::string_view>& known) {
  const std::string_view nearest = Nearest(word, known);
  const std::string guess = nearest.empty() ? "" : "did you mean \"" + std::string(nearest) + "\"? ";
  return known.empty() ? guess : guess + "allowed: " + Joined(known);
}

std::string Describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull: return "nothing";
    case Node::Kind::kSequence: return "a list";
    case Node::Kind::kMap: return "a block of keys";
    case Node::Kind::kScalar: break;
  }
  return (node.quoted ? "the text \"" : "\"") + node.text.substr(0, 60) + "\"";
}

bool IsMap(const Node& node, std::string_view what, FaultList& faults) {
  if (node.kind == Node::Kind::kMap || node.kind == Node::Kind::kNull) return true;
  faults.Add(node, std::string(what) + " wants a block of keys, not " + Describe(node));
  return false;
}

OptionValue ReadValue(const Node& node, const OptionSpec& spec, FaultList& faults) {
  switch (spec.type) {
    case OptionType::kString:
    case OptionType::kFile: return ReadText(node, spec, faults);
    case OptionType::kBool: return ReadBool(node, spec, faults);
    case OptionType::kInteger: return ReadInteger(node, spec, faults);
    case OptionType::kDuration: return ReadDuration(node, spec, faults);
    case OptionType::kZone: return ReadZone(node, spec, faults);
    case OptionType::kSecret: return ReadSecret(node, spec, faults);
    case OptionType::kStrings: return ReadStrings(node, spec, faults);
    case OptionType::kBlock:
    case OptionType::kLater: break;
  }
  return {};
}

Block ReadBlock(const Node& node, std::string_view what, std::vector<std::span<const OptionSpec>> tables, FaultList& faults) {
  Block block;
  block.node = &node;
  if (!IsMap(node, what, faults)) return block;
  for (std::size_t i = 0; i < node.items.size() && i < node.keys.size(); ++i) ReadKey(block, i, what, tables, faults);
  for (const auto table : tables) {
    for (const OptionSpec& spec : table) FillIn(block, spec, what, faults);
  }
  return block;
}

}  // namespace batchslo
