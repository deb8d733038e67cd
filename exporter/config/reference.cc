#include "exporter/config/docs.h"
#include "exporter/config/keys.h"

namespace batchslo {
namespace {

std::string_view TypeText(OptionType type) {
  static constexpr std::string_view kNames[] = {"text",   "true or false", "whole number", "duration", "time zone",
                                                "secret", "list of texts", "path",         "block",    "later"};
  return kNames[static_cast<std::size_t>(type)];
}

// A bar would end the cell.
std::string Cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? "\\|" : std::string(1, c);
  return out;
}

std::string Code(std::string_view text) { return text.empty() ? "" : "`" + Cell(text) + "`"; }

std::string Type(const OptionSpec& spec) {
  if (spec.allowed.empty()) return std::string(TypeText(spec.type));
  std::string text;
  for (const std::string_view one : spec.allowed) text += (text.empty() ? "" : ", ") + Code(one);
  return text;
}

std::string Rows(std::span<const OptionSpec> table) {
  std::string text = "| key | value | default | meaning | example |\n|---|---|---|---|---|\n";
  for (const OptionSpec& spec : table) {
    text += "| " + Code(spec.key) + (spec.required ? " (required)" : "") + " | " + Type(spec) + " | " +
            Code(spec.fallback) + " | " + Cell(spec.help) + " | " + Code(spec.example) + " |\n";
  }
  return text;
}

std::string Section(std::string_view title, std::span<const OptionSpec> table) {
  return "### " + std::string(title) + "\n\n" + Rows(table) + "\n";
}

std::string Kind(const SourceSpec& spec) {
  const std::string name = "`" + std::string(spec.kind) + "`";
  std::string text = "### Source " + name + ": " + std::string(spec.summary) + "\n\n" + Rows(spec.options) + "\n";
  const bool is_asked = !spec.watches && spec.spool_allowance == Duration{0};
  if (is_asked)
    text += "It is asked each " + FormatDuration(spec.poll_interval) + ", and given up after " +
            FormatDuration(spec.timeout) + ".\n\n";
  if (spec.has_runs && !spec.runs.empty()) text += "In `runs` of a job, beside `source`:\n\n" + Rows(spec.runs) + "\n";
  if (spec.has_runs && spec.runs.empty()) text += "`runs` of a job names only the `source`.\n\n";
  if (!spec.outputs.empty())
    text += "In an output of a job, beside `source` and `checks`:\n\n" + Rows(spec.outputs) + "\n";
  return text;
}

}  // namespace

std::string RenderReference(std::span<const SourceSpec> kinds) {
  std::string text;
  for (const BlockKind block : {BlockKind::kTop, BlockKind::kDefaults, BlockKind::kCalendar, BlockKind::kHolidays, BlockKind::kHalfDays,
                                BlockKind::kMaintenance, BlockKind::kRegistry, BlockKind::kCsv, BlockKind::kSheets, BlockKind::kSource})
    text += Section(BlockTitle(block), KeysOf(block));
  for (const SourceSpec& spec : kinds) text += Kind(spec);
  for (const BlockKind block : {BlockKind::kJob, BlockKind::kObjective, BlockKind::kEveryRun, BlockKind::kRuns,
                                BlockKind::kOutput, BlockKind::kChecks}) {
    text += Section(BlockTitle(block), KeysOf(block));
  }
  text.pop_back();  // the blank line before what is not there
  return text;
}

}  // namespace batchslo
