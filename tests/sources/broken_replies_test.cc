// Gives broken replies to the pure decoders of exporter/sources and exporter/net. They are made of good ones: cut at each
// bracket and comma, each value of another type, and broken as texts. What comes out is an error or the rest of it, but
// never a success, a time or an end of a list that nobody told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "exporter/net/google_token.h"
#include "exporter/sources/bigquery_reply.h"
#include "exporter/sources/kubernetes_parse.h"
#include "exporter/sources/sql_cell.h"

namespace batchslo {
namespace {

using nlohmann::json;
using namespace std::string_literals;

std::string Recorded(const std::string& name) {
  std::ifstream file(TESTDATA "/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Broken {
  std::string name, text;
};
using Cases = std::vector<Broken>;

// What is cut off is not whole: none of these is JSON.
Cases CutOff(const std::string& good) {
  Cases cases;
  for (std::size_t at = good.find_first_of("{}[],:"); at != std::string::npos; at = good.find_first_of("{}[],:", at + 1)) {
    cases.push_back({"cut before byte " + std::to_string(at), good.substr(0, at)});
    if (at + 1 < good.find_last_of('}')) cases.push_back({"cut behind byte " + std::to_string(at), good.substr(0, at + 1)});
  }
  return cases;
}

// None of these is one JSON text.
Cases NoJson(const std::string& good) {
  const std::string end = good.substr(0, good.find_last_of('}'));
  return {{"empty", ""},
          {"blanks", " \r\n\t "},
          {"login page", "<!doctype html><html><body><form>Log in</form></body></html>"},
          {"proxy's page", "<html>502 Bad Gateway</html>"},
          {"XML", "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>"},
          {"words", "upstream connect error or disconnect/reset before headers"},
          {"gzip", "\x1f\x8b\x08\0\0\0\0\0\0\x03"s + good},
          {"zeros", std::string(500, '\0')},
          {"NUL before it", "\0"s + good},
          {"UTF-16", "\xff\xfe{\0}\0"s},
          {"no UTF-8 in a text", end + ",\"x\":\"\xc3\x28\"}"},
          {"half a surrogate as bytes", end + ",\"x\":\"\xed\xa0\x80\"}"},
          {"twice", good + good},
          {"a bracket too many", good + "}"},
          {"a comma too many", end + ",}"},
          {"no colon", end + ",\"x\" 1}"},
          {"a value missing", end + ",\"x\":}"},
          {"a key without quotes", end + ",x:1}"},
          {"single quotes", end + ",'x':1}"},
          {"a comment", end + "/* x */}"},
          {"an open text", end + ",\"x\":\"}"},
          {"an open list", end + ",\"x\":[}"},
          {"a control byte in a text", end + ",\"x\":\"a\nb\"}"},
          {"nested without end", end + ",\"x\":" + std::string(100'000, '[') + "}"},
          {"JSONP", "callback(" + good + ")"},
          {"a guard before it", ")]}'\n" + good},
          {"chunks", "1a\r\n" + good + "\r\n0\r\n\r\n"},
          {"a list of it", "[" + good + "]"},
          {"a text of it", json(good).dump()},
          {"null", "null"},
          {"a number", "5"},
          {"true", "true"}};
}

// Broken within a value that nobody reads: a reader that skips it need not see that.
Cases BrokenAside(const std::string& good) {
  const std::string end = good.substr(0, good.find_last_of('}'));
  return {{"NUL within it", good.substr(0, good.size() / 2) + '\0' + good.substr(good.size() / 2)},
          {"mixed brackets", end + ",\"x\":[1}}"},
          {"an escape that is none", end + ",\"x\":\"\\x41\"}"},
          {"NaN", end + ",\"x\":NaN}"},
          {"a number with a zero before it", end + ",\"x\":012}"},
          {"hexadecimal", end + ",\"x\":0x10}"},
          {"half a number", end + ",\"x\":1.}"}};
}

// Each value in turn, replaced by one of each type.
Cases OtherTypes(const json& good) {
  const std::vector<std::pair<std::string, json>> values = {{"null", nullptr},   {"true", true},           {"-1", -1},      {"0", 0},
                                                            {"2^64 - 1", UINT64_MAX}, {"1e300", 1e300},     {"text", "\\u0000\x01 no such word"}, {"empty", ""},
                                                            {"list", json::array({1})}, {"block", {{"a", 1}}}, {"long", std::string(3'000, 'x')}};
  Cases cases;
  std::vector<json::json_pointer> places;
  const std::function<void(const json&, const json::json_pointer&)> walk = [&](const json& node, const json::json_pointer& at) {
    if (!at.empty()) places.push_back(at);
    for (const auto& [key, value] : node.items()) {
      if (node.is_object()) walk(value, at / key);
      if (node.is_array()) walk(value, at / static_cast<std::size_t>(std::stoul(key)));
    }
  };
  walk(good, json::json_pointer());
  for (const auto& place : places) {
    for (const auto& [name, value] : values) {
      json other = good;
      other[place] = value;
      cases.push_back({place.to_string() + " is " + name, other.dump(-1, ' ', false, json::error_handler_t::replace)});
    }
    json other = good;
    json& parent = other[place.parent_pointer()];
    if (parent.is_object()) parent.erase(place.back());
    if (parent.is_array()) parent.erase(static_cast<std::size_t>(std::stoul(place.back())));
    cases.push_back({place.to_string() + " is missing", other.dump()});
  }
  return cases;
}

Cases operator+(Cases a, Cases b) {
  a.insert(a.end(), std::make_move_iterator(b.begin()), std::make_move_iterator(b.end()));
  return a;
}

bool IsClear(const std::string& message) {
  const bool printable = std::none_of(message.begin(), message.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  return !message.empty() && message.size() < 1000 && printable;
}

// What is told is told as before.
template <class T>
void ExpectNoOther(const std::optional<T>& told, const std::optional<T>& before, const Broken& broken) {
  EXPECT_TRUE(!told || told == before) << broken.name;
}

// ---- Kubernetes ----

struct List {
  std::map<std::string, KubeObject> objects;  // by uid
  KubePage page;
  std::string error;
};

List ParseList(std::string body) {
  List list;
  const auto page = ParseKubePage(body, [&](KubeObject&& object) { list.objects[object.uid] = object; });
  page ? void(list.page = *page) : void(list.error = page.Message());
  return list;
}

bool Succeeded(const KubeObject& object) { return object.complete && !object.failed; }

// An error, or all of the objects, of which one may have become unclear.
void ExpectHonest(const List& good, const Broken& broken) {
  const List list = ParseList(broken.text);
  EXPECT_TRUE(list.error.empty() || IsClear(list.error)) << broken.name << ": " << list.error;
  if (!list.error.empty()) return;
  EXPECT_EQ(list.page.continue_token, good.page.continue_token) << broken.name;
  std::size_t missing = 0;
  for (const auto& [uid, object] : good.objects) missing += list.objects.contains(uid) ? 0 : 1;
  EXPECT_LE(missing, 1u) << broken.name;
  for (const auto& [uid, object] : list.objects) {
    const auto before = good.objects.find(uid);
    if (before == good.objects.end()) continue;  // its uid is the broken one
    EXPECT_FALSE(Succeeded(object) && !Succeeded(before->second)) << broken.name;
    ExpectNoOther(object.completed_at, before->second.completed_at, broken);
    ExpectNoOther(object.last_success, before->second.last_success, broken);
  }
}

TEST(BrokenReplies, OfAKubernetesList) {
  std::size_t count = 0;
  for (const std::string name : {"cronjobs.json", "jobs-page-1.json"}) {
    json good = json::parse(Recorded("kubernetes/" + name));
    while (good["items"].size() > 3) good["items"].erase(good["items"].size() - 1);
    const List whole = ParseList(good.dump());
    ASSERT_EQ(whole.error, "");
    ASSERT_GE(whole.objects.size(), 2u);
    for (const Broken& broken : CutOff(good.dump()) + NoJson(good.dump())) {
      EXPECT_TRUE(IsClear(ParseList(broken.text).error)) << broken.name;
      ++count;
    }
    for (const Broken& broken : OtherTypes(good) + BrokenAside(good.dump())) {
      const bool is_another = broken.name == "/items is null" || broken.name.starts_with("/metadata/continue");  // an empty list, another page
      if (!is_another) ExpectHonest(whole, broken);
      ++count;
    }
  }
  EXPECT_GE(count, 300u);
}

TEST(BrokenReplies, OfAWatch) {
  std::istringstream lines(Recorded("kubernetes/watch.jsonl"));
  std::size_t count = 0;
  std::string line;
  for (int i = 0; i < 3 && std::getline(lines, line); ++i) {
    std::string copy = line;
    const auto good = ParseKubeEvent(copy);
    ASSERT_TRUE(good);
    for (Broken& broken : CutOff(line) + NoJson(line)) {
      const auto event = ParseKubeEvent(broken.text);
      ASSERT_FALSE(event) << broken.name;
      EXPECT_TRUE(IsClear(event.Message())) << broken.name;
      ++count;
    }
    for (Broken& broken : OtherTypes(json::parse(line)) + BrokenAside(line)) {
      const auto event = ParseKubeEvent(broken.text);
      ++count;
      if (!event) continue;
      EXPECT_EQ(event->type, good->type) << broken.name;
      EXPECT_FALSE(Succeeded(event->object) && !Succeeded(good->object)) << broken.name;
      ExpectNoOther(event->object.completed_at, good->object.completed_at, broken);
    }
  }
  EXPECT_GE(count, 300u);
}

// ---- BigQuery and Google ----

HttpReply Reply(std::string body) {
  HttpReply reply;
  reply.status = 200;
  reply.body = std::move(body);
  return reply;
}

TEST(BrokenReplies, OfATableOfBigQuery) {
  const json good = json::parse(Recorded("bigquery/table.json"));
  const BigQueryTable whole = ParseBigQueryTable(good);
  ASSERT_TRUE(whole.modified && whole.rows && whole.refreshed && whole.buffer);
  for (const Broken& broken : CutOff(good.dump()) + NoJson(good.dump()) + BrokenAside(good.dump())) {
    const auto answer = ReadBigQueryReply(Reply(broken.text), "table d.t");
    ASSERT_TRUE(std::holds_alternative<BigQueryFault>(answer)) << broken.name;
    EXPECT_TRUE(IsClear(std::get<BigQueryFault>(answer).message)) << broken.name;
  }
  for (const Broken& broken : OtherTypes(good)) {
    const auto answer = ReadBigQueryReply(Reply(broken.text), "table d.t");
    ASSERT_TRUE(std::holds_alternative<json>(answer)) << broken.name;
    const BigQueryTable table = ParseBigQueryTable(std::get<json>(answer));
    ExpectNoOther(table.modified, whole.modified, broken);
    ExpectNoOther(table.refreshed, whole.refreshed, broken);
    if (table.buffer) ExpectNoOther(table.buffer->oldest, whole.buffer->oldest, broken);
  }
}

TEST(BrokenReplies, OfAQueryOfBigQuery) {
  const json good = json::parse(Recorded("bigquery/rows.json"));
  const BigQueryRows whole = ParseBigQueryRows(good);
  ASSERT_EQ(whole.rows.size(), 2u);
  ASSERT_TRUE(whole.is_complete);
  for (const Broken& broken : OtherTypes(good)) {
    const auto answer = ReadBigQueryReply(Reply(broken.text), "query");
    ASSERT_TRUE(std::holds_alternative<json>(answer)) << broken.name;
    const BigQueryRows rows = ParseBigQueryRows(std::get<json>(answer));
    for (const auto& row : rows.rows) EXPECT_EQ(row.size(), rows.columns.size()) << broken.name;
    EXPECT_LE(rows.rows.size(), 2u) << broken.name;
    if (!broken.name.starts_with("/rows/0/f/0/v is") || broken.name.ends_with(" 0")) continue;
    ASSERT_EQ(rows.rows.size(), 2u) << broken.name;
    EXPECT_FALSE(rows.rows[0][0] && ParseBigQueryTime(*rows.rows[0][0])) << broken.name;
    EXPECT_EQ(rows.rows[1], whole.rows[1]) << broken.name;
  }
}

TEST(BrokenReplies, OfATokenServer) {
  const json good = json::parse(Recorded("google/token.json"));
  GoogleAccount account;
  const GoogleUser user{"id", "secret", "refresh", "https://oauth2.googleapis.com/token"};
  account.who = user;
  const TimePoint now{seconds{1'772'355'600}};
  const auto parse = [&](const std::string& body) { return ParseGoogleToken(account, AskForUser(user), Reply(body), now); };
  ASSERT_TRUE(parse(good.dump()));
  for (const Broken& broken : CutOff(good.dump()) + NoJson(good.dump()) + BrokenAside(good.dump())) {
    const auto token = parse(broken.text);
    ASSERT_FALSE(token) << broken.name;
    EXPECT_TRUE(IsClear(token.Message())) << broken.name;
  }
  for (const Broken& broken : OtherTypes(good)) {
    const auto token = parse(broken.text);
    if (!token) continue;
    EXPECT_TRUE(token->token == "ya29.c.b0AXv0zTPQ" || token->token.starts_with("xxx")) << broken.name;
    EXPECT_GT(token->lifetime, Duration{0}) << broken.name;
    EXPECT_LE(token->lifetime, hours{24}) << broken.name;
  }
}

// ---- databases ----

TEST(BrokenReplies, OfADatabase) {
  for (const std::string& cell : {""s, " "s, "NULL"s, "\0"s, "now"s, "0000-00-00"s, "2026-00-01"s, "2026-13-01"s, "2026-02-30 00:00:00"s, "26-03-01"s, "2026/03/01"s, "01.03.2026"s, "2026-03-01 "s + std::string(5000, '0'),
                                  "2026-03-01 24:00:01:00"s, "2026-03-01 09:60:00"s, "2026-03-01 09:00:61"s, "2026-03-01 9:00"s, "2026-03-01 09:00:00."s, "2026-03-01 09:00:00,5"s, "2026-03-01 09:00:00 UTC"s, "2026-03-01 09:00:00 AM"s,
                                  "2026-03-01 09:00:00+"s, "2026-03-01 09:00:00+9"s, "2026-03-01 09:00:00+24"s, "2026-03-01 09:00:00+09:60"s, "2026-03-01 09:00:00++09"s, "2026-03-01 09:00:00+09:00:00:00"s, "infinity"s, "-infinity"s, "4714-11-24 BC"s,
                                  "12026-03-01"s, "-2026-03-01"s, "\xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa6-03-01"s, "1e400"s, "1e-400"s, "nan"s, "0x6"s, "1772355600 "s, "1772355600s"s, "+1772355600"s, "20260301"s, "2026-03-01T09:00:00\n"s}) {
    const auto time = ParseCellTime(cell, Zone{});
    ASSERT_FALSE(time) << cell;
    EXPECT_LT(time.Message().size(), 200u);
  }
  for (const std::string& cell : {""s, " "s, "1 2"s, "1,5"s, "0x10"s, "nan"s, "inf"s, "-inf"s, "1e999"s, "true"s, "\0"s, "12abc"s, "+5"s, "--5"s}) {
    EXPECT_FALSE(ParseCellNumber(cell)) << cell;
    EXPECT_FALSE(ParseCellCount(cell)) << cell;
  }
  for (const std::string& cell : {"9223372036854775808"s, "-9223372036854775809"s, "1e300"s}) EXPECT_FALSE(ParseCellCount(cell)) << cell;
}

}  // namespace
}  // namespace batchslo
