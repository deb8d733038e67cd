// Tested by tests/sources/bigquery_test.cc; against others' servers by tests/peers/bigquery.
#include "exporter/sources/bigquery.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "exporter/sources/bigquery_find.h"
#include "exporter/sources/bigquery_inquiry.h"
#include "exporter/sources/bigquery_look.h"
#include "exporter/sources/bigquery_name.h"
#include "exporter/sources/sql_question.h"

namespace batchslo {
namespace {

using Kind = BigQueryFault::Kind;

// For so long after a change INFORMATION_SCHEMA may be behind the table's own metadata, and is asked again.
constexpr Duration kSettling = minutes{15}, kSameTime = minutes{1};

std::string EndpointFault(std::string_view text) {
  return IsPrivateUrl(text) && !text.ends_with('/')
             ? ""
             : "write https://HOST (http only for this machine), without a slash at its end";
}

std::string TableFault(std::string_view text) {
  const auto name = ParseBigQueryName(text);
  return name ? "" : name.Message();
}

std::string QueryFault(std::string_view text) {
  if (!IsOneStatement(text)) return "it must be one statement";
  return IsReadingQuery(text) ? "" : "it must be a SELECT (or begin with WITH or FROM)";
}

std::string OutputFault(const Options& output, const Options& source) {
  if (output.Has("table") == output.Has("query")) return "it wants either a table or a query";
  const auto name = ParseBigQueryName(output.String("table"));
  if (name && !name->partition.empty() && source.Bool("metadata_only"))
    return "a partition is asked by a query, which metadata_only forbids";
  return "";
}

// One output, and what is remembered of it between polls.
struct Target {
  SourceConfig::OutputTarget config;
  Zone zone;
  BigQueryName name;  // of a table
  BufferMemory buffer;
  // What a query told of a table stays true as long as the table's own metadata say the same, once it tells of their
  // change or that is long ago.
  struct Known {
    std::string table;
    std::optional<TimePoint> modified;
    DateParts today;
    BigQueryMove move;
    bool is_settled = false;
  };
  std::optional<Known> known;
};

// A table that was looked at in this poll, and may have to be asked about.
struct Looked {
  Target* target;
  BigQueryName name;  // its date filled in
  BigQueryTable table;
  std::optional<TimePoint> arrived;
  DateParts today, date;  // date: of the table's name
};

// All outputs of one project. Tables are asked for many at once, and what has no sure answer then one after the other.
class BigQuerySource {
 public:
  BigQuerySource(const SourceConfig& config, const SourceServices& services)
      : config_(config),
        clock_(services.clock),
        api_(BigQuerySettingsOf(config), BigQueryCredentialsOf(config), services.http, services.clock, stop_.get_token()) {
    for (const auto& output : config.outputs) {
      const std::string& zone = output.options.String("timezone");
      const auto found = Zone::Find(zone.empty() ? "UTC" : zone);
      Target target{output, found ? *found : Zone{}, {}, {}, std::nullopt};
      target.name = BigQueryNameOf(config, output.options);
      targets_.push_back(std::move(target));
    }
  }

  void Stop() { stop_.request_stop(); }  // any thread

  PollResult Poll(TimePoint now, Deadline deadline) {
    PollResult result;
    first_fault_.reset();
    std::vector<Looked> to_ask;
    const auto shut_out = api_.SignIn(deadline);
    if (!shut_out) LookAhead(now, deadline);
    std::size_t left = targets_.size() + 1;  // the last share: for what has to be asked by queries
    for (Target& target : targets_) {
      const auto fault = shut_out ? shut_out : Ask(target, now, ShareOf(deadline, left--), result, to_ask);
      if (fault) Dark(target, *fault, result);
    }
    api_.ForgetAhead();
    AskPartitions(std::move(to_ask), now, deadline, result);
    if (targets_.empty()) first_fault_ = shut_out ? shut_out : Ping(deadline);
    Finish(now, result);
    return result;
  }

 private:
  using MaybeFault = std::optional<BigQueryFault>;

  static std::string ScopeOf(const Target& target) { return target.config.job + "/" + target.config.output; }

  void Dark(const Target& target, const BigQueryFault& fault, PollResult& result) {
    if (!first_fault_) first_fault_ = fault;
    result.scopes.push_back({ScopeOf(target), false, fault.message});
  }

  // What was written after the poll began is told as of that instant, so that it counts as no earlier than it was.
  void Tell(const Target& target, ObservationFact fact, TimePoint now, PollResult& result) {
    fact.job = target.config.job;
    fact.output = target.config.output;
    const TimePoint seen = std::clamp(fact.updated.value_or(now), now, std::max(now, clock_.Now()));
    result.facts.push_back({config_.name, seen, std::move(fact)});
    result.scopes.push_back({ScopeOf(target), true, ""});
  }

  void TellTable(const Looked& looked, const BigQueryMove& move, TimePoint now, PollResult& result) {
    ObservationFact fact;
    fact.updated = std::max(move.at, looked.arrived);
    fact.rows = move.rows ? move.rows : looked.table.rows;
    fact.bytes = move.bytes ? move.bytes : looked.table.bytes;
    if (fact.rows && looked.table.buffer && looked.name.partition.empty()) *fact.rows += looked.table.buffer->rows;
    if (!move.partition.empty()) fact.partition = move.partition;
    if (!looked.date.empty()) fact.partition = FormatDateParts(looked.date);
    Tell(*looked.target, std::move(fact), now, result);
  }

  // Of tables of dates that of now; where it is not there yet, those before it are asked for one after the other.
  void LookAhead(TimePoint now, Deadline deadline) {
    std::set<BigQueryApi::TableId> tables;
    for (const Target& target : targets_) {
      if (target.config.options.Has("query")) continue;
      const BigQueryName& name = target.name;
      const DateParts date = name.table_fields > 0 ? DateBefore(DatePartsOf(now, target.zone), name.table_fields, 0) : DateParts{};
      tables.insert({name.project, name.dataset, FillDate(name.table, date)});
    }
    if (tables.size() > 1) api_.LookAhead(tables, ShareOf(deadline, 2));
  }

  MaybeFault Ask(Target& target, TimePoint now, Deadline deadline, PollResult& result, std::vector<Looked>& to_ask) {
    if (target.config.options.Has("query")) return AskQuery(target, now, deadline, result);
    return LookAtTable(target, now, deadline, result, to_ask);
  }

  MaybeFault AskQuery(Target& target, TimePoint now, Deadline deadline, PollResult& result) {
    const std::string what = "the query of " + ScopeOf(target);
    const auto answer = api_.Query(TrimQuery(target.config.options.String("query")), "", what, deadline);
    if (const auto* fault = std::get_if<BigQueryFault>(&answer)) {
      // "Not found: Table" of a query's table is no answer to the query.
      return BigQueryFault{fault->kind == Kind::kAbsent ? Kind::kReply : fault->kind, fault->message};
    }
    auto fact = ParseOutput(std::get<BigQueryRows>(answer), target.zone);
    if (!fact) return BigQueryFault{Kind::kReply, what + ": " + fact.Message()};
    Tell(target, std::move(fact).Value(), now, result);
    return std::nullopt;
  }

  MaybeFault LookAtTable(Target& target, TimePoint now, Deadline deadline, PollResult& result,
                         std::vector<Looked>& to_ask) {
    Looked looked{&target, target.name, {}, std::nullopt, DatePartsOf(now, target.zone), {}};
    const auto answer = FindBigQueryTable(api_, looked.name, looked.date, looked.today, deadline);
    if (const auto* fault = std::get_if<BigQueryFault>(&answer)) {
      if (fault->kind != Kind::kAbsent) return *fault;
      target.known.reset();
      target.buffer = {now, std::nullopt, std::nullopt, false};
      Tell(target, {}, now, result);  // it is not there: it has not moved
      return std::nullopt;
    }
    looked.table = std::get<BigQueryTable>(answer);
    return Understand(std::move(looked), now, result, to_ask);
  }

  MaybeFault Understand(Looked looked, TimePoint now, PollResult& result, std::vector<Looked>& to_ask) {
    Target& target = *looked.target;
    const BigQueryTable& table = looked.table;
    const std::string what = "table " + looked.name.dataset + "." + looked.name.table;
    if (const std::string unfit = UnfitTable(table.type, what); !unfit.empty()) return BigQueryFault{Kind::kReply, unfit};
    if (table.type == "MATERIALIZED_VIEW" || table.type == "SNAPSHOT") {
      TellTable(looked, {table.type == "SNAPSHOT" ? table.created : table.refreshed, table.rows, table.bytes, ""}, now,
                result);
      return std::nullopt;
    }
    if (!table.modified) return BigQueryFault{Kind::kReply, what + ": BigQuery does not say when it was modified"};
    const bool is_whole = looked.name.partition.empty();
    const auto arrived =
        is_whole ? NoteBuffer(target.buffer, table.buffer, now) : Result<std::optional<TimePoint>>(std::nullopt);
    if (!arrived) return BigQueryFault{Kind::kReply, what + ": " + arrived.Message()};
    looked.arrived = *arrived;
    const DateParts today = is_whole ? DateParts{} : looked.today;
    const bool is_known = target.known && target.known->is_settled && target.known->table == looked.name.table &&
                          target.known->modified == table.modified && target.known->today == today;
    if (is_known) {
      TellTable(looked, target.known->move, now, result);
    } else if (config_.options.Bool("metadata_only")) {
      TellTable(looked, {table.modified, table.rows, table.bytes, ""}, now, result);
    } else {
      to_ask.push_back(std::move(looked));
    }
    return std::nullopt;
  }

  // One query a dataset, of all of its tables that changed.
  void AskPartitions(std::vector<Looked> to_ask, TimePoint now, Deadline deadline, PollResult& result) {
    std::map<std::pair<std::string, std::string>, std::vector<Looked>> datasets;
    for (Looked& looked : to_ask) {
      const auto key = std::pair(looked.name.project, looked.name.dataset);
      datasets[key].push_back(std::move(looked));
    }
    std::size_t left = datasets.size();
    for (auto& [key, tables] : datasets) {
      const auto answer = AskDataset(key.first, key.second, tables, ShareOf(deadline, left--));
      for (Looked& looked : tables) {
        if (const auto* fault = std::get_if<BigQueryFault>(&answer)) {
          Dark(*looked.target, *fault, result);
        } else if (const auto unseen = Learn(looked, std::get<std::vector<BigQueryPartition>>(answer), now, result)) {
          Dark(*looked.target, *unseen, result);
        }
      }
    }
  }

  BigQueryAnswer<std::vector<BigQueryPartition>> AskDataset(const std::string& project, const std::string& dataset,
                                                            const std::vector<Looked>& tables, Deadline deadline) {
    std::map<std::string, bool> wanted;
    for (const Looked& looked : tables) wanted[looked.name.table] |= !looked.name.partition.empty();
    std::vector<BigQueryWanted> list;
    for (const auto& [table, by_partition] : wanted) list.push_back({table, by_partition});
    const std::string what = "the partitions of dataset " + dataset;
    const auto answer =
        api_.Query(PartitionsQuery(project, dataset, list), tables.front().table.location, what, deadline);
    if (const auto* fault = std::get_if<BigQueryFault>(&answer)) {
      const bool may_do_without = fault->kind == Kind::kDenied;
      return BigQueryFault{
          fault->kind == Kind::kAbsent ? Kind::kReply : fault->kind,
          fault->message + (may_do_without
                                ? "; or set metadata_only, which takes a change of a table's schema for one of its data"
                                : "")};
    }
    auto partitions = ParsePartitions(std::get<BigQueryRows>(answer));
    if (!partitions) return BigQueryFault{Kind::kReply, what + ": " + partitions.Message()};
    return std::move(partitions).Value();
  }

  MaybeFault Learn(Looked& looked, const std::vector<BigQueryPartition>& partitions, TimePoint now,
                   PollResult& result) {
    Target& target = *looked.target;
    const bool is_whole = looked.name.partition.empty();
    const bool is_seen = std::any_of(partitions.begin(), partitions.end(),
                                     [&](const BigQueryPartition& one) { return one.table == looked.name.table; });
    if (!is_seen && looked.table.rows.value_or(1) > 0)
      return BigQueryFault{Kind::kReply,
                           "table " + looked.name.dataset + "." + looked.name.table +
                               " has rows, but INFORMATION_SCHEMA.PARTITIONS does not show it; write a query"};
    BigQueryMove move = FindMove(partitions, looked.name, looked.today);
    if (!is_whole && move.partition.empty()) move.rows = move.bytes = 0;
    BigQueryName whole = looked.name;
    whole.partition.clear();
    const auto newest = FindMove(partitions, whole, looked.today).at;
    const TimePoint modified = *looked.table.modified;
    const bool is_settled = (newest && *newest + kSameTime >= modified) || now - modified > kSettling;
    target.known = Target::Known{looked.name.table, modified, is_whole ? DateParts{} : looked.today, move, is_settled};
    TellTable(looked, move, now, result);
    return std::nullopt;
  }

  // Without outputs a source still shows whether it can be reached.
  MaybeFault Ping(Deadline deadline) {
    const auto answer = api_.Ping(deadline);
    const auto* fault = std::get_if<BigQueryFault>(&answer);
    return fault ? MaybeFault(*fault) : std::nullopt;
  }

  void Finish(TimePoint now, PollResult& result) {
    const bool is_up =
        std::any_of(result.scopes.begin(), result.scopes.end(), [](const auto& scope) { return scope.up; });
    if (first_fault_ && !is_up) {
      result.error = first_fault_->message;
      result.reason = BigQueryFaultName(first_fault_->kind);
    }
    if (const auto skew = api_.TakeSkew()) result.server_time = now + *skew;
    const BigQueryApi::Totals& totals = api_.Counted();
    result.extras = {{"batchslo_bigquery_queries_total", {{"result", "billed"}}, totals.queries - totals.cached},
                     {"batchslo_bigquery_queries_total", {{"result", "cached"}}, totals.cached},
                     {"batchslo_bigquery_queries_total", {{"result", "refused"}}, totals.refused},
                     {"batchslo_bigquery_billed_bytes_total", {}, totals.bytes_billed}};
  }

  const SourceConfig config_;
  Clock& clock_;
  std::stop_source stop_;
  BigQueryApi api_;
  std::vector<Target> targets_;
  MaybeFault first_fault_;  // of this poll
};

Result<Source> Make(const SourceConfig& config, const SourceServices& services) {
  for (const auto& output : config.outputs) {
    if (output.not_null.empty() || output.options.Has("query")) continue;
    const std::string& column = output.not_null.front();
    return Error{"output \"" + output.output + "\" of job \"" + output.job +
                 "\": not_null of a table is not asked of BigQuery, for it reads the whole column; write a query: "
                 "SELECT ..., COUNTIF(" +
                 column + " IS NULL) AS null_" + column};
  }
  auto source = std::make_shared<BigQuerySource>(config, services);
  Source made;
  made.poll = [source](TimePoint now, Deadline deadline) { return source->Poll(now, deadline); };
  made.stop = [source] { source->Stop(); };
  return made;
}

}  // namespace

SourceKind BigQueryKind() {
  using enum OptionType;
  SourceSpec spec;
  spec.kind = "bigquery";
  spec.summary = "Tables, partitions and queries of BigQuery";
  spec.coverage = Coverage::kLastValue;
  spec.has_columns = true;
  spec.poll_interval = minutes{5};
  spec.timeout = seconds{30};
  spec.options = {
      {"project", kString, "Of its tables, where an output names none", "analytics", "", true},
      {"billing_project", kString, "Pays for queries, if it is another", "monitoring"},
      {"credentials", kSecret,
       "A file of Google's: a service account's key, a federation, a user; else as gcloud finds one, at last the "
       "metadata server",
       "{file: /run/secrets/google.json}"},
      {"location", kString, "Of queries, where BigQuery does not find it by the tables", "asia-northeast1"},
      {"maximum_bytes_billed",
       kInteger,
       "One query may read so many bytes; a larger one is not run",
       "1000000000",
       "100000000",
       false,
       {},
       nullptr,
       {},
       10'485'760,
       1'000'000'000'000'000},
      {"metadata_only", kBool, "Never query: costs nothing, but takes a change of a table's schema for one of its data",
       "true", "false"},
      {"endpoint",
       kString,
       "Where its API is",
       "https://bigquery.googleapis.com",
       "https://bigquery.googleapis.com",
       false,
       {},
       EndpointFault,
       "^https?://.*[^/]$"},
  };
  spec.outputs = {
      {"table",
       kString,
       "As dataset.table or project.dataset.table; events_%Y%m%d for the newest table of a date, table$%Y%m%d for the "
       "newest partition",
       "mart.events_%Y%m%d",
       "",
       false,
       {},
       TableFault},
      {"query",
       kString,
       "Instead of a table: one row with updated_at and, where there are, rows, partition_id and null_COLUMN",
       "\"SELECT max(t) AS updated_at, count(*) AS rows FROM d.x\"",
       "",
       false,
       {},
       QueryFault},
      {"timezone", kZone, "Of the date in a name, none after now counts; and of a DATETIME or DATE", "Asia/Tokyo",
       "UTC"},
  };
  spec.output_fault = OutputFault;
  spec.tells_partition = [](const Options& output) {
    const std::string& table = output.String("table");
    return output.Has("query") || table.find("%Y") != std::string::npos || table.find('$') != std::string::npos;
  };
  return {std::move(spec), Make, CheckBigQuery, DiscoverBigQuery};
}

}  // namespace batchslo
