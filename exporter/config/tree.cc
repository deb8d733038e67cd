#include "exporter/config/tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <istream>
#include <unordered_set>

#include "exporter/config/feed.h"
#include "exporter/config/text.h"

namespace batchslo {
namespace {

constexpr std::size_t kMostNodes = 5'000'000, kMostLevels = 50;
constexpr std::size_t kMostKeyBytes = 1024;  // yaml-cpp's
constexpr std::string_view kLongKey = "a key of more than 1024 bytes",
                           kShorten = "a name, like that of a job, has at most 200 bytes";
constexpr std::string_view kWriteOut = "write the value out, or quote it if it only begins with & or *";

struct Stop {};  // ends the parse after a fault that leaves nothing to read on

// The end of a file closes a quote for yaml-cpp.
bool IsClosed(std::string_view quoted) {
  const char quote = quoted.empty() ? ' ' : quoted[0];
  if (quote != '"' && quote != '\'') return true;
  for (std::size_t i = 1; i < quoted.size(); ++i) {
    if (quoted[i] == '\\' && quote == '"') {
      ++i;
    } else if (quoted[i] == quote) {
      return true;
    }
  }
  return false;
}

// yaml-cpp does not take it for a key, and complains of what comes after it.
bool IsLongKey(std::string_view text) {
  text = text.substr(0, kMostKeyBytes + 2);  // where a shorter one has its colon and what follows that
  return text.size() == kMostKeyBytes + 2 && text.find('\n') == std::string_view::npos && text.find(": ") == std::string_view::npos;
}

bool HasControlCharacter(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return (c < 0x20 && c != '\t' && c != '\n') || c == 0x7f; });
}

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, Feed& feed, Node& root, std::vector<Fault>& faults, const OneByOne& apart)
      : lines_(text), feed_(feed), root_(root), faults_(faults), apart_(apart) {}

  // What comes after the last value was read too far without another one.
  void OnTooFar() {
    faults_.push_back({line_, column_, "more than 10 MB without an end after this",
                       "close the bracket or the quote, or write the keys of a long block on lines of their own"});
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    PlaceNull(Put(mark, anchor, "", Node::Kind::kNull));
    HandOver();
  }

  void PlaceNull(Node& node) {
    if (is_key_ || levels_.empty() || levels_.back().node->kind != Node::Kind::kMap) return;
    // A value that is left out has the place of whatever comes next: its key says more.
    const Node& key = levels_.back().node->entries.back().key;
    const std::string_view written = lines_.From(node.line, node.column).substr(0, 1);
    if (node.line == key.line && (written == "~" || written == "n" || written == "N")) return;
    node.line = key.line;
    node.column = key.column;
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Node& node = Put(mark, 0, "", Node::Kind::kScalar);
    Complain(node, "aliases are not allowed", std::string(kWriteOut));
    HandOver();
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node& node = Put(mark, anchor, tag, Node::Kind::kScalar);
    node.text = value;
    node.quoted = tag == "!";
    if (node.quoted && !IsClosed(lines_.From(node.line, node.column)))
      Complain(node, "the quote is not closed", "close it");
    if (HasControlCharacter(value)) Complain(node, "control characters are not allowed", "take it out of the text");
    if (is_key_) CheckKey(node);
    HandOver();
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, anchor, tag, Node::Kind::kSequence);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(mark, anchor, tag, Node::Kind::kMap);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Level {
    Node* node;
    bool wants_value = false;  // of a map: its key is there
    std::unordered_set<std::string> keys;
  };

  void Complain(Node& node, std::string message, std::string help) {
    if (!node.bad) faults_.push_back({node.line, node.column, std::move(message), std::move(help)});
    node.bad = true;
    if (faults_.size() > kMostFaults) throw Stop{};
  }

  void Refuse(Node& node, std::string message, std::string help) {
    Complain(node, std::move(message), std::move(help));
    throw Stop{};
  }

  Node& Put(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag, Node::Kind kind) {
    Node& node = Slot();
    node.kind = kind;
    node.line = line_ = mark.line + 1;
    node.column = column_ = mark.column + 1;
    feed_.Heard();
    if (++nodes_ > kMostNodes)
      Refuse(node, "the file has more than five million values", "split it, or look for a mistake that repeats them");
    if (anchor != 0) Complain(node, "anchors are not allowed", std::string(kWriteOut));
    if (!tag.empty() && tag != "?" && tag != "!")
      Complain(node, "tags are not allowed", "leave it out, or quote the value if it only begins with !");
    if (is_key_ && kind == Node::Kind::kNull && IsLongKey(lines_.From(node.line, node.column)))
      Refuse(node, std::string(kLongKey), std::string(kShorten));
    if (is_key_ && kind != Node::Kind::kScalar)
      Complain(node, "a key that is not a plain word", "quote it if it has special characters");
    return node;
  }

  // Where the next node goes. The parents' vectors do not grow while a child is open, so pointers to open ones hold.
  Node& Slot() {
    is_key_ = false;
    if (levels_.empty()) return root_;
    Level& level = levels_.back();
    std::vector<Node::Entry>& entries = level.node->entries;
    if (level.node->kind == Node::Kind::kSequence) return entries.emplace_back().value;
    is_key_ = !level.wants_value;
    level.wants_value = is_key_;
    return is_key_ ? entries.emplace_back().key : entries.back().value;
  }

  void CheckKey(Node& key) {
    if (key.text == "<<" && !key.quoted)
      Complain(key, "merge keys are not allowed", "write the values out instead of <<");
    if (!key.bad && !levels_.back().keys.insert(key.text).second) {
      Complain(key, "duplicate key \"" + std::string(CutUtf8(key.text, 100)) + "\"",
               "each key may stand once in a block");
    }
  }

  void Open(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag, Node::Kind kind) {
    Node& node = Put(mark, anchor, tag, kind);
    if (levels_.size() >= kMostLevels) Refuse(node, "nested more than 50 levels deep", "no configuration needs that");
    levels_.push_back({&node, false, {}});
  }

  void Close() {
    levels_.pop_back();
    HandOver();
  }

  // After each value: one that stands right in the block that is taken apart goes.
  void HandOver() {
    if (!apart_.take || levels_.size() != 2 || levels_[1].node->kind != Node::Kind::kMap || levels_[1].wants_value) return;
    if (root_.kind != Node::Kind::kMap || root_.entries.back().key.bad || root_.entries.back().key.text != apart_.key) return;
    std::vector<Node::Entry>& entries = levels_[1].node->entries;
    const Node::Entry complete = std::move(entries.back());
    entries.pop_back();
    apart_.take(root_, complete);
  }

  Lines lines_;
  Feed& feed_;
  Node& root_;
  std::vector<Fault>& faults_;
  const OneByOne& apart_;
  std::vector<Level> levels_;
  std::size_t nodes_ = 0;
  int line_ = 1, column_ = 1;  // of the last value
  bool is_key_ = false;
};

// Only notes that there is something.
class SecondDocument : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override { line = mark.line + 1; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    throw Stop{};
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    throw Stop{};
  }
  void OnMapEnd() override {}
  int line = 1;
};

bool HasSecondDocument(YAML::Parser& parser, SecondDocument& second) {
  try {
    return parser.HandleNextDocument(second);
  } catch (const Stop&) {
    return true;
  }
}

// What yaml-cpp says of the usual slips, and what to do about them.
struct Slip {
  std::string_view said, message, help;
};
constexpr Slip kSlips[] = {
    {"the referenced anchor is not defined", "a value can't begin with *", "quote it, like schedule: \"*/5 * * * *\""},
    {"unexpected character in block scalar", "a value can't begin with > or |", "quote it, like rows: \">= 1000\""},
    {"unknown token", "a value can't begin with this character", "quote the value"},
    {"illegal tab when looking for indentation", "a tab is no indentation", "indent with spaces"},
    {"illegal map value", "a second colon in one value",
     "quote the value if it has a colon, and check the indentation"},
};

Fault SyntaxFault(const YAML::ParserException& e, const Lines& lines) {
  Fault fault{std::max(e.mark.line, 0) + 1, std::max(e.mark.column, 0) + 1, "this is no YAML: " + e.msg,
              "check the indentation, the quotes and the colons around here"};
  const std::string_view line = lines.Line(fault.line);
  const std::size_t tab = line.find('\t');
  if (tab != std::string_view::npos && line.find_first_not_of(" \t") > tab) {
    return {fault.line, static_cast<int>(tab) + 1, "this is no YAML: a tab is no indentation", "indent with spaces"};
  }
  const std::size_t key = line.find_first_not_of("- ");
  if (e.msg == YAML::ErrorMsg::MAP_VALUE && key != std::string_view::npos && IsLongKey(line.substr(key)))
    return {fault.line, static_cast<int>(key) + 1, std::string(kLongKey), std::string(kShorten)};
  const auto* slip = std::find_if(std::begin(kSlips), std::end(kSlips), [&](const Slip& s) { return s.said == e.msg; });
  if (slip == std::end(kSlips)) return fault;
  fault.message = "this is no YAML: " + std::string(slip->message);
  fault.help = slip->help;
  return fault;
}

}  // namespace

const Node* Node::Find(std::string_view key) const {
  const auto at = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.key.text == key && !entry.key.bad; });
  return at == entries.end() ? nullptr : &at->value;
}

std::optional<Node> ParseTree(std::string_view text, std::vector<Fault>& faults) { return ParseTree(text, faults, {}); }

std::optional<Node> ParseTree(std::string_view text, std::vector<Fault>& faults, const OneByOne& apart) {
  if (!CheckText(text, faults)) return std::nullopt;
  Node root;
  Feed feed(text);
  TreeBuilder builder(text, feed, root, faults, apart);
  try {
    std::istream stream(&feed);
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    SecondDocument second;
    if (HasSecondDocument(parser, second))
      faults.push_back(
          {second.line, 1, "a second document is not allowed", "one file is one configuration: remove the ---"});
    return root;
  } catch (const Stop&) {
  } catch (const Feed::TooFar&) {
    builder.OnTooFar();
  } catch (const YAML::ParserException& e) {
    faults.push_back(SyntaxFault(e, Lines(text)));
  } catch (const std::exception&) {
    faults.push_back({0, 0, "this is no YAML", "check the indentation, the quotes and the colons"});
  }
  return std::nullopt;
}

}  // namespace batchslo
