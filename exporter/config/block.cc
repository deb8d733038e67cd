#include "exporter/config/block.h"

#include <algorithm>
#include <cctype>

#include "exporter/config/option_value.h"
#include "exporter/config/text.h"
#include "exporter/core/nearest.h"

namespace batchslo {
namespace {

constexpr std::size_t kMostNameBytes = 200;

const OptionSpec* FindSpec(const KeyTables& tables, std::string_view key) {
  for (const auto table : tables) {
    for (const OptionSpec& spec : table) {
      if (spec.key == key) return &spec;
    }
  }
  return nullptr;
}

std::vector<std::string_view> KnownKeys(const KeyTables& tables) {
  std::vector<std::string_view> known;
  for (const auto table : tables) {
    for (const OptionSpec& spec : table) {
      if (spec.type != OptionType::kLater) known.push_back(spec.key);
    }
  }
  return known;
}

bool HoldsSecrets(const KeyTables& tables) {
  return std::any_of(tables.begin(), tables.end(), [](const auto& table) {
    return std::any_of(table.begin(), table.end(),
                       [](const OptionSpec& spec) { return spec.type == OptionType::kSecret; });
  });
}

bool IsWord(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.'; });
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
    const std::string example =
        spec.example.empty() ? "" : "for example " + std::string(spec.key) + ": " + std::string(spec.example);
    faults.Add(*block.node, std::string(what) + " needs \"" + std::string(spec.key) + "\"", example);
  }
  const bool has_value = !spec.fallback.empty() && spec.type != OptionType::kStrings && spec.type != OptionType::kBlock;
  if (has_value) block.options.Set(std::string(spec.key), ReadValue(FallbackNode(spec), spec, faults));
}

void ReadKey(Block& block, const Node& key, const Node& value, std::string_view what, const KeyTables& tables,
             FaultList& faults) {
  const OptionSpec* spec = FindSpec(tables, key.text);
  if (!spec) {
    const auto known = KnownKeys(tables);
    if (HoldsSecrets(tables)) return AddUnknownBySecrets({key, value}, what, known, faults);
    return faults.Add(key, "unknown key " + Quoted(key.text) + " in " + std::string(what), Suggest(key.text, known));
  }
  if (spec->type == OptionType::kLater) {
    return faults.Add(key, "this version does not have \"" + key.text + "\" yet", std::string(spec->help));
  }
  if (value.bad) return;
  if (spec->type != OptionType::kBlock) {
    OptionValue read = ReadValue(value, *spec, faults);
    if (std::holds_alternative<std::monostate>(read)) return;
    block.options.Set(key.text, std::move(read));
  } else if (!IsMap(value, "\"" + key.text + "\"", faults)) {
    return;
  }
  block.good.push_back(key.text);
}

}  // namespace

void FaultList::Add(const Node& at, std::string message, std::string help) {
  if (!at.bad) faults_.push_back({at.line, at.column, std::move(message), std::move(help)});
}

void FaultList::AddSecret(const Node& at, std::string message, std::string help) {
  if (!at.bad) faults_.push_back({at.line, at.column, std::move(message), std::move(help), true});
}

bool FaultList::IsFull() {
  if (is_full_ || faults_.size() <= kMostFaults) return is_full_;
  faults_.push_back({0, 0, "there are more than " + std::to_string(kMostFaults) + " faults, and the rest was not read", "mend the first ones"});
  return is_full_ = true;
}

std::vector<Fault> FaultList::Take() {
  const auto place = [](const Fault& fault) { return std::pair(fault.line, fault.column); };
  std::stable_sort(faults_.begin(), faults_.end(), [&](const Fault& a, const Fault& b) { return place(a) < place(b); });
  faults_.erase(std::unique(faults_.begin(), faults_.end()), faults_.end());
  return std::move(faults_);
}

const Node* Block::At(std::string_view key) const {
  return std::find(good.begin(), good.end(), key) == good.end() ? nullptr : node->Find(key);
}

std::string Suggest(std::string_view word, const std::vector<std::string_view>& known) {
  if (known.empty()) return "";
  const std::string_view nearest = Nearest(word, known);
  std::string text = nearest.empty() ? "" : "did you mean \"" + std::string(nearest) + "\"? ";
  for (const std::string_view one : known) text += (one == known.front() ? "allowed: " : ", ") + std::string(one);
  return text;
}

void AddUnknownBySecrets(const Node::Entry& entry, std::string_view what, const std::vector<std::string_view>& known, FaultList& faults) {
  const auto& [key, value] = entry;
  const bool is_key = !Nearest(key.text, known).empty() || (IsWord(key.text) && value.kind != Node::Kind::kNull);
  faults.AddSecret(key, "unknown key " + (is_key ? Quoted(key.text) + " " : "") + "in " + std::string(what), Suggest(key.text, known));
}

std::string Quoted(std::string_view text) {
  constexpr std::size_t kMost = 100;
  return "\"" + std::string(CutUtf8(text, kMost)) + (text.size() > kMost ? "...\"" : "\"");
}

std::string Describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "an empty value";
    case Node::Kind::kSequence:
      return "a list";
    case Node::Kind::kMap:
      return "a block of keys";
    case Node::Kind::kScalar:
      break;
  }
  return (node.quoted ? "the text " : "") + Quoted(node.text);
}

// A scalar is not repeated: somebody may have put a secret where the block belongs.
bool IsMap(const Node& node, std::string_view what, FaultList& faults) {
  if (node.kind == Node::Kind::kMap || node.kind == Node::Kind::kNull) return true;
  faults.Add(
      node,
      std::string(what) + " wants a block of keys, not " + (node.kind == Node::Kind::kScalar ? "a text" : "a list"),
      "write one \"key: value\" a line below it, or {key: value}");
  return false;
}

void ForEachEntry(const Node& map, FaultList& faults, const std::function<void(const Node& key, const Node& value)>& visit) {
  for (const auto& [key, value] : map.entries) {
    if (faults.IsFull()) return;
    if (!key.bad) visit(key, value);
  }
}

bool IsGoodName(const Node& key, std::string_view what, FaultList& faults) {
  // U+0080 to U+009F are control characters, too.
  bool has_control =
      std::any_of(key.text.begin(), key.text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  for (std::size_t i = 0; i + 1 < key.text.size(); ++i)
    has_control = has_control || (key.text[i] == '\xc2' && static_cast<unsigned char>(key.text[i + 1]) < 0xa0);
  const std::string_view invisible = FindInvisible(key.text);
  if (!invisible.empty() && !has_control) {
    faults.Add(key, std::string(what) + " has the invisible character " + CodePointName(CodePointAt(invisible, 0)) + " in its name", "take it out: it lets the name show as another");
    return false;
  }
  if (!key.text.empty() && key.text.size() <= kMostNameBytes && !has_control) return true;
  faults.Add(key,
             std::string(what) + (key.text.empty() ? " has no name"
                                  : has_control    ? " has a control character in its name"
                                                   : " has a name that is too long"),
             "use at most 200 bytes of plain text");
  return false;
}

Block ReadBlock(const Node& node, std::string_view what, const KeyTables& tables, FaultList& faults) {
  Block block;
  block.node = &node;
  if (node.bad) return block;
  const bool is_list = node.kind == Node::Kind::kSequence;
  if ((is_list || node.kind == Node::Kind::kScalar) && HoldsSecrets(tables)) {
    faults.AddSecret(node, std::string(what) + " wants a block of keys, not a " + (is_list ? "list" : "text"), Suggest("", KnownKeys(tables)));
    return block;
  }
  if (!IsMap(node, what, faults)) return block;
  ForEachEntry(node, faults, [&](const Node& key, const Node& value) { ReadKey(block, key, value, what, tables, faults); });
  for (const auto table : tables) {
    for (const OptionSpec& spec : table) FillIn(block, spec, what, faults);
  }
  return block;
}

}  // namespace batchslo
