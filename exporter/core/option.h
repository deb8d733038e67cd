#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "exporter/core/time.h"

namespace batchslo {

// Where a secret is to be read from; never the secret itself. Exactly one is set. Prints as "<secret>".
struct SecretRef {
  std::string file, env;
  bool operator==(const SecretRef&) const = default;
};

enum class OptionType : std::uint8_t {
  kString, kBool, kInteger, kDuration, kZone, kSecret, kStrings, kFile,
  kBlock,  // a map with a table of its own, read by code
  kLater,  // a word of the language that this version refuses, saying so
};

// One key that people may write: the table rows that feed the parser, config/schema.json and the reference.
struct OptionSpec {
  std::string_view key;
  OptionType type = OptionType::kString;
  std::string_view help;           // one line, for the reference and the editor
  std::string_view example = {};   // a valid value as YAML, for the reference and the tests
  std::string_view fallback = {};  // the default as YAML; empty: none
  bool required = false;
  std::vector<std::string_view> allowed = {};  // kString: only these
  // kString, kStrings: what is wrong with a value ("" if nothing), for what a type can't say. May be null.
  std::string (*fault)(std::string_view value) = nullptr;
  // kString: a regular expression (ECMA) that all good values match; for editors, which can't call `fault`.
  std::string_view pattern = {};
  // kInteger: the bounds, both allowed. kDuration: in microseconds.
  std::int64_t least = std::numeric_limits<std::int64_t>::min(), most = std::numeric_limits<std::int64_t>::max();
};

using OptionValue =
    std::variant<std::monostate, bool, std::int64_t, Duration, std::string, std::vector<std::string>, SecretRef>;

// The values of one block, checked against its specs; defaults are filled in; absent without default: monostate.
class Options {
 public:
  void Set(std::string key, OptionValue value) { values_[std::move(key)] = std::move(value); }
  void Merge(const Options& other) { values_.insert(other.values_.begin(), other.values_.end()); }
  bool Has(std::string_view key) const;
  // A wrong key or type is a bug of the caller (assert); absent gives the type's empty value.
  const std::string& String(std::string_view key) const;
  bool Bool(std::string_view key) const;
  std::int64_t Integer(std::string_view key) const;
  Duration Time(std::string_view key) const;
  const std::vector<std::string>& Strings(std::string_view key) const;
  const SecretRef* Secret(std::string_view key) const;  // null: absent
  bool operator==(const Options&) const = default;

 private:
  std::map<std::string, OptionValue, std::less<>> values_;
};

}  // namespace batchslo
