#include "exporter/config/keys.h"

#include <array>
#include <string>

#include "exporter/config/values.h"

namespace batchslo {
namespace {

using enum OptionType;

const std::vector<std::string_view> kSeverities = {"critical", "warning", "info"};
constexpr std::string_view kLaterHelp = "remove it; a later version will have it";

std::string DeadlineFault(std::string_view text) {
  const auto ticks = ParseDeadline(text, Zone{});
  return ticks ? "" : ticks.Message();
}
std::string SinceFault(std::string_view text) { return ParseDuration(text) ? "" : DeadlineFault(text); }
std::string RowsFault(std::string_view text) {
  const auto rows = ParseRowsCheck(text);
  return rows ? "" : rows.Message();
}
std::string ShrinkFault(std::string_view text) {
  const auto shrink = ParseShrinkCheck(text);
  return shrink ? "" : shrink.Message();
}
std::string PositiveFault(std::string_view text) {
  const auto duration = ParseDuration(text);
  return duration && *duration > Duration{0} ? "" : "it must be longer than nothing";
}
std::string ToleranceFault(std::string_view text) { return text.starts_with('-') || text.size() > 3 ? "it must be from 0 to 999" : ""; }
std::string StoreFault(std::string_view text) {
  if (text.starts_with("sqlite:///") && text.size() > 10) return "";
  if (text.starts_with("postgres")) return "this version keeps its ledger in SQLite only; write sqlite:///PATH";
  return "write sqlite:///PATH";
}
std::string OutputFault(std::string_view text) {
  const std::size_t slash = text.find('/');
  return slash == std::string_view::npos || slash == 0 || slash + 1 == text.size() ? "write SOURCE/TABLE" : "";
}
std::string UrlFault(std::string_view text) { return text.starts_with("https://") || text.starts_with("http://") ? "" : "write a http or https address"; }

const std::array kTop = {
    OptionSpec{"store", kString, "Where the ledger lies", "sqlite:///var/lib/batchslo/ledger.db", "", false, {}, StoreFault},
    OptionSpec{"retention", kDuration, "How long the ledger keeps facts; no window may be longer", "100d", "100d", false, {}, PositiveFault},
    OptionSpec{"defaults", kBlock, "What holds where nothing else is written"},
    OptionSpec{"sources", kBlock, "The systems that are asked, by name"},
    OptionSpec{"jobs", kBlock, "The jobs that people wrote objectives for, by name"},
    OptionSpec{"calendars", kLater, kLaterHelp},
    OptionSpec{"registries", kLater, kLaterHelp},
};
const std::array kDefaults = {
    OptionSpec{"timezone", kZone, "Of our own deadlines; never of a scheduler's schedule", "Asia/Tokyo", "UTC"},
    OptionSpec{"severity", kString, "Of objectives that people wrote", "critical", "critical", false, kSeverities},
};
const std::array kSource = {
    OptionSpec{"poll_interval", kDuration, "How often it is asked (a watch is not polled)", "1m", "", false, {}, PositiveFault},
    OptionSpec{"staleness", kDuration, "How far apart two looks may be and still cover what lies between", "90s", "", false, {}, PositiveFault},
    OptionSpec{"timeout", kDuration, "When one poll is given up", "10s", "", false, {}, PositiveFault},
    OptionSpec{"prefix", kString, "Put before the names of its jobs, to tell clusters apart", "prod/"},
    OptionSpec{"severity_of_derived", kString, "Of the default objective of its discovered jobs", "info", "warning", false, kSeverities},
};
const std::array kObjective = {
    OptionSpec{"within", kDuration, "Met while a success lies no longer back", "30m", "", false, {}, PositiveFault},
    OptionSpec{"by", kString, "Met if a success came in time for each of these deadlines: HH:MM[,HH:MM] [days], or a cron", "\"10:00 mon-fri\"", "", false, {}, DeadlineFault},
    OptionSpec{"every_run", kBlock, "Met if each scheduled run, or one of the few before it, succeeded in time", "{tolerate: 1}"},
    OptionSpec{"start_by", kDuration, "Met if each scheduled run began this soon", "15m", "", false, {}, PositiveFault},
    OptionSpec{"max_runtime", kDuration, "Missed while a run has been going for longer", "3h", "", false, {}, PositiveFault},
    OptionSpec{"grace", kDuration, "Added to each due instant", "5m"},
    OptionSpec{"since", kString, "Where a window of `by` opens: a duration before the deadline, HH:MM, or a cron", "\"06:00\"", "", false, {}, SinceFault},
    OptionSpec{"timezone", kZone, "Of `by` and `since`", "Europe/Berlin"},
    OptionSpec{"severity", kString, "Who is told of a miss: critical pages", "warning", "", false, kSeverities},
    OptionSpec{"calendar", kLater, kLaterHelp},
    OptionSpec{"target", kLater, kLaterHelp},
};
const std::array kJobOnly = {
    OptionSpec{"runs", kBlock, "Whose runs these are; not needed for the name of a discovered job", "{source: gke, cronjob: billing/close-books}"},
    OptionSpec{"output", kString, "What it leaves behind, in short: SOURCE/TABLE", "dwh/mart.items", "", false, {}, OutputFault},
    OptionSpec{"outputs", kBlock, "What it leaves behind, by name", "{ledger: {source: rdb, table: billing.ledger, updated_at: loaded_at}}"},
    OptionSpec{"rows", kString, "How many rows each output must have", "\">= 1000\"", "", false, {}, RowsFault},
    OptionSpec{"success", kString, "Which proofs a success needs", "outputs", "all", false, {"all", "any", "runs", "outputs"}},
    OptionSpec{"count_manual", kBool, "Whether a run that was started by hand is a success", "false", "true"},
    OptionSpec{"count_backfill", kBool, "Whether a backfill is a success", "true", "false"},
    OptionSpec{"objectives", kBlock, "Several objectives, by name", "{morning: {by: \"10:00\"}}"},
    OptionSpec{"schedule", kString, "When it is started, as a cron; only where its source can't tell (heartbeats)", "\"0 3 * * *\""},
    OptionSpec{"dialect", kString, "Whose cron `schedule` is", "vixie", "", false, {"vixie", "kubernetes"}},
    OptionSpec{"max_suspend", kDuration, "A pause that lasts longer is a miss", "7d", "", false, {}, PositiveFault},
    OptionSpec{"team", kString, "Who operates it", "data"},
    OptionSpec{"consumer", kString, "Who waits for it; shown in the alert", "\"ads import, 10:00\""},
    OptionSpec{"runbook_url", kString, "What to do when it is late", "https://wiki.example/billing", "", false, {}, UrlFault},
    OptionSpec{"dashboard_url", kString, "Where to look", "https://grafana.example/d/billing", "", false, {}, UrlFault},
    OptionSpec{"needs", kLater, kLaterHelp},
};
const std::array kRuns = {OptionSpec{"source", kString, "The name of a source", "gke", "", true}};
const std::array kOutput = {
    OptionSpec{"source", kString, "The name of a source", "rdb", "", true},
    OptionSpec{"checks", kBlock, "What must hold for it to be a success", "{rows: \">= 1\"}"},
};
const std::array kChecks = {
    OptionSpec{"rows", kString, "How many rows it must have", "\">= 1000\"", "", false, {}, RowsFault},
    OptionSpec{"not_null", kStrings, "Columns that must have no NULL", "[amount]"},
    OptionSpec{"shrink", kString, "How much smaller than before it may be", "\"< 20%\"", "", false, {}, ShrinkFault},
};
const std::array kEveryRun = {
    OptionSpec{"tolerate", kInteger, "How many of the runs before may stand in for one that failed", "2", "0", false, {}, ToleranceFault},
    OptionSpec{"finish_within", kDuration, "How long after its tick a run may finish; else until the next tick", "1h", "", false, {}, PositiveFault},
};

const std::vector<OptionSpec>& JobKeys() {
  static const std::vector<OptionSpec> kKeys = [] {
    std::vector<OptionSpec> keys(kJobOnly.begin(), kJobOnly.end());
    keys.insert(keys.end(), kObjective.begin(), kObjective.end());
    return keys;
  }();
  return kKeys;
}

}  // namespace

std::span<const OptionSpec> KeysOf(BlockKind block) {
  switch (block) {
    case BlockKind::kTop: return kTop;
    case BlockKind::kDefaults: return kDefaults;
    case BlockKind::kSource: return kSource;
    case BlockKind::kJob: return JobKeys();
    case BlockKind::kRuns: return kRuns;
    case BlockKind::kOutput: return kOutput;
    case BlockKind::kChecks: return kChecks;
    case BlockKind::kObjective: return kObjective;
    case BlockKind::kEveryRun: return kEveryRun;
    case BlockKind::kObjectives: break;
  }
  return {};
}

std::string_view BlockTitle(BlockKind block) {
  static constexpr std::string_view kTitles[] = {"The file", "`defaults`", "A source", "A job", "`runs` of a job", "An output", "`checks` of an output",
                                                 "`objectives` of a job", "An objective", "`every_run`"};
  return kTitles[static_cast<std::size_t>(block)];
}

}  // namespace batchslo
