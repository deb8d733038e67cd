#include "exporter/sources/kubernetes_selector.h"

#include <algorithm>
#include <cctype>

namespace batchslo {
namespace {

constexpr std::string_view kSpaces = " \t";

std::string_view Trim(std::string_view text) {
  const std::size_t from = text.find_first_not_of(kSpaces);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kSpaces) - from + 1);
}

// Between commas that stand in no parentheses.
std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t from = 0;
  int depth = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] == '(') ++depth;
    if (at < text.size() && text[at] == ')') --depth;
    if (at < text.size() && (text[at] != ',' || depth > 0)) continue;
    parts.push_back(Trim(text.substr(from, at - from)));
    from = at + 1;
  }
  return parts;
}

bool IsWord(std::string_view text, std::string_view also) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return std::isalnum(static_cast<unsigned char>(c)) || also.find(c) != std::string_view::npos; });
}
bool IsLabel(std::string_view text) { return !text.empty() && IsWord(text, "-_./"); }
bool IsValue(std::string_view text) { return IsWord(text, "-_."); }

}  // namespace

Result<LabelSelector::Part> LabelSelector::ParsePart(std::string_view text) {
  const Error fault{"\"" + std::string(text) + "\" is no part of a label selector; allowed are a=b, a!=b, a in (b,c), a notin (b,c), a and !a"};
  Part part{std::string(text), Rule::kExists, {}};
  const std::size_t sign = text.find('='), open = text.find('(');
  if (text.starts_with('!')) {
    part = {std::string(Trim(text.substr(1))), Rule::kAbsent, {}};
  } else if (sign != std::string_view::npos) {
    const bool negated = sign > 0 && text[sign - 1] == '!';
    const std::size_t after = text.substr(sign).starts_with("==") ? sign + 2 : sign + 1;
    part = {std::string(Trim(text.substr(0, negated ? sign - 1 : sign))), negated ? Rule::kNotIn : Rule::kIn, {std::string(Trim(text.substr(after)))}};
  } else if (open != std::string_view::npos) {
    const std::string_view head = Trim(text.substr(0, open));
    const std::size_t space = head.find_first_of(kSpaces);
    const std::string_view word = space == std::string_view::npos ? "" : Trim(head.substr(space));
    if (!text.ends_with(')') || (word != "in" && word != "notin")) return fault;
    part = {std::string(head.substr(0, space)), word == "in" ? Rule::kIn : Rule::kNotIn, {}};
    for (const std::string_view value : Split(text.substr(open + 1, text.size() - open - 2))) part.values.emplace_back(value);
  }
  const bool good = IsLabel(part.label) && std::all_of(part.values.begin(), part.values.end(), IsValue);
  return good ? Result<Part>(std::move(part)) : fault;
}

Result<LabelSelector> LabelSelector::Parse(std::string_view text) {
  LabelSelector selector;
  if (Trim(text).empty()) return selector;
  for (const std::string_view piece : Split(text)) {
    auto part = ParsePart(piece);
    if (!part) return part.GetError();
    selector.parts_.push_back(std::move(part).Value());
  }
  return selector;
}

bool LabelSelector::Takes(const std::map<std::string, std::string>& labels) const {
  return std::all_of(parts_.begin(), parts_.end(), [&](const Part& part) {
    const auto at = labels.find(part.label);
    const bool there = at != labels.end();
    const bool listed = there && std::find(part.values.begin(), part.values.end(), at->second) != part.values.end();
    switch (part.rule) {
      case Rule::kIn: return listed;
      case Rule::kNotIn: return !listed;
      case Rule::kExists: return there;
      case Rule::kAbsent: return !there;
    }
    return false;
  });
}

}  // namespace batchslo
