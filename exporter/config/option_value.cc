#include "exporter/config/option_value.h"

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include "exporter/core/zone.h"

namespace batchslo {
namespace {

std::string_view TypeName(OptionType type) {
  static constexpr std::pair<OptionType, std::string_view> kNames[] = {
      {OptionType::kString, "a text"},
      {OptionType::kBool, "true or false"},
      {OptionType::kInteger, "a whole number"},
      {OptionType::kDuration, "a duration like 90s, 1h30m or 2d"},
      {OptionType::kZone, "a time zone like Europe/Berlin"},
      {OptionType::kSecret, "{file: PATH} or {env: NAME}"},
      {OptionType::kStrings, "a list of texts"},
      {OptionType::kFile, "the path of a file"}};
  const auto* found =
      std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& name) { return name.first == type; });
  return found == std::end(kNames) ? "a value" : found->second;
}

// Gives the value that stands for "a fault was told". An address that can't be read may have a password in it anywhere.
OptionValue Fail(const Node& node, const OptionSpec& spec, const std::string& rest, std::string help,
                 FaultList& faults) {
  const std::string message = "\"" + std::string(spec.key) + "\"" + rest;
  if (node.text.find('@', 1) != std::string::npos) {
    faults.AddSecret(node, message, std::move(help));
  } else {
    faults.Add(node, message, std::move(help));
  }
  return {};
}

OptionValue WrongType(const Node& node, const OptionSpec& spec, FaultList& faults) {
  const std::string help =
      spec.example.empty() ? "" : "for example " + std::string(spec.key) + ": " + std::string(spec.example);
  return Fail(node, spec, " wants " + std::string(TypeName(spec.type)) + ", not " + Describe(node), help, faults);
}

bool CheckText(const Node& node, const OptionSpec& spec, FaultList& faults) {
  const std::string& text = node.text;
  const std::size_t before = faults.Count();
  if (!spec.allowed.empty() && std::find(spec.allowed.begin(), spec.allowed.end(), text) == spec.allowed.end()) {
    Fail(node, spec, " can't be " + Quoted(text), Suggest(text, spec.allowed), faults);
  } else if (const std::string fault = spec.fault ? spec.fault(text) : ""; !fault.empty()) {
    const std::string help =
        spec.example.empty() ? "" : "for example " + std::string(spec.key) + ": " + std::string(spec.example);
    Fail(node, spec, ": " + fault, help, faults);
  }
  return faults.Count() == before;
}

OptionValue ReadText(const Node& node, const OptionSpec& spec, FaultList& faults) {
  if (node.kind != Node::Kind::kScalar) return WrongType(node, spec, faults);
  if (node.text.empty()) return Fail(node, spec, " is empty", "leave the key out instead", faults);
  return CheckText(node, spec, faults) ? OptionValue(node.text) : OptionValue();
}

OptionValue ReadBool(const Node& node, const OptionSpec& spec, FaultList& faults) {
  const bool plain = node.kind == Node::Kind::kScalar && !node.quoted;
  if (plain && node.text == "true") return true;
  if (plain && node.text == "false") return false;
  return WrongType(node, spec, faults);
}

OptionValue ReadInteger(const Node& node, const OptionSpec& spec, FaultList& faults) {
  std::int64_t value = 0;
  const char* const end = node.text.data() + node.text.size();
  const auto [at, fault] = std::from_chars(node.text.data(), end, value);
  const std::size_t sign = node.text.starts_with('-') ? 1 : 0;
  const bool padded = node.text.size() > sign + 1 && node.text[sign] == '0';
  const bool whole = fault != std::errc::invalid_argument && at == end && !padded;
  if (node.kind != Node::Kind::kScalar || node.quoted || !whole) return WrongType(node, spec, faults);
  if (fault == std::errc{} && spec.least <= value && value <= spec.most) return value;
  return Fail(node, spec, " must be from " + std::to_string(spec.least) + " to " + std::to_string(spec.most), "",
              faults);
}

OptionValue ReadDuration(const Node& node, const OptionSpec& spec, FaultList& faults) {
  const auto duration = ParseDuration(node.text);
  if (node.kind != Node::Kind::kScalar || !duration) return WrongType(node, spec, faults);
  if (duration->count() < spec.least) return Fail(node, spec, " must be longer than nothing", "", faults);
  return *duration;
}

OptionValue ReadZone(const Node& node, const OptionSpec& spec, FaultList& faults) {
  if (node.kind != Node::Kind::kScalar) return WrongType(node, spec, faults);
  const auto zone = Zone::Find(node.text);
  return zone ? OptionValue(node.text) : Fail(node, spec, ": " + zone.Message(), "", faults);
}

OptionValue ReadSecret(const Node& node, const OptionSpec& spec, FaultList& faults) {
  if (node.kind == Node::Kind::kMap && node.entries.size() == 1) {
    const auto& [key, value] = node.entries.front();
    if (key.bad || value.bad) return {};
    const bool says = value.kind == Node::Kind::kScalar && !value.text.empty() && value.text.find('\n') == std::string::npos;
    if (says && key.text == "file") return SecretRef{value.text, ""};
    if (says && key.text == "env") return SecretRef{"", value.text};
  }
  faults.AddSecret(node, "\"" + std::string(spec.key) + "\" wants " + std::string(TypeName(spec.type)),
                   "a secret never stands in the configuration: put it into a file or the environment");
  return {};
}

OptionValue ReadStrings(const Node& node, const OptionSpec& spec, FaultList& faults) {
  if (node.kind != Node::Kind::kSequence) return WrongType(node, spec, faults);
  if (node.entries.empty()) return Fail(node, spec, " is empty", "leave the key out instead", faults);
  std::vector<std::string> values;
  std::unordered_set<std::string_view> seen;
  for (const auto& [none, item] : node.entries) {
    if (item.bad) return {};
    if (item.kind != Node::Kind::kScalar || item.text.empty()) return WrongType(item, spec, faults);
    if (!CheckText(item, spec, faults)) return {};
    if (!seen.insert(item.text).second) return Fail(item, spec, " has " + Quoted(item.text) + " twice", "", faults);
    values.push_back(item.text);
  }
  return values;
}

}  // namespace

OptionValue ReadValue(const Node& node, const OptionSpec& spec, FaultList& faults) {
  if (node.bad) return {};
  switch (spec.type) {
    case OptionType::kString:
    case OptionType::kFile:
      return ReadText(node, spec, faults);
    case OptionType::kBool:
      return ReadBool(node, spec, faults);
    case OptionType::kInteger:
      return ReadInteger(node, spec, faults);
    case OptionType::kDuration:
      return ReadDuration(node, spec, faults);
    case OptionType::kZone:
      return ReadZone(node, spec, faults);
    case OptionType::kSecret:
      return ReadSecret(node, spec, faults);
    case OptionType::kStrings:
      return ReadStrings(node, spec, faults);
    case OptionType::kBlock:
    case OptionType::kLater:
      break;
  }
  return {};
}

}  // namespace batchslo
