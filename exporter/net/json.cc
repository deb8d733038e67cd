// Tested by tests/net/json_test.cc.
#include "exporter/net/json.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace batchslo {

bool IsModestJson(std::string_view text) {
  constexpr int kMostDepth = 64, kMostPieces = 500'000;
  int depth = 0, pieces = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text && c == '\\') ++i;
    if (c == '"') in_text = !in_text;
    if (in_text) continue;
    const bool opens = c == '{' || c == '[', closes = c == '}' || c == ']';
    depth += opens ? 1 : closes ? -1 : 0;
    pieces += opens || c == ',' || c == ':' ? 1 : 0;
    if (depth > kMostDepth || pieces > kMostPieces) return false;
  }
  return true;
}

std::optional<nlohmann::json> ReadJson(std::string_view text) {
  if (!IsModestJson(text)) return std::nullopt;
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) return std::nullopt;
  return json;
}

const nlohmann::json& JsonChild(const nlohmann::json& object, std::string_view key) {
  static const nlohmann::json kNull;
  if (!object.is_object()) return kNull;
  const auto at = object.find(key);
  return at == object.end() ? kNull : *at;
}

std::string JsonText(const nlohmann::json& object, std::string_view key) {
  const nlohmann::json& value = JsonChild(object, key);
  return value.is_string() ? value.get<std::string>() : "";
}

std::optional<std::int64_t> JsonInteger(const nlohmann::json& object, std::string_view key) {
  const nlohmann::json& value = JsonChild(object, key);
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace batchslo
