#include "tests/config/cases.h"

#include <algorithm>
#include <functional>
#include <map>

#include "exporter/config/keys.h"
#include "exporter/sources/registry.h"

namespace batchslo {
namespace {

using Keys = std::vector<std::pair<std::string, std::string>>;

std::string Flow(const Keys& keys) {
  std::string text;
  for (const auto& [key, value] : keys) text += (text.empty() ? "" : ", ") + key + ": " + value;
  return "{" + text + "}";
}

// ---- blocks, and the document around them ----

struct Frame {
  std::string block;
  std::span<const OptionSpec> table;
  std::function<Keys(const std::string& key)> beside;  // what must stand beside the key
  std::function<std::string(const std::string& block)> document;
};

// The sources that the examples of the tables name.
const std::string kSources =
    "sources: {gke: {kubernetes: {}}, push: {heartbeat: {token: {env: TOKEN}}}, "
    "rdb: {sql: {url: \"sqlite:///rdb.db\", updated_at: moved}}, "
    "dwh: {sql: {url: \"sqlite:///dwh.db\", updated_at: moved}}}";

std::string Job(const std::string& block) { return "{calendars: {business: {weekdays: mon-fri}}, " + kSources + ", jobs: {a/b: " + block + "}}"; }
std::string Output(const std::string& block) { return Job("{outputs: {out: " + block + "}}"); }

Keys RequiredBut(const SourceSpec& kind, const std::string& key) {
  Keys keys;
  for (const OptionSpec& spec : kind.options) {
    if (spec.required && spec.key != key) keys.emplace_back(spec.key, spec.example);
  }
  return keys;
}

Keys Nothing(const std::string&) { return {}; }

Keys BesideInJob(const std::string& key) {
  static const std::map<std::string, Keys, std::less<>> kBeside = {{"since", {{"by", "\"10:00\""}}},
                                                                   {"rows", {{"output", "rdb/orders"}}},
                                                                   {"success", {{"output", "rdb/orders"}}},
                                                                   {"dialect", {{"schedule", "\"0 3 * * *\""}}}};
  const auto found = kBeside.find(key);
  return found == kBeside.end() ? Keys{} : found->second;
}

// Two dialects write no five fields.
std::string JobInItsDialect(std::string block) {
  static const std::pair<std::string_view, std::string_view> kSchedules[] = {{"dialect: eventbridge", "cron(0 3 * * ? *)"}, {"dialect: systemd", "03:00"}};
  constexpr std::string_view kFields = "0 3 * * *";
  const std::size_t at = block.find(kFields);
  for (const auto& [dialect, schedule] : kSchedules) {
    if (at != std::string::npos && block.find(dialect) != std::string::npos) block.replace(at, kFields.size(), schedule);
  }
  return Job(block);
}

Keys BesideInObjective(const std::string& key) {
  const bool is_kind =
      key == "within" || key == "by" || key == "every_run" || key == "start_by" || key == "max_runtime";
  return is_kind ? Keys{} : Keys{{"by", "\"10:00\""}};
}

Keys BesideInHalfDays(const std::string& key) { return key == "until" ? Keys{{"dates", "[2026-12-24]"}} : Keys{{"until", "\"12:00\""}}; }

Keys BesideInMaintenance(const std::string& key) {
  static const std::map<std::string, Keys, std::less<>> kBeside = {{"from", {{"to", "\"2027-01-01 00:00\""}}},
                                                                   {"to", {{"from", "\"2026-01-01 00:00\""}}},
                                                                   {"cron", {{"for", "1h"}}},
                                                                   {"for", {{"cron", "\"0 2 * * sun\""}}}};
  return kBeside.at(key);
}

Keys BesideInRegistry(const std::string& key) { return key == "csv" || key == "sheets" ? Keys{} : Keys{{"csv", "{file: jobs.csv}"}}; }

Keys BesideInCsv(const std::string& key) {
  static const std::map<std::string, Keys, std::less<>> kBeside = {{"file", {}},
                                                                   {"url", {}},
                                                                   {"username", {{"url", "\"https://x.example\""}, {"password", "{env: PASSWORD}"}}},
                                                                   {"password", {{"url", "\"https://x.example\""}, {"username", "batchslo"}}}};
  const auto found = kBeside.find(key);
  return found == kBeside.end() ? Keys{{"url", "\"https://x.example\""}} : found->second;
}

Keys BesideInSheets(const std::string& key) {
  Keys keys;
  if (key != "spreadsheet") keys.emplace_back("spreadsheet", "1AbC");
  if (key != "range") keys.emplace_back("range", "\"Jobs!A:Z\"");
  return keys;
}

Keys BesideInRuns(const std::string& key) {
  if (key == "source") return {{"cronjob", "a/c"}};
  if (key == "namespace") return {{"source", "gke"}, {"selector", "a=b"}};
  if (key == "selector") return {{"source", "gke"}, {"namespace", "a"}};
  return {{"source", "gke"}};
}

Keys BesideInOutput(const std::string& key) {
  Keys keys;
  if (key != "source") keys.emplace_back("source", "rdb");
  if (key != "query" && key != "table") keys.emplace_back("table", "orders");
  return keys;
}

// An output of a source of this kind, which is called `s`: its first key says what is meant, unless another one does.
std::string OutputOf(const SourceSpec& kind, const std::string& block) {
  Keys options;
  for (const OptionSpec& spec : kind.options) options.emplace_back(spec.key, spec.example);
  return "{sources: {s: {" + std::string(kind.kind) + ": " + Flow(options) + "}}, jobs: {a/b: {outputs: {out: " +
         block + "}}}}";
}
Keys BesideInOutputOf(const SourceSpec& kind, const std::string& key) {
  const OptionSpec& first = kind.outputs.front();
  Keys keys = {{"source", "s"}};
  if (key != first.key && key != "query") keys.emplace_back(first.key, first.example);
  return keys;
}

std::vector<Frame> Frames(const std::vector<SourceSpec>& kinds) {
  const auto plain = [](const std::string& block) { return block; };
  std::vector<Frame> frames = {
      {"top", KeysOf(BlockKind::kTop), Nothing, plain},
      {"defaults", KeysOf(BlockKind::kDefaults), Nothing,
       [](const std::string& block) { return "{defaults: " + block + "}"; }},
      {"source", KeysOf(BlockKind::kSource),
       [](const std::string&) {
         return Keys{{"kubernetes", "{}"}};
       },
       [](const std::string& block) { return "{sources: {s: " + block + "}}"; }},
      {"calendar", KeysOf(BlockKind::kCalendar), Nothing, [](const std::string& block) { return "{calendars: {c: " + block + "}}"; }},
      // But `file`, the first one: whether it is there is not in the table.
      {"holidays", KeysOf(BlockKind::kHolidays).subspan(1), Nothing, [](const std::string& block) { return "{calendars: {c: {holidays: " + block + "}}}"; }},
      {"half_days", KeysOf(BlockKind::kHalfDays).subspan(1), BesideInHalfDays, [](const std::string& block) { return "{calendars: {c: {half_days: " + block + "}}}"; }},
      {"maintenance", KeysOf(BlockKind::kMaintenance), BesideInMaintenance, [](const std::string& block) { return "{calendars: {c: {maintenance: {m: " + block + "}}}}"; }},
      {"registry", KeysOf(BlockKind::kRegistry), BesideInRegistry, [](const std::string& block) { return "{registries: {r: " + block + "}}"; }},
      {"csv", KeysOf(BlockKind::kCsv), BesideInCsv, [](const std::string& block) { return "{registries: {r: {csv: " + block + "}}}"; }},
      {"sheets", KeysOf(BlockKind::kSheets), BesideInSheets, [](const std::string& block) { return "{registries: {r: {sheets: " + block + "}}}"; }},
      {"job", KeysOf(BlockKind::kJob), BesideInJob, JobInItsDialect},
      {"runs", KeysOf(BlockKind::kRuns), BesideInRuns,
       [](const std::string& block) { return Job("{runs: " + block + "}"); }},
      {"output", KeysOf(BlockKind::kOutput), BesideInOutput, Output},
      {"checks", KeysOf(BlockKind::kChecks), Nothing,
       [](const std::string& block) { return Output("{source: rdb, query: SELECT 1 AS updated_at, checks: " + block + "}"); }},
      {"objective", KeysOf(BlockKind::kObjective), BesideInObjective,
       [](const std::string& block) { return Job("{objectives: {one: " + block + "}}"); }},
      {"every_run", KeysOf(BlockKind::kEveryRun), Nothing,
       [](const std::string& block) { return Job("{every_run: " + block + "}"); }}};
  for (const SourceSpec& kind : kinds) {
    const std::string name(kind.kind);
    frames.push_back({name, kind.options, [&kind](const std::string& key) { return RequiredBut(kind, key); },
                      [name](const std::string& block) { return "{sources: {s: {" + name + ": " + block + "}}}"; }});
    if (!kind.runs.empty())
      frames.push_back({name + "-runs", kind.runs, BesideInRuns,
                        [](const std::string& block) { return Job("{runs: " + block + "}"); }});
    if (!kind.outputs.empty())
      frames.push_back({name + "-output", kind.outputs,
                        [&kind](const std::string& key) { return BesideInOutputOf(kind, key); },
                        [&kind](const std::string& block) { return OutputOf(kind, block); }});
  }
  return frames;
}

// ---- values ----

std::vector<std::string> WrongTypes(const OptionSpec& spec) {
  switch (spec.type) {
    case OptionType::kString:
    case OptionType::kFile:
    case OptionType::kZone:
      return {"[odd]", "{odd: 1}", "~"};
    case OptionType::kBool:
      return {"yes", "on", "\"true\"", "1", "True", "[true]", "~"};
    case OptionType::kInteger:
      return {"\"1\"", "1.5", "one", "012", "0x1", "1e0", "[1]", "~"};
    case OptionType::kDuration:
      return {"soon", "5", "1h 30m", "30m1h", "-5m", "1.5h", "[5m]", "{odd: 5m}", "~"};
    case OptionType::kSecret:
      return {"hunter2", "{vault: hunter2}",  "{file: /a, env: B}", "[hunter2]",
              "{}",      "{file: [hunter2]}", "{env: \"\"}",        "~"};
    case OptionType::kStrings:
      return {"odd", "{odd: 1}", "[[odd]]", "[{odd: 1}]", "[\"\"]", "[~]", "~"};
    case OptionType::kBlock:
      return {"odd", "[odd]", "1"};
    case OptionType::kLater:
      break;
  }
  return {};
}

std::vector<std::string> WrongValues(const OptionSpec& spec) {
  std::vector<std::string> values;
  switch (spec.type) {
    case OptionType::kString:
      values = {"\"\""};
      if (!spec.allowed.empty() || spec.fault) values.insert(values.end(), {"\";\"", "\"; ;\""});
      break;
    case OptionType::kFile:
      values = {"\"\""};
      break;
    case OptionType::kZone:
      values = {"Mars/Olympus", "europe/berlin", "\"\""};
      break;
    case OptionType::kInteger:
      values = {std::to_string(spec.least - 1), std::to_string(spec.most + 1), "99999999999999999999"};
      break;
    case OptionType::kDuration:
      if (spec.least > 0) values = {"0", "0s", "0h0m"};
      values.push_back("99999999999999999999s");
      break;
    case OptionType::kStrings:
      values = {"[]", "[a, a]"};
      break;
    case OptionType::kBool:
    case OptionType::kSecret:
    case OptionType::kBlock:
    case OptionType::kLater:
      break;
  }
  return values;
}

std::vector<std::string> GoodValues(const OptionSpec& spec) {
  std::vector<std::string> values = {std::string(spec.example)};
  for (const std::string_view one : spec.allowed) values.emplace_back(one);
  if (spec.type == OptionType::kBool) values = {"true", "false"};
  if (spec.type == OptionType::kDuration) values.insert(values.end(), {"1d2h3m4s5ms", "\"90s\""});
  if (spec.type == OptionType::kDuration && spec.least <= 0) values.insert(values.end(), {"0", "0s"});
  if (spec.type == OptionType::kInteger)
    values.insert(values.end(), {std::to_string(spec.least), std::to_string(spec.most)});
  if (spec.type == OptionType::kSecret) values = {"{file: /run/secrets/x}", "{env: SECRET}"};
  const bool free_text = spec.type == OptionType::kString && spec.allowed.empty() && !spec.required;
  // Texts that look like something else; what a cron is, only the job's reader knows.
  for (const std::string_view text : {"012", "true", "1e3", "10:00"}) {
    if (free_text && spec.key != "schedule" && spec.key != "calendar" && (!spec.fault || spec.fault(text).empty())) values.emplace_back(text);
  }
  return values;
}

std::string Misspelt(std::string_view key) { return std::string(key.substr(0, 1)) + "x" + std::string(key.substr(1)); }

// ---- cases ----

class Maker {
 public:
  void Add(const Frame& frame, const OptionSpec& spec) {
    const std::string key(spec.key), example(spec.example);
    for (const std::string& value : GoodValues(spec)) Put(CaseKind::kGood, frame, key, key, value);
    for (const std::string& value : WrongTypes(spec)) Put(CaseKind::kWrongType, frame, key, key, value);
    for (const std::string& value : WrongValues(spec)) Put(CaseKind::kWrongValue, frame, key, key, value);
    Put(CaseKind::kMisspelt, frame, key, Misspelt(key), example);
    if (spec.required) PutMissing(frame, key);
  }

  std::vector<Case> Take() { return std::move(cases_); }

 private:
  void Put(CaseKind kind, const Frame& frame, const std::string& key, const std::string& written,
           const std::string& value) {
    Keys keys = frame.beside(key);
    keys.emplace_back(written, value);
    const bool at_value = kind == CaseKind::kWrongType || kind == CaseKind::kWrongValue;
    Push(kind, frame, key, frame.document(Flow(keys)), written + ": " + value, at_value ? written.size() + 2 : 0);
  }

  void PutMissing(const Frame& frame, const std::string& key) {
    const std::string block = Flow(frame.beside(key));
    Push(CaseKind::kMissing, frame, key, frame.document(block), block, 0);
  }

  // Its fault is in `part` of the text, from the byte `skip` on.
  void Push(CaseKind kind, const Frame& frame, const std::string& key, std::string text, const std::string& part,
            std::size_t skip) {
    const std::string name = frame.block + " " + key + " " + std::string(CaseKindName(kind));
    const int number = ++numbers_[name];
    Case made{kind, frame.block, key, name + " " + std::to_string(number), std::move(text)};
    if (kind != CaseKind::kGood) {
      const std::size_t at = made.text.rfind(part);
      made.from = static_cast<int>(at + skip) + 1;
      made.to = static_cast<int>(at + part.size());
    }
    cases_.push_back(std::move(made));
  }

  std::vector<Case> cases_;
  std::map<std::string, int> numbers_;
};

}  // namespace

std::string_view CaseKindName(CaseKind kind) {
  static constexpr std::string_view kNames[] = {"good", "wrong-type", "wrong-value", "misspelt", "missing"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::vector<Case> MakeCases() {
  static const std::vector<SourceSpec> kKinds = SourceSpecs();
  Maker maker;
  for (const Frame& frame : Frames(kKinds)) {
    for (const OptionSpec& spec : frame.table) maker.Add(frame, spec);
  }
  return maker.Take();
}

}  // namespace batchslo
