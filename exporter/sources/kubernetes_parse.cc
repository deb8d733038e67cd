#include "exporter/sources/kubernetes_parse.h"

#include <simdjson.h>

#include <algorithm>

namespace batchslo {
namespace {

namespace od = simdjson::ondemand;

std::string_view Text(od::value value) {
  std::string_view text;
  return value.get_string().get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

bool IsPositive(od::value value) {
  std::int64_t number = 0;
  return value.get_int64().get(number) == simdjson::SUCCESS && number > 0;
}

std::optional<TimePoint> Instant(od::value value) {
  const auto time = ParseRfc3339(Text(value));
  return time ? std::optional(*time) : std::nullopt;
}

// A page at a time; the parser keeps its memory. It reads as it goes: `broken` says that it met what is no JSON.
thread_local od::parser parser;
thread_local bool broken = false;

// Calls `visit` with each key and value; what is no object has none.
template <class Visit>
void EachField(od::value value, Visit visit) {
  od::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) return;
  for (auto field : object) {
    std::string_view key;
    od::value inner;
    broken |= field.unescaped_key().get(key) != simdjson::SUCCESS || field.value().get(inner) != simdjson::SUCCESS;
    if (broken) return;
    visit(key, inner);
  }
}

template <class Visit>
void EachItem(od::value value, Visit visit) {
  od::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) return;
  for (auto item : array) {
    od::value inner;
    broken |= item.get(inner) != simdjson::SUCCESS;
    if (broken) return;
    visit(inner);
  }
}

void ReadAnnotation(std::string_view key, od::value value, KubeObject& object) {
  constexpr std::string_view kOurs = "batchslo/";
  if (key.starts_with(kOurs)) object.annotations.emplace(key.substr(kOurs.size()), Text(value));
  if (key == "batch.kubernetes.io/cronjob-scheduled-timestamp") object.scheduled_text = Text(value);
  if (key == "cronjob.kubernetes.io/instantiate") object.manual = Text(value) == "manual";
}

// The API server takes any text for an owner's name, from whoever may make a Job; a CronJob's it checks.
bool IsObjectName(std::string_view name) {
  constexpr std::size_t kLongest = 253;
  const auto is_in_it = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
  return name.size() <= kLongest && std::all_of(name.begin(), name.end(), is_in_it);
}

void ReadOwner(od::value value, KubeObject& object) {
  std::string group, kind, name, uid;
  EachField(value, [&](std::string_view key, od::value inner) {
    if (key == "apiVersion") group = Text(inner);
    if (key == "kind") kind = Text(inner);
    if (key == "name") name = Text(inner);
    if (key == "uid") uid = Text(inner);
  });
  if (kind != "CronJob" || !group.starts_with("batch/") || !IsObjectName(name)) return;
  object.owner = name;
  object.owner_uid = uid;
}

void ReadMetadata(std::string_view key, od::value value, KubeObject& object, std::string& resource_version) {
  if (key == "name") object.name = Text(value);
  if (key == "namespace") object.ns = Text(value);
  if (key == "uid") object.uid = Text(value);
  if (key == "resourceVersion") resource_version = Text(value);
  if (key == "creationTimestamp") object.created = Instant(value);
  if (key == "labels") EachField(value, [&](std::string_view name, od::value inner) { object.labels.emplace(name, Text(inner)); });
  if (key == "annotations") EachField(value, [&](std::string_view name, od::value inner) { ReadAnnotation(name, inner, object); });
  if (key == "ownerReferences") EachItem(value, [&](od::value inner) { ReadOwner(inner, object); });
}

void ReadSpec(std::string_view key, od::value value, KubeObject& object) {
  if (key == "schedule") object.schedule = Text(value);
  if (key == "timeZone") object.timezone = Text(value);
  if (key == "suspend") {
    bool suspended = false;
    object.suspended = value.get_bool().get(suspended) == simdjson::SUCCESS && suspended;
  }
  if (key == "successfulJobsHistoryLimit") {
    std::int64_t limit = 0;
    if (value.get_int64().get(limit) == simdjson::SUCCESS) object.successful_history = limit;
  }
}

// At most `most` bytes, cut between characters.
std::string_view Beginning(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  return text.substr(0, most);
}

void ReadCondition(od::value value, KubeObject& object) {
  std::string type, status, reason, message;
  std::optional<TimePoint> at;
  EachField(value, [&](std::string_view key, od::value inner) {
    if (key == "type") type = Text(inner);
    if (key == "status") status = Text(inner);
    if (key == "reason") reason = Text(inner);
    if (key == "message") message = Beginning(Text(inner), 2048);
    if (key == "lastTransitionTime") at = Instant(inner);
  });
  if (status != "True") return;
  if (type == "Complete") object.complete = true;
  if (type == "FailureTarget") object.failing = true;
  if (type != "Failed") return;
  object.failed = true;
  object.failed_at = at;
  object.reason = reason;
  object.message = message;
}

void ReadStatus(std::string_view key, od::value value, KubeObject& object) {
  if (key == "lastScheduleTime") object.last_schedule = Instant(value);
  if (key == "lastSuccessfulTime") object.last_success = Instant(value);
  if (key == "completionTime") object.completed_at = Instant(value);
  if (key == "ready" || key == "succeeded" || key == "failed") object.began = IsPositive(value) || object.began;
  if (key == "failed" && value.get_int64().get(object.failed_pods) != simdjson::SUCCESS) object.failed_pods = 0;
  if (key == "conditions") EachItem(value, [&](od::value inner) { ReadCondition(inner, object); });
}

KubeObject ReadObject(od::value value, std::string& resource_version) {
  KubeObject object;
  EachField(value, [&](std::string_view part, od::value inner) {
    if (part == "metadata") EachField(inner, [&](std::string_view key, od::value field) { ReadMetadata(key, field, object, resource_version); });
    if (part == "spec") EachField(inner, [&](std::string_view key, od::value field) { ReadSpec(key, field, object); });
    if (part == "status") EachField(inner, [&](std::string_view key, od::value field) { ReadStatus(key, field, object); });
  });
  return object;
}

// A NUL the ledger would refuse, and with it all that is told beside it.
bool IsNamed(const KubeObject& object) {
  const bool has_nul = (object.ns + object.name + object.uid).find('\0') != std::string::npos;
  return !object.name.empty() && !object.uid.empty() && !has_nul;
}

// simdjson wants room to read beyond the end.
simdjson::padded_string_view Padded(std::string& text) {
  text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  return simdjson::padded_string_view(text.data(), text.size(), text.capacity());
}

std::string BeginningOf(const std::string& body) {
  std::string text(Beginning(body, 120));
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

// The root of a document, field by field. False: it is no JSON object, or not to its end.
template <class Visit>
bool EachRootField(std::string& text, Visit visit) {
  od::document document;
  od::object root;
  broken = parser.iterate(Padded(text)).get(document) != simdjson::SUCCESS || document.get_object().get(root) != simdjson::SUCCESS;
  if (broken) return false;
  for (auto field : root) {
    std::string_view key;
    od::value value;
    broken |= field.unescaped_key().get(key) != simdjson::SUCCESS || field.value().get(value) != simdjson::SUCCESS;
    if (broken) return false;
    visit(key, value);
    if (broken) return false;
  }
  return document.current_location().error() == simdjson::OUT_OF_BOUNDS;  // nothing follows
}

bool IsList(od::value value) {
  od::json_type type;
  return value.type().get(type) == simdjson::SUCCESS && (type == od::json_type::array || type == od::json_type::null);
}

// A token that is no text must not pass for the end of the list.
void ReadListMetadata(std::string_view key, od::value value, KubePage& page) {
  if (key == "resourceVersion") page.resource_version = Text(value);
  if (key != "continue") return;
  od::json_type type;
  broken |= value.type().get(type) != simdjson::SUCCESS || (type != od::json_type::string && type != od::json_type::null);
  page.continue_token = Text(value);
}

}  // namespace

Result<KubePage> ParseKubePage(std::string& body, const std::function<void(KubeObject&&)>& visit) {
  if (body.empty()) return Error{"its answer is empty"};
  const std::string beginning = BeginningOf(body);
  KubePage page;
  bool has_items = false, all_named = true;
  std::string ignored;
  const bool whole = EachRootField(body, [&](std::string_view key, od::value value) {
    if (key == "metadata") EachField(value, [&](std::string_view name, od::value inner) { ReadListMetadata(name, inner, page); });
    if (key != "items") return;
    has_items = IsList(value);
    EachItem(value, [&](od::value inner) {
      KubeObject object = ReadObject(inner, ignored);
      all_named &= IsNamed(object);
      visit(std::move(object));
      ++page.items;
    });
  });
  if (!whole && page.items == 0) return Error{"its answer is no list in JSON, or not all of it (a login page?): " + beginning};
  if (!whole) return Error{"its answer is broken in the middle"};
  if (!all_named) return Error{"its answer lists an object without a name or uid, or with a NUL byte in them"};
  if (!has_items || page.resource_version.empty()) return Error{"its answer is no list: " + beginning};
  return page;
}

Result<KubeEvent> ParseKubeEvent(std::string& line) {
  static constexpr std::pair<std::string_view, KubeEvent::Type> kTypes[] = {{"ADDED", KubeEvent::Type::kAdded},
                                                                           {"MODIFIED", KubeEvent::Type::kModified},
                                                                           {"DELETED", KubeEvent::Type::kDeleted},
                                                                           {"BOOKMARK", KubeEvent::Type::kBookmark},
                                                                           {"ERROR", KubeEvent::Type::kError}};
  const std::string beginning = BeginningOf(line);
  KubeEvent event;
  std::string type;
  const bool whole = EachRootField(line, [&](std::string_view key, od::value value) {
    if (key == "type") type = Text(value);
    if (key != "object") return;
    if (type != "ERROR") return void(event.object = ReadObject(value, event.resource_version));
    EachField(value, [&](std::string_view name, od::value inner) {
      std::int64_t code = 0;
      if (name == "code" && inner.get_int64().get(code) == simdjson::SUCCESS) event.code = static_cast<int>(code);
      if (name == "message") event.message = Text(inner);
    });
  });
  if (!whole) return Error{"a watch event is no JSON, or not all of it: " + beginning};
  for (const auto& [name, known] : kTypes) {
    if (name != type) continue;
    const bool names = known == KubeEvent::Type::kBookmark || known == KubeEvent::Type::kError || IsNamed(event.object);
    if (!names) return Error{"a watch event without an object: " + beginning};
    event.type = known;
    return event;
  }
  return Error{"a watch event of an unknown type: " + beginning};
}

std::string KubeErrorText(const std::string& body) {
  std::string copy = body, message;
  od::document document;
  od::object root;
  if (parser.iterate(Padded(copy)).get(document) == simdjson::SUCCESS && document.get_object().get(root) == simdjson::SUCCESS) {
    std::string_view text;
    if (root["message"].get_string().get(text) == simdjson::SUCCESS) message = Beginning(text, 300);
  }
  return message.empty() ? BeginningOf(body) : message;
}

}  // namespace batchslo
