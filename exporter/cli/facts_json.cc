#include "exporter/cli/facts_json.h"

#include <fstream>
#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "exporter/core/nearest.h"

namespace batchslo {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kOutcomes[] = {"running", "succeeded", "failed", "cancelled", "skipped"};
constexpr std::string_view kTriggers[] = {"unknown", "scheduled", "manual", "backfill"};
constexpr std::size_t kMostLineBytes = 1 << 20;
constexpr int kDeepest = 8;

struct Kind {
  std::string_view name;
  std::vector<std::string_view> keys;      // beside fact, source, observed_at
  std::vector<std::string_view> required;  // of these
};
const std::array<Kind, 7> kKinds = {{
    {"job", {"job", "configured", "scope", "schedule", "timezone", "dialect", "paused"}, {"job"}},
    {"view", {"scope", "complete", "since"}, {}},
    {"run",
     {"job", "run_id", "scope", "scheduled_at", "created_at", "started_at", "finished_at", "outcome", "trigger",
      "reason", "excerpt", "link"},
     {"job", "run_id", "outcome"}},
    {"observation", {"job", "output", "updated_at", "rows", "bytes", "partition", "values"}, {"job", "output"}},
    {"last_success", {"job", "value"}, {"job", "value"}},
    {"gone", {"job"}, {"job"}},
    {"down", {"reason"}, {}},
}};

// Foreign text in a message: short, and nothing in it moves the terminal.
std::string Shown(std::string text) {
  if (text.size() > 60) text = text.substr(0, 60) + "...";
  const auto control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  std::replace_if(text.begin(), text.end(), control, '?');
  return "\"" + text + "\"";
}

// One line, its faults collected.
class LineReader {
 public:
  LineReader(const Json& json, std::vector<std::string>& faults) : json_(json), faults_(faults) {}

  std::optional<Fact> Read() {
    const std::size_t before = faults_.size();
    const Kind* kind = FindKind();
    if (!kind) return std::nullopt;
    CheckKeys(*kind);
    Fact fact;
    fact.source = Name("source");
    fact.observed = Instant("observed_at").value_or(TimePoint{});
    fact.what = What(kind->name);
    return faults_.size() == before ? std::optional(std::move(fact)) : std::nullopt;
  }

 private:
  const Kind* FindKind() {
    if (!json_.is_object()) return faults_.push_back("expected a JSON object"), nullptr;
    const auto fact = json_.find("fact");
    if (fact == json_.end())
      return faults_.push_back("\"fact\" is missing; it says what kind of fact this is"), nullptr;
    if (!fact->is_string()) return Wrong("fact", "a text"), nullptr;
    const std::string name = fact->get<std::string>();
    for (const Kind& kind : kKinds) {
      if (kind.name == name) return &kind;
    }
    std::string allowed;
    for (const Kind& kind : kKinds) allowed += (allowed.empty() ? "" : ", ") + std::string(kind.name);
    return faults_.push_back("unknown fact " + Shown(name) + "; allowed: " + allowed), nullptr;
  }

  void CheckKeys(const Kind& kind) {
    std::vector<std::string_view> allowed = {"fact", "source", "observed_at"};
    allowed.insert(allowed.end(), kind.keys.begin(), kind.keys.end());
    for (const auto& [key, value] : json_.items()) {
      if (std::find(allowed.begin(), allowed.end(), key) != allowed.end()) continue;
      const std::string_view nearest = Nearest(key, allowed);
      faults_.push_back("unknown key " + Shown(key) + " in a " + std::string(kind.name) + " fact" +
                        (nearest.empty() ? "" : "; did you mean \"" + std::string(nearest) + "\"?"));
    }
    std::vector<std::string_view> required = {"source", "observed_at"};
    required.insert(required.end(), kind.required.begin(), kind.required.end());
    for (const std::string_view key : required) {
      if (!json_.contains(key)) faults_.push_back("\"" + std::string(key) + "\" is missing");
    }
  }

  const Json* Find(std::string_view key) const {
    const auto at = json_.find(key);
    return at == json_.end() ? nullptr : &*at;
  }

  void Wrong(std::string_view key, std::string_view wants) {
    faults_.push_back("\"" + std::string(key) + "\" wants " + std::string(wants));
  }

  std::optional<std::string> MaybeText(std::string_view key) {
    const Json* value = Find(key);
    if (!value) return std::nullopt;
    if (value->is_string()) return value->get<std::string>();
    return Wrong(key, "a text"), std::nullopt;
  }
  std::string Text(std::string_view key) { return MaybeText(key).value_or(""); }
  std::string Name(std::string_view key) {
    const auto text = MaybeText(key);
    if (text && (text->empty() || text->find('\0') != std::string::npos))
      Wrong(key, "a text that is not empty, without NUL");
    return text.value_or("");
  }
  std::optional<bool> MaybeBool(std::string_view key) {
    const Json* value = Find(key);
    if (!value) return std::nullopt;
    if (value->is_boolean()) return value->get<bool>();
    return Wrong(key, "true or false"), std::nullopt;
  }
  std::optional<std::int64_t> MaybeInteger(std::string_view key) {
    const Json* value = Find(key);
    if (!value) return std::nullopt;
    const bool fits = !value->is_number_unsigned() || value->get<std::uint64_t>() <= INT64_MAX;
    if (value->is_number_integer() && fits) return value->get<std::int64_t>();
    return Wrong(key, "a whole number"), std::nullopt;
  }
  std::optional<TimePoint> Instant(std::string_view key) {
    const auto text = MaybeText(key);
    if (!text) return std::nullopt;
    const auto time = ParseRfc3339(*text);
    if (time) return *time;
    return faults_.push_back("\"" + std::string(key) + "\": " + time.Message()), std::nullopt;
  }
  // Of what may never have happened.
  std::optional<TimePoint> InstantOrNull(std::string_view key) {
    const Json* value = Find(key);
    return value && value->is_null() ? std::nullopt : Instant(key);
  }
  template <class Enum, std::size_t N>
  Enum OneOf(std::string_view key, const std::string_view (&names)[N], Enum fallback) {
    const auto text = MaybeText(key);
    if (!text) return fallback;
    const auto at = std::find(std::begin(names), std::end(names), *text);
    if (at != std::end(names)) return static_cast<Enum>(at - std::begin(names));
    std::string allowed;
    for (const std::string_view name : names) allowed += (allowed.empty() ? "" : ", ") + std::string(name);
    return faults_.push_back("\"" + std::string(key) + "\" can't be " + Shown(*text) + "; allowed: " + allowed),
           fallback;
  }
  std::map<std::string, double> Values() {
    std::map<std::string, double> values;
    const Json* json = Find("values");
    if (!json) return values;
    if (!json->is_object()) return Wrong("values", "an object of numbers"), values;
    for (const auto& [key, value] : json->items()) {
      if (!value.is_number()) return Wrong("values", "an object of numbers"), values;
      values[key] = value.get<double>();
    }
    return values;
  }

  decltype(Fact::what) What(std::string_view kind) {
    if (kind == "job") {
      return JobFact{Name("job"),           MaybeBool("configured").value_or(false),
                     MaybeText("scope"),    MaybeText("schedule"),
                     MaybeText("timezone"), MaybeText("dialect"),
                     MaybeBool("paused"),   {}};
    }
    if (kind == "view") return ViewFact{MaybeText("scope"), MaybeBool("complete").value_or(true), Instant("since")};
    if (kind == "run") return Run();
    if (kind == "observation") {
      return ObservationFact{Name("job"),
                             Name("output"),
                             InstantOrNull("updated_at"),
                             MaybeInteger("rows"),
                             MaybeInteger("bytes"),
                             MaybeText("partition"),
                             Values()};
    }
    if (kind == "last_success") return LastSuccessFact{Name("job"), InstantOrNull("value")};
    if (kind == "gone") return GoneFact{Name("job")};
    return DownFact{Text("reason")};
  }
  RunFact Run() {
    RunFact run;
    run.job = Name("job");
    run.run_id = Name("run_id");
    run.scope = MaybeText("scope");
    run.scheduled = Instant("scheduled_at");
    run.created = Instant("created_at");
    run.started = Instant("started_at");
    run.finished = Instant("finished_at");
    run.outcome = OneOf("outcome", kOutcomes, Outcome::kRunning);
    run.trigger = OneOf("trigger", kTriggers, Trigger::kUnknown);
    run.reason = Text("reason");
    run.excerpt = Text("excerpt");
    run.link = Text("link");
    return run;
  }

  const Json& json_;
  std::vector<std::string>& faults_;
};

// Rejects what a DOM would hide or choke on: duplicate keys and depth.
std::optional<Json> ParseLine(const std::string& line, std::string& fault) {
  std::vector<std::set<std::string>> keys;
  const auto guard = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kDeepest) fault = "nested too deeply";
    if (!fault.empty()) return false;
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    const bool again = event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second;
    if (again) fault = "duplicate key " + Shown(parsed.get<std::string>());
    return fault.empty();
  };
  if (line.empty()) return fault = "an empty line", std::nullopt;
  if (line.size() > kMostLineBytes) return fault = "longer than 1 MiB", std::nullopt;
  try {
    Json json = Json::parse(line, guard);
    if (fault.empty()) return json;
  } catch (const std::exception&) {
    if (fault.empty()) fault = "this is no JSON";
  }
  return std::nullopt;
}

void Put(Json& json, const char* key, const std::optional<TimePoint>& time) {
  if (time) json[key] = FormatRfc3339(*time);
}
template <class T>
void Put(Json& json, const char* key, const std::optional<T>& value) {
  if (value) json[key] = *value;
}
void Put(Json& json, const char* key, const std::string& text) {
  if (!text.empty()) json[key] = text;
}

struct FactWriter {
  Json& json;
  void operator()(const JobFact& f) const {
    json["job"] = f.job;
    if (f.configured) json["configured"] = true;
    Put(json, "scope", f.scope);
    Put(json, "schedule", f.schedule);
    Put(json, "timezone", f.timezone);
    Put(json, "dialect", f.dialect);
    Put(json, "paused", f.paused);
  }
  void operator()(const ViewFact& f) const {
    Put(json, "scope", f.scope);
    json["complete"] = f.complete;
    Put(json, "since", f.since);
  }
  void operator()(const RunFact& f) const {
    json["job"] = f.job;
    json["run_id"] = f.run_id;
    Put(json, "scope", f.scope);
    Put(json, "scheduled_at", f.scheduled);
    Put(json, "created_at", f.created);
    Put(json, "started_at", f.started);
    Put(json, "finished_at", f.finished);
    json["outcome"] = OutcomeName(f.outcome);
    json["trigger"] = kTriggers[static_cast<std::size_t>(f.trigger)];
    Put(json, "reason", f.reason);
    Put(json, "excerpt", f.excerpt);
    Put(json, "link", f.link);
  }
  void operator()(const ObservationFact& f) const {
    json["job"] = f.job;
    json["output"] = f.output;
    json["updated_at"] = f.updated ? Json(FormatRfc3339(*f.updated)) : Json(nullptr);
    Put(json, "rows", f.rows);
    Put(json, "bytes", f.bytes);
    Put(json, "partition", f.partition);
    for (const auto& [key, value] : f.values) {
      if (std::isfinite(value))
        json["values"][key] = value;  // JSON has no other numbers: as if it had not been measured
    }
  }
  void operator()(const LastSuccessFact& f) const {
    json["job"] = f.job;
    json["value"] = f.value ? Json(FormatRfc3339(*f.value)) : Json(nullptr);
  }
  void operator()(const GoneFact& f) const { json["job"] = f.job; }
  void operator()(const DownFact& f) const { Put(json, "reason", f.reason); }
};

constexpr std::size_t kMostFaults = 200;  // more than anybody reads

}  // namespace

FactsFile ReadFacts(std::istream& in, std::string_view name) {
  FactsFile file;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    std::vector<std::string> faults;
    std::string fault;
    if (line.ends_with('\r')) line.pop_back();
    const auto json = ParseLine(line, fault);
    if (!json) faults.push_back(fault);
    auto fact = json ? LineReader(*json, faults).Read() : std::nullopt;
    if (fact) file.facts.push_back(*std::move(fact));
    for (const std::string& text : faults) {
      file.faults.push_back(std::string(name) + ":" + std::to_string(number) + ": " + text);
    }
    if (file.faults.size() < kMostFaults) continue;
    file.faults.push_back("there are " + std::to_string(kMostFaults) + " faults and more, and the rest was not read; mend the first ones");
    break;
  }
  return file;
}

FactsFile ReadFactsFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return in ? ReadFacts(in, path) : FactsFile{{}, {path + ": the file can't be read; is it there?"}};
}

std::string FactLine(const Fact& fact) {
  Json json;
  json["fact"] = kKinds[fact.what.index()].name;
  json["source"] = fact.source;
  std::visit(FactWriter{json}, fact.what);
  json["observed_at"] = FormatRfc3339(fact.observed);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string_view OutcomeName(Outcome outcome) { return kOutcomes[static_cast<std::size_t>(outcome)]; }

}  // namespace batchslo
