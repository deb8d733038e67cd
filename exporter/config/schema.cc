#include <algorithm>
#include <cstdio>

#include "exporter/config/docs.h"
#include "exporter/config/json_text.h"
#include "exporter/config/keys.h"
#include "exporter/config/text.h"

namespace batchslo {
namespace {

using Table = std::span<const OptionSpec>;

// Texts may be written without quotes, also where they look like a number.
Json PlainText() {
  return Json::Object().Set("type", Json::Texts({"string", "number", "boolean"})).Set("minLength", Json::Raw("1"));
}
Json StrictText() { return Json::Object().Set("type", Json::Text("string")).Set("minLength", Json::Raw("1")); }
Json Matching(std::string_view pattern) {
  return Json::Object().Set("type", Json::Text("string")).Set("pattern", Json::Text(pattern));
}
Json Ref(std::string_view definition) {
  return Json::Object().Set("$ref", Json::Text("#/definitions/" + std::string(definition)));
}

// Whether an editor that takes the text for a number or a boolean could be wrong.
bool MayLookLikeANumber(const OptionSpec& spec) {
  return !spec.fault || spec.fault("1").empty() || spec.fault("true").empty();
}

Json OfText(const OptionSpec& spec) {
  if (!spec.allowed.empty()) return Json::Object().Set("enum", Json::Texts(spec.allowed));
  if (!spec.pattern.empty()) return Matching(spec.pattern);
  return MayLookLikeANumber(spec) ? PlainText() : StrictText();
}

Json OfInteger(const OptionSpec& spec) {
  return Json::Object()
      .Set("type", Json::Text("integer"))
      .Set("minimum", Json::Raw(std::to_string(spec.least)))
      .Set("maximum", Json::Raw(std::to_string(spec.most)));
}

Json OfStrings(const OptionSpec& spec) {
  return Json::Object()
      .Set("type", Json::Text("array"))
      .Set("items", OfText(spec))
      .Set("minItems", Json::Raw("1"))
      .Set("uniqueItems", Json::Raw("true"));
}

// Blocks are known by their keys, but `checks` and `source` of the kinds of blocks that this file builds itself.
Json OfBlock(std::string_view key) {
  static constexpr std::string_view kNames[] = {"defaults",   "sources", "jobs",    "every_run",
                                                "objectives", "runs",    "outputs", "checks",
                                                "calendars",  "holidays", "half_days", "maintenance",
                                                "registries", "csv",     "sheets"};
  return std::find(std::begin(kNames), std::end(kNames), key) == std::end(kNames) ? Json::Object() : Ref(key);
}

Json OfValue(const OptionSpec& spec) {
  switch (spec.type) {
    case OptionType::kString:
    case OptionType::kFile:
      return OfText(spec);
    case OptionType::kBool:
      return Json::Object().Set("type", Json::Text("boolean"));
    case OptionType::kInteger:
      return OfInteger(spec);
    case OptionType::kDuration:
      return Ref(spec.least > 0 ? "length" : "duration");
    case OptionType::kZone:
      return StrictText();
    case OptionType::kSecret:
      return Ref("secret");
    case OptionType::kStrings:
      return OfStrings(spec);
    case OptionType::kBlock:
      return OfBlock(spec.key);
    case OptionType::kLater:
      break;
  }
  return Json::Object();
}

// A $ref hides what stands beside it in draft-07, so a description is put around it.
Json Described(const OptionSpec& spec) {
  Json value = Json::Object().Set("description", Json::Text(spec.help));
  if (!spec.fallback.empty())
    value.Set("default", spec.type == OptionType::kBool || spec.type == OptionType::kInteger
                             ? Json::Raw(spec.fallback)
                             : Json::Text(spec.fallback));
  return value.Set("allOf", Json::Array().Add(OfValue(spec)));
}

// A block by its tables; null stands for an empty one.
Json BlockOf(const std::vector<Table>& tables) {
  Json properties = Json::Object(), required = Json::Array();
  for (const Table table : tables) {
    for (const OptionSpec& spec : table) {
      if (spec.type != OptionType::kLater) properties.Set(spec.key, Described(spec));
      if (spec.required) required.Add(Json::Text(spec.key));
    }
  }
  Json block = Json::Object().Set("type", required.Empty() ? Json::Texts({"object", "null"}) : Json::Text("object"));
  block.Set("properties", std::move(properties)).Set("additionalProperties", Json::Raw("false"));
  if (!required.Empty()) block.Set("required", std::move(required));
  return block;
}

Json MapOf(Json value, std::string_view names) {
  return Json::Object()
      .Set("type", Json::Texts({"object", "null"}))
      .Set("propertyNames", Json::Object().Set("pattern", Json::Text(names)))
      .Set("additionalProperties", std::move(value));
}

Json Required(const std::vector<std::string_view>& keys) { return Json::Object().Set("required", Json::Texts(keys)); }

Json AnyRequired(const std::vector<std::string_view>& keys, std::string_view how = "anyOf") {
  Json any = Json::Array();
  for (const std::string_view key : keys) any.Add(Required({key}));
  return Json::Object().Set(how, std::move(any));
}

// One kind, and the common keys beside it.
Json Source(std::span<const SourceSpec> kinds) {
  Json properties = Json::Object();
  std::vector<std::string_view> names;
  for (const SourceSpec& kind : kinds) {
    names.push_back(kind.kind);
    properties.Set(kind.kind, BlockOf({kind.options}).Set("description", Json::Text(kind.summary)));
  }
  for (const OptionSpec& spec : KeysOf(BlockKind::kSource)) properties.Set(spec.key, Described(spec));
  return Json::Object()
      .Set("type", Json::Text("object"))
      .Set("properties", std::move(properties))
      .Set("additionalProperties", Json::Raw("false"))
      .Set("allOf", Json::Array().Add(AnyRequired(names, "oneOf")));
}

// A block that names a source: as one of the kinds takes it, for a schema does not know which source is which.
Json ByKind(BlockKind block, std::span<const SourceSpec> kinds) {
  Json any = Json::Array();
  for (const SourceSpec& kind : kinds) {
    const bool is_runs = block == BlockKind::kRuns;
    if (is_runs ? kind.has_runs : !kind.outputs.empty())
      any.Add(BlockOf({KeysOf(block), is_runs ? kind.runs : kind.outputs}));
  }
  return Json::Object().Set("anyOf", std::move(any));
}

Json Job() {
  return BlockOf({KeysOf(BlockKind::kJob)})
      .Set("dependencies", Json::Object()
                               .Set("since", AnyRequired({"by", "objectives"}))
                               .Set("rows", AnyRequired({"output", "outputs"}))
                               .Set("dialect", Json::Texts({"schedule"})));
}

Json ObjectiveBlock() {
  return BlockOf({KeysOf(BlockKind::kObjective)})
      .Set("allOf", Json::Array().Add(AnyRequired({"within", "by", "every_run", "start_by", "max_runtime"}, "oneOf")))
      .Set("dependencies", Json::Object().Set("since", Json::Texts({"by"})));
}

// Days are named by a file, by a list, or by both.
Json DaysBlock(BlockKind block) {
  Json whole = Json::Array().Add(BlockOf({KeysOf(block)})).Add(AnyRequired({"file", "dates"}));
  return Json::Object().Set("type", Json::Text("object")).Set("allOf", std::move(whole));
}

Json Maintenance() {
  Json ways = Json::Array().Add(Required({"from", "to"}).Set("maxProperties", Json::Raw("2"))).Add(Required({"cron", "for"}).Set("maxProperties", Json::Raw("2")));
  return Json::Object().Set("type", Json::Text("object")).Set("allOf", Json::Array().Add(BlockOf({KeysOf(BlockKind::kMaintenance)}))).Set("oneOf", std::move(ways));
}

Json Calendar() {
  return Json::Object().Set("type", Json::Text("object")).Set("minProperties", Json::Raw("1")).Set("allOf", Json::Array().Add(BlockOf({KeysOf(BlockKind::kCalendar)})));
}

Json Registry() {
  Json whole = Json::Array().Add(BlockOf({KeysOf(BlockKind::kRegistry)})).Add(AnyRequired({"csv", "sheets"}, "oneOf"));
  return Json::Object().Set("type", Json::Text("object")).Set("allOf", std::move(whole));
}

Json Csv() {
  Json dependencies = Json::Object();
  for (const std::string_view key : {"redirect_hosts", "bearer_token"}) dependencies.Set(key, Json::Texts({"url"}));
  dependencies.Set("username", Json::Texts({"url", "password"})).Set("password", Json::Texts({"url", "username"}));
  Json whole = Json::Array().Add(BlockOf({KeysOf(BlockKind::kCsv)})).Add(AnyRequired({"file", "url"}, "oneOf"));
  whole.Add(Json::Object().Set("not", Required({"bearer_token", "username"})));
  return Json::Object().Set("type", Json::Text("object")).Set("allOf", std::move(whole)).Set("dependencies", std::move(dependencies));
}

Json Secret() {
  return Json::Object()
      .Set("type", Json::Text("object"))
      .Set("properties", Json::Object().Set("file", PlainText()).Set("env", PlainText()))
      .Set("additionalProperties", Json::Raw("false"))
      .Set("minProperties", Json::Raw("1"))
      .Set("maxProperties", Json::Raw("1"));
}

std::string EcmaEscape(char32_t point) {
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04x", static_cast<unsigned>(point));
  return text;
}

Json Definitions(std::span<const SourceSpec> kinds) {
  constexpr std::string_view kUnits = "([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$";
  std::string none_of = R"([^\u0000-\u001f\u007f-\u009f)";
  for (const auto& [first, last] : kInvisible) none_of += EcmaEscape(first) + "-" + EcmaEscape(last);
  const std::string name = none_of + "]{1,200}$", source_name = "^" + none_of + "/]{1,200}$";
  Json zero = Json::Object().Set("enum", Json::Array().Add(Json::Raw("0")).Add(Json::Text("0")));
  return Json::Object()
      .Set("length", Matching("^(?=.*[1-9])" + std::string(kUnits)))
      .Set("duration", Json::Object().Set(
                           "anyOf", Json::Array().Add(std::move(zero)).Add(Matching("^(?=.)" + std::string(kUnits)))))
      .Set("secret", Secret())
      .Set("defaults", BlockOf({KeysOf(BlockKind::kDefaults)}))
      .Set("sources", MapOf(Source(kinds), source_name))
      .Set("jobs", MapOf(Job(), "^" + name))
      .Set("objectives", MapOf(ObjectiveBlock(), "^(?!checks$)" + name))
      .Set("every_run", BlockOf({KeysOf(BlockKind::kEveryRun)}))
      .Set("runs", ByKind(BlockKind::kRuns, kinds))
      .Set("outputs", MapOf(ByKind(BlockKind::kOutput, kinds), "^" + name))
      .Set("checks", BlockOf({KeysOf(BlockKind::kChecks)}))
      .Set("calendars", MapOf(Calendar(), "^" + name))
      .Set("holidays", DaysBlock(BlockKind::kHolidays))
      .Set("half_days", DaysBlock(BlockKind::kHalfDays))
      .Set("maintenance", MapOf(Maintenance(), "^" + name))
      .Set("registries", MapOf(Registry(), "^" + name))
      .Set("csv", Csv())
      .Set("sheets", BlockOf({KeysOf(BlockKind::kSheets)}));
}

}  // namespace

std::string RenderSchema(std::span<const SourceSpec> kinds) {
  Json root = Json::Object()
                  .Set("$schema", Json::Text("http://json-schema.org/draft-07/schema#"))
                  .Set("title", Json::Text("Configuration of batchslo_exporter"))
                  .Set("type", Json::Text("object"));
  Json top = BlockOf({KeysOf(BlockKind::kTop)});
  root.Set("allOf", Json::Array().Add(std::move(top)));
  return root.Set("definitions", Definitions(kinds)).Render() + "\n";
}

}  // namespace batchslo
