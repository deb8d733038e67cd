#include "exporter/sources/heartbeat_parse.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "exporter/net/json.h"

namespace batchslo {
namespace {

constexpr std::size_t kMostRunId = 200;

using Fields = std::map<std::string, std::string>;
using Pairs = std::vector<std::pair<std::string, std::string>>;

Error SaidTwice(const std::string& key) { return Error{"\"" + key.substr(0, 50) + "\" is said twice"}; }

// Only flat JSON of texts and whole numbers, so nothing can nest.
Result<Pairs> FieldsOfJson(const std::string& body) {
  std::set<std::string> keys;
  std::optional<std::string> again;
  const auto note = [&](int, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    if (event == nlohmann::json::parse_event_t::key && !keys.insert(parsed.get<std::string>()).second) again = parsed.get<std::string>();
    return true;
  };
  const auto json = nlohmann::json::parse(body, note, false);
  if (!json.is_object()) return Error{"the body is no JSON object"};
  if (again) return SaidTwice(*again);
  Pairs fields;
  for (const auto& [key, value] : json.items()) {
    if (value.is_string()) {
      fields.emplace_back(key, value.get<std::string>());
    } else if (value.is_number_integer()) {
      fields.emplace_back(key, value.dump());
    } else {
      return Error{"\"" + key.substr(0, 50) + "\" must be a text or a whole number"};
    }
  }
  return fields;
}

std::string FormValue(std::string_view text) {
  const auto hex = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && std::isxdigit(static_cast<unsigned char>(text[i + 1])) &&
                        std::isxdigit(static_cast<unsigned char>(text[i + 2]));
    out.push_back(escape ? static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2])) : text[i] == '+' ? ' ' : text[i]);
    if (escape) i += 2;
  }
  return out;
}

Pairs FieldsOfForm(std::string_view body) {
  Pairs fields;
  while (!body.empty()) {
    const std::string_view pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(pair.size() + 1, body.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    fields.emplace_back(FormValue(pair.substr(0, equals)), FormValue(pair.substr(std::min(equals + 1, pair.size()))));
  }
  return fields;
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// What the body is, its sender must say: taken for a mere message, a failure would pass as a success.
Result<Pairs> FieldsOfBody(const PushRequest& request) {
  const std::string type = Lower(request.content_type), kind = type.substr(0, type.find_first_of("; \t"));
  if (request.body.empty()) return Pairs{};
  if (kind == "application/json" || kind.ends_with("+json")) {
    return IsModestJson(request.body) ? FieldsOfJson(request.body) : Error{"the body is nested too deeply"};
  }
  if (kind == "application/x-www-form-urlencoded") return FieldsOfForm(request.body);
  if (kind != "text/plain") return Error{"the body must be application/json, application/x-www-form-urlencoded, or text/plain for a message alone"};
  const bool is_told = std::any_of(request.query.begin(), request.query.end(), [](const auto& pair) { return pair.first == "status" || pair.first == "exit_code"; });
  if (!is_told) return Error{"a plain text is only a message: add ?status=success or failure to the url, or send JSON"};
  return Pairs{{"message", request.body}};
}

Result<Fields> FieldsOf(const PushRequest& request) {
  auto body = FieldsOfBody(request);
  if (!body) return body.GetError();
  Pairs all = std::move(body).Value();
  all.insert(all.end(), request.query.begin(), request.query.end());
  Fields fields;
  for (auto& [key, value] : all) {
    if (!fields.try_emplace(key, value).second) return SaidTwice(key);
  }
  return fields;
}

Result<std::int64_t> WholeNumber(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault == std::errc{} && end == text.data() + text.size() && value >= -1'000'000 && value <= 1'000'000) return value;
  return Error{"exit_code must be a whole number"};
}

bool IsPrintable(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

// Valid UTF-8 and no NUL: what is stored can be shown.
std::string Cleaned(std::string text) {
  std::replace(text.begin(), text.end(), '\0', ' ');
  const std::string json = nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return nlohmann::json::parse(json).get<std::string>();
}

}  // namespace

Result<Heartbeat> ParseHeartbeat(const PushRequest& request) {
  static constexpr std::string_view kKnown[] = {"status", "run_id", "at", "exit_code", "message"};
  auto fields = FieldsOf(request);
  if (!fields) return fields.GetError();
  for (const auto& [key, value] : *fields) {
    if (std::find(std::begin(kKnown), std::end(kKnown), key) == std::end(kKnown)) {
      return Error{"unknown key \"" + key.substr(0, 50) + "\"; allowed: status, run_id, at, exit_code, message"};
    }
  }
  Heartbeat beat;
  if (const auto code = fields->find("exit_code"); code != fields->end()) {
    const auto number = WholeNumber(code->second);
    if (!number) return number.GetError();
    beat.exit_code = *number;
    if (*number != 0) beat.status = Heartbeat::Status::kFailure;
  }
  if (const auto status = fields->find("status"); status != fields->end()) {
    if (status->second != "start" && status->second != "success" && status->second != "failure") {
      return Error{"status must be start, success or failure"};
    }
    if (status->second == "success" && beat.exit_code.value_or(0) != 0) return Error{"it can't be a success with exit_code " + std::to_string(*beat.exit_code)};
    beat.status = status->second == "start" ? Heartbeat::Status::kStart : status->second == "success" ? Heartbeat::Status::kSuccess : Heartbeat::Status::kFailure;
  }
  if (const auto at = fields->find("at"); at != fields->end()) {
    const auto time = ParseRfc3339(at->second);
    if (!time) return Error{"at: " + time.Message()};
    beat.at = *time;
  }
  beat.run_id = (*fields)["run_id"];
  if (beat.run_id.size() > kMostRunId || !IsPrintable(beat.run_id) || Cleaned(beat.run_id) != beat.run_id) return Error{"run_id must be at most 200 printable bytes"};
  beat.message = Cleaned((*fields)["message"]);
  return beat;
}

}  // namespace batchslo
