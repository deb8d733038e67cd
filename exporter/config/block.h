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
  void Add(const Node& at, std::string message, std::string help = {}) { faults_.push_back({at.line, at.column, std::move(message), std::move(help)}); }
  void AddSecret(const Node& at, std::string message, std::string help) {
    faults_.push_back({at.line, at.column, std::move(message), std::move(help), true});
  }
  std::vector<Fault> Take();  // by line
  std::vector<Fault>& All() { return faults_; }

 private:
  std::vector<Fault> faults_;
};

// A map of the file, read by its table of keys: unknown keys, wrong types and values, and missing required keys become
// faults; the good values are kept.
struct Block {
  const Node* node = nullptr;
  Options options;
  // The node of a key that stands in the file and has the right type; null otherwise.
  const Node* At(std::string_view key) const;
  bool Has(std::string_view key) const { return At(key) != nullptr; }
  std::vector<std::string> good;  // keys
};

// `what` names the block in messages: "job \"a/b\"". `tables` are read as one.
Block ReadBlock(const Node& node, std::string_view what, std::vector<std::span<const OptionSpec>> tables, FaultList& faults);

// One value by its row. Monostate: a fault was added.
OptionValue ReadValue(const Node& node, const OptionSpec& spec, FaultList& faults);

// "did you mean ...?", then what is allowed.
std::string Suggest(std::string_view word, const std::vector<std::string_view>& known);

std::string Describe(const Node& node);  // "a list", "the text \"x\""

// Whether `node` is a map with only plain keys; adds a fault otherwise. Null counts as an empty map.
bool IsMap(const Node& node, std::string_view what, FaultList& faults);

}  // namespace batchslo
