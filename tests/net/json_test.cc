// Tests exporter/net/json.cc.
#include "exporter/net/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace batchslo {
namespace {

TEST(Json, WhatIsNestedTooDeeplyIsNotRead) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(ReadJson(nested(64)));
  EXPECT_FALSE(ReadJson(nested(65)));
  EXPECT_FALSE(ReadJson(std::string(1'000'000, '[')));
  EXPECT_TRUE(ReadJson("\"" + std::string(1000, '[') + "\\\"" + std::string(1000, '{') + "\""));
}

TEST(Json, WhatWouldTakeMuchMoreMemoryThanItsTextIsNotRead) {
  const auto list = [](std::size_t values) {
    std::string text = "[1";
    while (--values > 0) text += ",1";
    return text + "]";
  };
  EXPECT_TRUE(ReadJson(list(500'000)));
  EXPECT_FALSE(ReadJson(list(500'001)));
  EXPECT_TRUE(ReadJson("\"" + std::string(1'000'000, ',') + "\""));
}

TEST(Json, WhatIsNoJsonIsNotRead) {
  for (const char* text : {"", "<html>", "{", "{\"a\":1}x", "\"\xff\""}) EXPECT_FALSE(ReadJson(text)) << text;
}

TEST(Json, AnotherTypeIsAsGoodAsNothing) {
  const auto json = *ReadJson(
      R"({"text":"a","number":7,"quoted":"-7","huge":18446744073709551615,"half":1.5,"null":null,"in":{"x":"y"},"words":"7 up"})");
  EXPECT_EQ(JsonText(json, "text"), "a");
  for (const char* key : {"number", "null", "in", "none"}) EXPECT_EQ(JsonText(json, key), "") << key;
  EXPECT_EQ(JsonInteger(json, "number"), 7);
  EXPECT_EQ(JsonInteger(json, "quoted"), -7);
  for (const char* key : {"text", "huge", "half", "null", "in", "none", "words"})
    EXPECT_EQ(JsonInteger(json, key), std::nullopt) << key;
  EXPECT_EQ(JsonText(JsonChild(json, "in"), "x"), "y");
  EXPECT_TRUE(JsonChild(JsonChild(json, "text"), "x").is_null());
}

}  // namespace
}  // namespace batchslo
