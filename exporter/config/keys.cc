#include "exporter/config/keys.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "exporter/config/calendar_file.h"
#include "exporter/config/calendar_values.h"
#include "exporter/config/registries.h"
#include "exporter/config/values.h"
#include "exporter/core/cron.h"
#include "exporter/core/redact.h"
#include "exporter/net/http.h"
#include "exporter/sql/url.h"

namespace batchslo {
namespace {

using enum OptionType;

std::string DeadlineFault(std::string_view text) {
  const auto ticks = ParseDeadline(text, Zone{});
  return ticks ? "" : ticks.Message();
}
std::string SinceFault(std::string_view text) {
  const auto reach = ParseDuration(text);
  if (!reach) return DeadlineFault(text);
  return *reach > Duration{0} ? "" : "the window must be longer than nothing";
}
std::string RowsFault(std::string_view text) {
  const auto rows = ParseRowsCheck(text);
  return rows ? "" : rows.Message();
}
std::string ShrinkFault(std::string_view text) {
  const auto shrink = ParseShrinkCheck(text);
  return shrink ? "" : shrink.Message();
}
std::string PartitionFault(std::string_view text) {
  const auto partition = ParsePartitionCheck(text);
  return partition ? "" : partition.Message();
}
std::string StoreFault(std::string_view text) {
  if (text.starts_with("sqlite://")) {
    const auto path = SqlitePath(std::string(text));
    return path ? "" : path.Message();
  }
  if (text.starts_with("postgres")) return "this version keeps its ledger in SQLite only; write sqlite:///PATH";
  return "write sqlite:///PATH";
}
std::string OutputFault(std::string_view text) {
  const std::size_t slash = text.find('/');
  return slash == std::string_view::npos || slash == 0 || slash + 1 == text.size() ? "write SOURCE/TABLE" : "";
}
std::string SheetFault(std::string_view text) {
  const bool good = std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
  return good ? "" : "it is what stands between /d/ and the next slash in the address of the spreadsheet";
}
std::string EndpointFault(std::string_view text) {
  return IsPrivateUrl(text) && !text.ends_with('/') ? "" : "write https://HOST without a slash at its end; http is only for this machine";
}
template <auto parse>
std::string FaultOf(std::string_view text) {
  const auto parsed = parse(text);
  return parsed ? "" : parsed.Message();
}
std::string UrlFault(std::string_view text) {
  const std::size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : text.size();
  return scheme < text.size() && text.find_first_of(" \t\n") == std::string_view::npos
             ? ""
             : "write a http or https address";
}

// ---- shapes of rows that are many ----

OptionSpec Text(std::string_view key, std::string_view help, std::string_view example) {
  return {key, kString, help, example};
}
OptionSpec Checked(std::string_view key, std::string_view help, std::string_view example,
                   std::string (*fault)(std::string_view), std::string_view pattern = {}) {
  return {key, kString, help, example, "", false, {}, fault, pattern};
}
OptionSpec Choice(std::string_view key, std::string_view help, std::string_view example, std::string_view fallback,
                  std::vector<std::string_view> allowed) {
  return {key, kString, help, example, fallback, false, std::move(allowed)};
}
OptionSpec Severity(std::string_view help, std::string_view example, std::string_view fallback = {}) {
  return Choice("severity", help, example, fallback, {"critical", "warning", "info"});
}
// Longer than nothing.
OptionSpec Length(std::string_view key, std::string_view help, std::string_view example,
                  std::string_view fallback = {}) {
  return {key, kDuration, help, example, fallback, false, {}, nullptr, {}, 1};
}

constexpr std::string_view kAddress = R"(^https?://\S+$)", kRowsPattern = "^(>=|<=|==|!=|>|<) *[0-9]+$";

const std::vector<OptionSpec> kTop = {
    Checked("store",
            "Where the ledger lies: sqlite:///PATH, percent-encoded. Else /var/lib/batchslo/ledger.db or, where that can't be written, "
            "~/.local/state/batchslo/ledger.db",
            "sqlite:///var/lib/batchslo/ledger.db", StoreFault, "^sqlite:///([^%]|%[0-9A-Fa-f]{2})+$"),
    Length("retention", "How long the ledger keeps facts; no window may be longer", "100d", "100d"),
    {"redact", kStrings, "Patterns (RE2) of what must not be shown of failures, beside the tokens, keys and passwords that are known", "[\"cust-[0-9]{8}\"]", "", false, {}, RedactFault},
    {"defaults", kBlock, "What holds where nothing else is written", "{timezone: Asia/Tokyo}"},
    {"sources", kBlock, "The systems that are asked, by name (at most 200 bytes)", "{push: {heartbeat: {token: {env: HEARTBEAT_TOKEN}}}}"},
    {"jobs", kBlock, "The jobs that people say something about, by name (at most 200 bytes)", "{recommend/train: {by: \"10:00\"}}"},
    {"calendars", kBlock, "When windows are excused, by name (at most 200 bytes)", "{business: {weekdays: mon-fri, holidays: {dates: [2026-12-31]}}}"},
    {"registries", kBlock, "Tables that teams edit, a row a job, by name (at most 200 bytes)", "{team-sheet: {csv: {file: jobs.csv}}}"},
};
const std::vector<OptionSpec> kDefaults = {
    {"timezone", kZone, "Of our own deadlines; never of a scheduler's schedule", "Asia/Tokyo", "UTC"},
    Severity("Of objectives that people wrote", "critical", "critical"),
};
const std::vector<OptionSpec> kSource = {
    Length("poll_interval", "How often it is asked; a watch is begun anew after a window that closed in silence, so often at the most", "1m"),
    Length("staleness",
           "How far apart two looks may be and still cover what lies between; else three polls, at least 60s (a watch: "
           "180s)",
           "90s"),
    Length("timeout", "When one poll is given up", "10s"),
    Text("prefix", "Put before the names of its jobs, to tell clusters apart", "prod/"),
    {"job_defaults", kBlock, "What holds for jobs that it discovers and that nobody wrote objectives for, by name (at most 200 bytes); the first that fits a job",
     "{nightly: {namespaces: [\"batch-*\"], within: 26h, team: data}}"},
    Choice("severity_of_derived", "Of the default objective of its jobs", "info", "warning",
           {"critical", "warning", "info"}),
};
const std::vector<OptionSpec> kObjective = {
    Length("within", "Met while the last success lies no longer back", "30m"),
    Checked("by",
            "Met if a success came in time for each of these deadlines: HH:MM[,HH:MM] [days], or a five-field cron",
            "\"10:00 mon-fri\"", DeadlineFault),
    {"every_run", kBlock, "Met if each scheduled run, or one of the few before it, succeeded in time", "{tolerate: 1}"},
    Length("start_by", "Met if each scheduled run began this soon", "15m"),
    Length("max_runtime", "Missed while a run has been going for longer", "3h"),
    {"grace", kDuration, "Added to each due instant", "5m"},
    Checked("since",
            "Where a window of `by` opens: a duration before the deadline, HH:MM [days], or a cron; else the last tick "
            "of the job's schedule or, without one, half-way from the deadline before",
            "\"06:00\"", SinceFault),
    {"timezone", kZone, "Of `by` and `since` (and of `schedule`)", "Europe/Berlin"},
    Severity("Who is told of a miss: critical pages", "warning"),
    Text("calendar", "The name of a calendar: windows that close when it excuses them count neither way; of within and max_runtime, its maintenance", "business"),
    Checked("target", "How many of its windows are to be met, over days up to the newest that closed, or for how much of the time where it has none (within, max_runtime, checks): the rest is its error budget",
            "99% over 28d", FaultOf<ParseTarget>, R"(^(?!0+(\.0+)?%)[0-9]{1,2}(\.[0-9]{1,4})?% over ([1-9]|[1-8][0-9]|90)d$)"),
};
const std::vector<OptionSpec> kJobOnly = {
    Checked("output", "What it leaves behind, in short: SOURCE/TABLE, or what else its kind of source names first", "dwh/mart.items", OutputFault,
            R"(^[^/]+/[\s\S]+$)"),
    Checked("rows", "How many rows each output must have", "\">= 1000\"", RowsFault, kRowsPattern),
    {"runs", kBlock, "Whose runs these are; a job that is named like a discovered one has its runs",
     "{source: gke, cronjob: billing/close-books}"},
    {"outputs", kBlock, "What it leaves behind, by name",
     "{ledger: {source: rdb, table: billing.ledger, updated_at: loaded_at}}"},
    Choice("success", "Which proofs a success needs: all that is configured, any of it, the runs, or the outputs",
           "outputs", "all", {"all", "any", "runs", "outputs"}),
    {"count_manual", kBool, "Whether a run that was started by hand is a success", "false", "true"},
    {"count_backfill", kBool, "Whether a backfill is a success", "true", "false"},
    {"objectives", kBlock, "Several objectives, by name", "{morning: {by: \"10:00\"}}"},
    Text("schedule", "When it is started, as its scheduler writes it; only where its source can't tell (heartbeats)", "\"0 3 * * *\""),
    Choice("dialect", "Whose schedule `schedule` is; else that of its source", "vixie", "", {DialectNames().begin(), DialectNames().end()}),
    Length("max_suspend", "A pause that lasts longer is a miss", "7d"),
    Text("team", "Who operates it", "data"),
    Text("consumer", "Who waits for it; shown in the alert", "\"ads import, 10:00\""),
    Checked("runbook_url", "What to do when it is late", "https://wiki.example/billing", UrlFault, kAddress),
    Checked("dashboard_url", "Where to look", "https://grafana.example/d/billing", UrlFault, kAddress),
    {"needs", kStrings, "The jobs that must have succeeded before it. While one of them is missed, it is blocked; one that has no `by` is due when it starts", "[warehouse/import]"},
};
const std::vector<OptionSpec> kRuns = {{"source", kString, "The name of a source", "gke", "", true}};
const std::vector<OptionSpec> kOutput = {
    {"source", kString, "The name of a source", "rdb", "", true},
    {"checks", kBlock, "What must hold for it to be a success", "{rows: \">= 1\"}"},
};
const std::vector<OptionSpec> kChecks = {
    Checked("rows", "How many rows it must have", "\">= 1000\"", RowsFault, kRowsPattern),
    {"not_null", kStrings, "Columns that must have no NULL", "[amount]"},
    Checked("shrink",
            "How much smaller than the median of the same weekday, and than the best week of 90 days, it may be",
            "\"< 20%\"", ShrinkFault, R"(^<=? *(?!0+(\.0+)?%)(100(\.0+)?|[0-9]{1,2}(\.[0-9]+)?)%$)"),
    Checked("partition",
            "The partition that is due on the day of writing, or on a day before it: one that is written again later is no success",
            "\"%Y%m%d -1d\"", PartitionFault, R"(^%Y(-?%m(-?%d(-?%H)?)?)?( -([0-9]+(ms|[ywdhms]))+)?$)"),
};
const std::vector<OptionSpec> kEveryRun = {
    {"tolerate",
     kInteger,
     "How many of the runs before may stand in for one that failed",
     "2",
     "0",
     false,
     {},
     nullptr,
     {},
     0,
     999},
    Length("finish_within", "How long after its tick a run may finish; else until the next tick", "1h"),
};

constexpr std::string_view kDate = R"(^[0-9]{4}-[0-9]{2}-[0-9]{2}([ \t][\s\S]*)?$)", kMoment = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]",
                           kClock = "([01]?[0-9]|2[0-3]):[0-5][0-9]";
const std::string kClockOnly = "^" + std::string(kClock) + "$";
const std::string kHoursPattern = "^" + std::string(kClock) + "-(24:00|" + std::string(kClock) + ")(,.*)?$";

const std::vector<OptionSpec> kCalendar = {
    {"timezone", kZone, "Of its days and hours; else that of the objective", "Asia/Tokyo"},
    Checked("weekdays", "The days on which windows that close count; else all", "mon-fri", FaultOf<ParseWeekdays>, "^[A-Za-z0-7,-]+$"),
    Checked("hours", "The hours in which windows that close count, both ends too; else all", "\"09:00-18:00\"", FaultOf<ParseHours>, kHoursPattern),
    {"holidays", kBlock, "Days on which no window counts", "{dates: [2026-12-31]}"},
    {"half_days", kBlock, "Days on which windows that close after an hour do not count", "{dates: [2026-12-24], until: \"12:00\"}"},
    {"maintenance", kBlock, "Stretches in which nothing counts, by name, once or again and again", "{backup: {cron: \"0 2 * * sun\", for: 2h}}"},
};
const std::vector<OptionSpec> kHolidays = {
    {"file", kFile, "iCalendar (.ics), or one YYYY-MM-DD a line with a name behind it; from the folder of this file on. Read again with each reload", "jp-holidays.ics"},
    {"dates", kStrings, "The days themselves, each with a name behind it or without", "[2026-01-01 New Year's Day]", "", false, {}, FaultOf<ParseDate>, kDate},
};
const std::vector<OptionSpec> kHalfDays = {
    kHolidays[0],
    kHolidays[1],
    {"until", kString, "The hour until which windows count on them, itself too", "\"12:00\"", "", true, {}, FaultOf<ParseClock>, kClockOnly},
};
const std::vector<OptionSpec> kMaintenance = {
    Checked("from", "When it begins: on the clock of the calendar, or with an offset", "\"2026-03-01 22:00\"", FaultOf<ParseMoment>, kMoment),
    Checked("to", "When it ends", "\"2026-03-02 02:00\"", FaultOf<ParseMoment>, kMoment),
    Checked("cron", "When it begins each time: a five-field cron or HH:MM [days]", "\"0 2 * * sun\"", DeadlineFault),
    Length("for", "How long it lasts", "2h"),
};

// Beside them the keys that annotations may have.
const std::vector<OptionSpec> kJobDefaults = {
    {"namespaces", kStrings, "Only jobs whose names begin with one of these and a slash; * and ? stand for any", "[\"batch-*\"]"},
    Text("labels", "Only jobs whose objects this label selector takes (kubernetes)", "\"tier=gold,team in (ads, search)\""),
};

const std::vector<OptionSpec> kRegistry = {
    {"csv", kBlock, "It is a CSV: a file, or an address that gives one", "{file: jobs.csv}"},
    {"sheets", kBlock, "It is a spreadsheet of Google's, asked for by its API", "{spreadsheet: 1AbC_dEf-9, range: \"Jobs!A:Z\"}"},
    Length("poll_interval", "How often it is read", "1m", "5m"),
    Length("timeout", "When one look is given up", "30s", "30s"),
};
const std::vector<OptionSpec> kCsv = {
    {"file", kFile, "Where it lies; from the folder of this file on", "jobs.csv"},
    Checked("url", "Where it is asked for", "\"https://docs.google.com/spreadsheets/d/ID/export?format=csv\"", UrlFault, kAddress),
    {"redirect_hosts", kStrings, "The hosts that this address may send us on to, by https and without credentials, and only to addresses on the open internet; else those of Google's export, of an address at docs.google.com",
     "[\"*.googleusercontent.com\"]", "", false, {}, RedirectHostFault, R"(^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$)"},
    {"bearer_token", kSecret, "Sent to the host of `url` alone", "{file: /run/secrets/registry}"},
    Text("username", "With `password`, sent to the host of `url` alone", "batchslo"),
    {"password", kSecret, "Of `username`", "{env: REGISTRY_PASSWORD}"},
};
const std::vector<OptionSpec> kSheets = {
    {"spreadsheet", kString, "Its id, out of its address", "1AbC_dEf-9", "", true, {}, SheetFault, "^[A-Za-z0-9_-]+$"},
    {"range", kString, "The sheet and its columns, in A1 notation", "\"Jobs!A:Z\"", "", true},
    {"credentials", kSecret, "A file of Google's: a service account's key, a federation, a user; else as gcloud finds one, at last the metadata server", "{file: /run/secrets/google.json}"},
    {"endpoint", kString, "Where its API is", "https://sheets.googleapis.com", "https://sheets.googleapis.com", false, {}, EndpointFault, "^https?://.*[^/]$"},
};

const std::vector<OptionSpec>& JobKeys() {
  static const std::vector<OptionSpec> kKeys = [] {
    std::vector<OptionSpec> keys = kObjective;
    keys.insert(keys.end(), kJobOnly.begin(), kJobOnly.end());
    return keys;
  }();
  return kKeys;
}

}  // namespace

std::span<const OptionSpec> KeysOf(BlockKind block) {
  switch (block) {
    case BlockKind::kTop:
      return kTop;
    case BlockKind::kDefaults:
      return kDefaults;
    case BlockKind::kSource:
      return kSource;
    case BlockKind::kJob:
      return JobKeys();
    case BlockKind::kRuns:
      return kRuns;
    case BlockKind::kOutput:
      return kOutput;
    case BlockKind::kChecks:
      return kChecks;
    case BlockKind::kObjective:
      return kObjective;
    case BlockKind::kEveryRun:
      return kEveryRun;
    case BlockKind::kCalendar:
      return kCalendar;
    case BlockKind::kHolidays:
      return kHolidays;
    case BlockKind::kHalfDays:
      return kHalfDays;
    case BlockKind::kMaintenance:
      return kMaintenance;
    case BlockKind::kJobDefaults:
      return kJobDefaults;
    case BlockKind::kRegistry:
      return kRegistry;
    case BlockKind::kCsv:
      return kCsv;
    case BlockKind::kSheets:
      return kSheets;
    case BlockKind::kObjectives:
      break;
  }
  return {};
}

std::string_view BlockTitle(BlockKind block) {
  static constexpr std::string_view kTitles[] = {"The file",
                                                 "`defaults`",
                                                 "A source",
                                                 "A job",
                                                 "`runs` of a job",
                                                 "An output",
                                                 "`checks` of an output",
                                                 "`objectives` of a job",
                                                 "An objective",
                                                 "`every_run`",
                                                 "A calendar",
                                                 "`holidays` of a calendar",
                                                 "`half_days` of a calendar",
                                                 "A maintenance of a calendar",
                                                 "One of the `job_defaults` of a source: these, and what annotations may say",
                                                 "A registry",
                                                 "`csv` of a registry",
                                                 "`sheets` of a registry"};
  return kTitles[static_cast<std::size_t>(block)];
}

}  // namespace batchslo
