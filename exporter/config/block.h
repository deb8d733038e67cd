#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/tree.h"
#include "exporter/core/option.h"

namespace batchslo {

// The faults of one file, with the ways in which they arise.
class FaultList {
 public:
  // A node whose fault is told already gets no second one.
  void Add(const Node& at, std::string message, std::string help = {});
  void AddSecret(const Node& at, std::string message, std::string help);  // the line is not shown
  std::vector<Fault> Take();                                              // by line
  std::vector<Fault>& All() { return faults_; }
  std::size_t Count() const { return faults_.size(); }
  // There are more than anybody reads, and a fault says so: what comes next need not be read.
  bool IsFull();

 private:
  std::vector<Fault> faults_;
  bool is_full_ = false;
};

using KeyTables = std::vector<std::span<const OptionSpec>>;

// A map of the file, read by its table of keys: unknown keys, wrong types and values, and missing required keys become
// faults; the good values are kept, defaults filled in.
struct Block {
  const Node* node = nullptr;
  Options options;
  // The node of a key that stands in the file and has a good value; null otherwise.
  const Node* At(std::string_view key) const;
  bool Has(std::string_view key) const { return At(key) != nullptr; }
  // The key stands in the file, whatever its value.
  bool Names(std::string_view key) const { return node->kind == Node::Kind::kMap && node->Find(key) != nullptr; }
  std::vector<std::string> good;  // keys
};

// `what` names the block in messages: `job "a/b"`. `tables` are read as one.
Block ReadBlock(const Node& node, std::string_view what, const KeyTables& tables, FaultList& faults);

// "did you mean ...?", then what is allowed.
std::string Suggest(std::string_view word, const std::vector<std::string_view>& known);

// Tells of a key that is none of `known`, where secrets stand. Its line is not shown; nor is what has no value or is no word, for
// "password:abc" and "password abc" are such keys.
void AddUnknownBySecrets(const Node::Entry& entry, std::string_view what, const std::vector<std::string_view>& known, FaultList& faults);

// The text in quotes, cut where it is long.
std::string Quoted(std::string_view text);

std::string Describe(const Node& node);  // "a list", "the text \"x\""

// Whether `node` is a map; adds a fault otherwise. Null counts as an empty map.
bool IsMap(const Node& node, std::string_view what, FaultList& faults);

// Each key of a map by name with its value, but those whose fault is told already; as long as there is room for faults.
void ForEachEntry(const Node& map, FaultList& faults, const std::function<void(const Node& key, const Node& value)>& visit);

// A name that people gave: not empty, at most 200 bytes, no control characters, none that is invisible. False: a fault was added.
bool IsGoodName(const Node& key, std::string_view what, FaultList& faults);

}  // namespace batchslo
