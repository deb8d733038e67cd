#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace batchslo {

// JSON of others. Its size is capped by whoever received it; of that size, it may still be a hundred times as much in memory.

// Nested at most 64 deep, of at most 500,000 pieces: brackets, commas and colons, but for those in its texts.
bool IsModestJson(std::string_view text);

// None: it is no JSON, or not modest.
std::optional<nlohmann::json> ReadJson(std::string_view text);

// What stands under a key; "", null if it is another type, or not there.
std::string JsonText(const nlohmann::json& object, std::string_view key);
// Also of a text: Google writes 64 bits in quotes.
std::optional<std::int64_t> JsonInteger(const nlohmann::json& object, std::string_view key);
const nlohmann::json& JsonChild(const nlohmann::json& object, std::string_view key);

}  // namespace batchslo
