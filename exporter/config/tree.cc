#include "exporter/config/tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <sstream>
#include <unordered_set>

namespace batchslo {
namespace {

constexpr std::size_t kMostBytes = 10'000'000, kMostNodes = 100'000, kMostLevels = 50;

struct Stop {};  // ends the parse after a fault that leaves nothing to read on

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(Node& root, std::vector<Fault>& faults) : root_(root), faults_(faults) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { Put(mark, anchor, "", Node::Kind::kNull); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Complain(mark, "an alias", "write the value out: anchors and aliases are not allowed here");
    throw Stop{};
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    Node& node = Put(mark, anchor, tag, Node::Kind::kScalar);
    node.text = value;
    node.quoted = tag == "!";
    if (is_key_) CheckKey(node);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    Open(mark, anchor, tag, Node::Kind::kSequence);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    Open(mark, anchor, tag, Node::Kind::kMap);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Level {
    Node* node;
    bool wants_value = false;  // of a map: its key is there
    std::unordered_set<std::string> keys;
  };

  void Complain(const YAML::Mark& mark, std::string message, std::string help) {
    faults_.push_back({mark.line + 1, mark.column + 1, std::move(message), std::move(help)});
  }

  Node& Put(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag, Node::Kind kind) {
    if (anchor != 0) {
      Complain(mark, "an anchor", "write the value out: anchors and aliases are not allowed here");
      throw Stop{};
    }
    if (!tag.empty() && tag != "?" && tag != "!") Complain(mark, "a tag \"" + tag + "\"", "tags are not allowed here");
    if (++nodes_ > kMostNodes) {
      Complain(mark, "the file has more than 100000 values", "split it, or look for a mistake that repeats them");
      throw Stop{};
    }
    Node& node = Slot(mark, kind);
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }

  Node& Slot(const YAML::Mark& mark, Node::Kind kind) {
    is_key_ = false;
    if (levels_.empty()) return root_;
    Level& level = levels_.back();
    if (level.node->kind == Node::Kind::kSequence) return level.node->items.emplace_back();
    is_key_ = !level.wants_value;
    level.wants_value = is_key_;
    if (!is_key_) return level.node->items.emplace_back();
    if (kind != Node::Kind::kScalar) {
      Complain(mark, "a key that is not a plain word", "quote it if it has special characters");
      throw Stop{};
    }
    return level.node->keys.emplace_back();
  }

  void CheckKey(const Node& key) {
    if (key.text == "<<" && !key.quoted) faults_.push_back({key.line, key.column, "a merge key", "write the values out: << is not allowed here"});
    if (!levels_.back().keys.insert(key.text).second) {
      faults_.push_back({key.line, key.column, "duplicate key \"" + key.text + "\"", "each key may stand once in a block"});
    }
  }

  void Open(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag, Node::Kind kind) {
    if (levels_.size() >= kMostLevels) {
      Complain(mark, "nested more than 50 levels deep", "no configuration needs that");
      throw Stop{};
    }
    Node& node = Put(mark, anchor, tag, kind);
    levels_.push_back({&node, false, {}});
  }

  void Close() { levels_.pop_back(); }

  Node& root_;
  std::vector<Fault>& faults_;
  std::vector<Level> levels_;
  std::size_t nodes_ = 0;
  bool is_key_ = false;
};

bool IsUtf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t more = lead < 0x80 ? 0 : lead >= 0xc2 && lead < 0xe0 ? 1 : lead >= 0xe0 && lead < 0xf0 ? 2 : lead >= 0xf0 && lead < 0xf5 ? 3 : 4;
    if (more == 4 || i + more >= text.size() + (more == 0 ? 1 : 0)) return false;
    for (std::size_t k = 1; k <= more; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    }
    i += more + 1;
  }
  return true;
}

bool Acceptable(std::string_view text, std::vector<Fault>& faults) {
  if (text.size() > kMostBytes) faults.push_back({0, 0, "the file is larger than 10 MB", "no configuration needs that"});
  if (text.find('\0') != std::string_view::npos) faults.push_back({0, 0, "the file has a NUL byte", "is it a text file in UTF-8?"});
  if (faults.empty() && !IsUtf8(text)) faults.push_back({0, 0, "the file is not UTF-8", "save it as UTF-8"});
  return faults.empty();
}

}  // namespace

const Node* Node::Find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size() && i < items.size(); ++i) {
    if (keys[i].text == key) return &items[i];
  }
  return nullptr;
}

Node ParseTree(std::string_view text, std::vector<Fault>& faults) {
  Node root;
  if (!Acceptable(text, faults)) return root;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder(root, faults);
    parser.HandleNextDocument(builder);
    Node second;
    std::vector<Fault> ignored;
    TreeBuilder rest(second, ignored);
    if (parser.HandleNextDocument(rest) && second.line > 0) {
      faults.push_back({second.line, second.column, "a second document", "one file is one configuration: remove the ---"});
    }
  } catch (const Stop&) {
  } catch (const YAML::ParserException& e) {
    faults.push_back({std::max(e.mark.line, 0) + 1, std::max(e.mark.column, 0) + 1, "this is no YAML: " + e.msg,
                      "check the indentation, the quotes and the colons around here"});
  } catch (const std::exception&) {
    faults.push_back({0, 0, "this is no YAML", "check the indentation, the quotes and the colons"});
  }
  return root;
}

}  // namespace batchslo
