#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace batchslo {

// JSON of others. Its size is capped by whoever received it.

// Nested at most 64 deep. Brackets in its texts do not count.
bool IsShallowJson(std::string_view text);

// None: it is no JSON, or nested too deeply.
std::optional<nlohmann::json> ReadJson(std::string_view text);

// What stands under a key; "", null if it is another type, or not there.
std::string JsonText(const nlohmann::json& object, std::string_view key);
// Also of a text: Google writes 64 bits in quotes.
std::optional<std::int64_t> JsonInteger(const nlohmann::json& object, std::string_view key);
const nlohmann::json& JsonChild(const nlohmann::json& object, std::string_view key);

}  // namespace batchslo
