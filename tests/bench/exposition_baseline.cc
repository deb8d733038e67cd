#include "tests/bench/exposition_baseline.h"

#include <algorithm>
#include <functional>
#include <map>

#include "exporter/core/outlook.h"
#include "exporter/web/build_info.h"

namespace batchslo::bench {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using LabelList = std::vector<ClientMetric::Label>;

// What one family of one scrape adds to.
struct Adder {
  MetricFamily& family;
  TimePoint now;

  void operator()(LabelList labels, double value) const {
    ClientMetric metric;
    metric.label = std::move(labels);
    (family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    family.metric.push_back(std::move(metric));
  }
  void operator()(LabelList labels, const std::optional<TimePoint>& time) const {
    if (time) (*this)(std::move(labels), ToUnixSeconds(*time));
  }
  void Age(LabelList labels, const std::optional<TimePoint>& time) const {
    if (time) (*this)(std::move(labels), std::chrono::duration<double>(now - *time).count());
  }
  template <class Number>
  void Count(LabelList labels, const std::optional<Number>& number) const {
    if (number) (*this)(std::move(labels), static_cast<double>(*number));
  }
};

LabelList OfJob(const JobState& job) { return {{"job_name", job.def->name}}; }

LabelList With(LabelList labels, std::string name, std::string value) {
  labels.push_back({std::move(name), std::move(value)});
  return labels;
}

// ---- jobs ----

using PutJob = void (*)(const JobState&, const Adder&);
struct JobRow {
  const char* name;
  PutJob put;
  MetricType type = MetricType::Gauge;
};

constexpr JobRow kJobRows[] = {
    {"batchslo_job_seconds_since_last_success", [](const JobState& job, const Adder& add) { add.Age(OfJob(job), job.last_success); }},
    {"batchslo_job_last_success_timestamp_seconds", [](const JobState& job, const Adder& add) { add(OfJob(job), job.last_success); }},
    {"batchslo_job_first_seen_timestamp_seconds", [](const JobState& job, const Adder& add) { add(OfJob(job), std::optional(job.first_seen)); }},
    {"batchslo_job_state", [](const JobState& job, const Adder& add) { add(With(OfJob(job), "state", std::string(StateName(job.state))), 1.0); }},
    {"batchslo_job_state_since_timestamp_seconds", [](const JobState& job, const Adder& add) { add(OfJob(job), std::optional(job.state_since)); }},
    {"batchslo_job_info",
     [](const JobState& job, const Adder& add) {
       const JobDef& def = *job.def;
       add({{"job_name", def.name}, {"team", def.team}, {"consumer", def.consumer}, {"schedule", job.schedule}, {"timezone", job.timezone},
            {"runbook_url", def.runbook_url}, {"dashboard_url", def.dashboard_url}}, 1.0);
     }},
    {"batchslo_job_source_info",
     [](const JobState& job, const Adder& add) {
       if (!job.runs_source.empty()) add(With(With(OfJob(job), "source", job.runs_source), "role", "runs"), 1.0);
       for (const OutputState& output : job.outputs) add(With(With(OfJob(job), "source", output.source), "role", output.name), 1.0);
     }},
    {"batchslo_job_blocked",
     [](const JobState& job, const Adder& add) {
       if (!job.blocked_by) return;
       for (const SharedText& upstream : *job.blocked_by) add(With(OfJob(job), "upstream", *upstream), 1.0);
     }},
    {"batchslo_job_last_failure_info",
     [](const JobState& job, const Adder& add) {
       if (!job.failure) return;
       const LastFailure& failure = *job.failure;
       add(With(With(With(OfJob(job), "reason", failure.reason), "fingerprint", failure.fingerprint), "error", failure.error), 1.0);
     }},
};

template <auto field>
void PutInstant(const JobState& job, const Adder& add) {
  if (job.runs) add(OfJob(job), (*job.runs).*field);
}
template <auto field>
void PutCount(const JobState& job, const Adder& add) {
  if (job.runs) add(OfJob(job), static_cast<double>((*job.runs).*field));
}

constexpr JobRow kRunRows[] = {
    {"batchslo_job_last_run_start_timestamp_seconds", PutInstant<&RunsState::last_start>},
    {"batchslo_job_last_completion_timestamp_seconds", PutInstant<&RunsState::last_completion>},
    {"batchslo_job_last_duration_seconds",
     [](const JobState& job, const Adder& add) {
       if (job.runs && job.runs->last_duration) add(OfJob(job), std::chrono::duration<double>(*job.runs->last_duration).count());
     }},
    {"batchslo_job_running_since_timestamp_seconds", PutInstant<&RunsState::running_since>},
    {"batchslo_job_next_run_timestamp_seconds", PutInstant<&RunsState::next_run>},
    {"batchslo_job_runs_total", PutCount<&RunsState::completed>, MetricType::Counter},
    {"batchslo_job_failed_runs_total", PutCount<&RunsState::failed>, MetricType::Counter},
    {"batchslo_job_consecutive_failures",
     [](const JobState& job, const Adder& add) {
       if (job.runs && job.runs->last_completion) add(OfJob(job), static_cast<double>(job.runs->consecutive_failures));
     }},
};

template <auto field>
void PutWindows(const ObjectiveState& state, const Objective& objective, LabelList labels, const Adder& add) {
  if (state.tally && HasWindows(objective.rule)) add(std::move(labels), static_cast<double>((*state.tally).*field));
}

using PutObjective = void (*)(const ObjectiveState&, const Objective&, LabelList, const Adder&);
constexpr struct {
  const char* name;
  PutObjective put;
  MetricType type = MetricType::Gauge;
} kObjectiveRows[] = {
    {"batchslo_job_margin_seconds",
     [](const ObjectiveState& state, const Objective& objective, LabelList labels, const Adder& add) {
       if (state.tally && HasWindows(objective.rule) && state.margin) add(std::move(labels), std::chrono::duration<double>(*state.margin).count());
     }},
    {"batchslo_job_windows_total", PutWindows<&Tally::windows>, MetricType::Counter},
    {"batchslo_job_missed_windows_total", PutWindows<&Tally::missed>, MetricType::Counter},
    {"batchslo_job_unknown_windows_total", PutWindows<&Tally::unknown>, MetricType::Counter},
    {"batchslo_job_attainment_ratio",
     [](const ObjectiveState& state, const Objective&, LabelList labels, const Adder& add) {
       if (state.tally) add.Count(With(std::move(labels), "window", "28d"), AttainmentOf(state.tally->days.Newest(28)));
     }},
    {"batchslo_job_error_budget_remaining_ratio",
     [](const ObjectiveState& state, const Objective& objective, LabelList labels, const Adder& add) {
       if (state.tally) add.Count(std::move(labels), RemainingOf(*state.tally, objective.target));
     }},
    {"batchslo_job_slo_met",
     [](const ObjectiveState& state, const Objective&, LabelList labels, const Adder& add) {
       const bool met = state.verdict == Verdict::kMet;
       if (met || state.verdict == Verdict::kMissed) add(std::move(labels), met ? 1.0 : 0.0);
     }},
    {"batchslo_job_slo_unknown",
     [](const ObjectiveState& state, const Objective&, LabelList labels, const Adder& add) { add(std::move(labels), state.verdict == Verdict::kUnknown ? 1.0 : 0.0); }},
    {"batchslo_job_slo_unproven",
     [](const ObjectiveState& state, const Objective&, LabelList labels, const Adder& add) {
       if (state.unproven) add(std::move(labels), 1.0);
     }},
    {"batchslo_job_due_timestamp_seconds", [](const ObjectiveState& state, const Objective&, LabelList labels, const Adder& add) { add(std::move(labels), state.next_due); }},
    {"batchslo_job_missed_due_timestamp_seconds",
     [](const ObjectiveState& state, const Objective&, LabelList labels, const Adder& add) {
       if (state.verdict == Verdict::kMissed && state.window) add(std::move(labels), state.window->due);
     }},
    {"batchslo_job_slo_info",
     [](const ObjectiveState&, const Objective& objective, LabelList labels, const Adder& add) {
       labels.push_back({"kind", std::string(KindName(objective.rule))});
       labels.push_back({"severity", objective.severity});
       labels.push_back({"objective_from", std::string(ObjectiveFromName(objective.from))});
       add(std::move(labels), 1.0);
     }},
};

using PutOutlook = void (*)(const Outlook&, const Objective&, LabelList, const Adder&);
constexpr struct {
  const char* name;
  PutOutlook put;
} kOutlookRows[] = {
    {"batchslo_job_at_risk",
     [](const Outlook& outlook, const Objective&, LabelList labels, const Adder& add) {
       if (outlook.risk != Risk::kNotKnown) add(std::move(labels), IsAtRisk(outlook.risk) ? 1.0 : 0.0);
     }},
    {"batchslo_job_margin_trend_ratio",
     [](const Outlook& outlook, const Objective&, LabelList labels, const Adder& add) { add.Count(std::move(labels), outlook.margin_lost); }},
    {"batchslo_job_predicted_miss_timestamp_seconds",
     [](const Outlook& outlook, const Objective&, LabelList labels, const Adder& add) { add(std::move(labels), outlook.predicted_miss); }},
    {"batchslo_job_slo_threshold_seconds",
     [](const Outlook&, const Objective& objective, LabelList labels, const Adder& add) {
       if (const auto threshold = ThresholdOf(objective)) add(std::move(labels), std::chrono::duration<double>(*threshold).count());
     }},
};

using PutOutput = void (*)(const OutputState&, LabelList, const Adder&);
constexpr struct {
  const char* name;
  PutOutput put;
} kOutputRows[] = {
    {"batchslo_output_age_seconds", [](const OutputState& output, LabelList labels, const Adder& add) { add.Age(std::move(labels), output.updated); }},
    {"batchslo_output_updated_timestamp_seconds", [](const OutputState& output, LabelList labels, const Adder& add) { add(std::move(labels), output.updated); }},
    {"batchslo_output_rows", [](const OutputState& output, LabelList labels, const Adder& add) { add.Count(std::move(labels), output.rows); }},
    {"batchslo_output_size_bytes", [](const OutputState& output, LabelList labels, const Adder& add) { add.Count(std::move(labels), output.bytes); }},
    {"batchslo_output_check_passed",
     [](const OutputState& output, LabelList labels, const Adder& add) {
       for (const auto& check : output.checks) add.Count(With(labels, "check", check.name), check.passed);
     }},
    {"batchslo_output_check_value",
     [](const OutputState& output, LabelList labels, const Adder& add) {
       for (const auto& check : output.checks) add.Count(With(labels, "check", check.name), check.value);
     }},
};

// ---- sources and ourselves ----

using PutSource = void (*)(const SourceState&, LabelList, const Adder&);
constexpr struct {
  const char* name;
  PutSource put;
  MetricType type = MetricType::Gauge;
} kSourceRows[] = {
    {"batchslo_source_up", [](const SourceState& s, LabelList labels, const Adder& add) { add(std::move(labels), s.up ? 1.0 : 0.0); }},
    {"batchslo_source_complete", [](const SourceState& s, LabelList labels, const Adder& add) { add(std::move(labels), s.complete ? 1.0 : 0.0); }},
    {"batchslo_source_last_poll_success_timestamp_seconds", [](const SourceState& s, LabelList labels, const Adder& add) { add(std::move(labels), s.last_success); }},
    {"batchslo_source_polls_total",
     [](const SourceState& s, LabelList labels, const Adder& add) {
       if (!s.poll_seconds_buckets.empty()) add(std::move(labels), static_cast<double>(s.polls));
     },
     MetricType::Counter},
    {"batchslo_source_poll_failures_total",
     [](const SourceState& s, LabelList labels, const Adder& add) {
       for (const auto& [reason, count] : s.failures) add(With(labels, "reason", reason), static_cast<double>(count));
     },
     MetricType::Counter},
    {"batchslo_source_clock_skew_seconds", [](const SourceState& s, LabelList labels, const Adder& add) { add.Count(std::move(labels), s.clock_skew_seconds); }},
    {"batchslo_source_scopes", [](const SourceState& s, LabelList labels, const Adder& add) { add(std::move(labels), static_cast<double>(s.scopes.size())); }},
    {"batchslo_source_scopes_dark",
     [](const SourceState& s, LabelList labels, const Adder& add) {
       add(std::move(labels), static_cast<double>(std::count_if(s.scopes.begin(), s.scopes.end(), [](const auto& scope) { return !scope.up; })));
     }},
    {"batchslo_source_poll_duration_seconds",
     [](const SourceState& s, LabelList labels, const Adder& add) {
       if (s.poll_seconds_buckets.empty()) return;
       ClientMetric metric;
       metric.label = std::move(labels);
       metric.histogram.sample_count = s.polls;
       metric.histogram.sample_sum = s.poll_seconds_sum;
       for (std::size_t i = 0; i < s.poll_seconds_buckets.size(); ++i) {
         metric.histogram.bucket.push_back({static_cast<std::uint64_t>(s.poll_seconds_buckets[i]), kPollBuckets[i]});
       }
       add.family.metric.push_back(std::move(metric));
     },
     MetricType::Histogram},
};

using PutRegistry = void (*)(const RegistryState&, LabelList, const Adder&);
constexpr struct {
  const char* name;
  PutRegistry put;
} kRegistryRows[] = {
    {"batchslo_registry_up", [](const RegistryState& r, LabelList labels, const Adder& add) { add(std::move(labels), r.up.value_or(false) ? 1.0 : 0.0); }},
    {"batchslo_registry_rows", [](const RegistryState& r, LabelList labels, const Adder& add) { add(std::move(labels), static_cast<double>(r.reading->rows)); }},
    {"batchslo_registry_rows_invalid", [](const RegistryState& r, LabelList labels, const Adder& add) { add(std::move(labels), static_cast<double>(r.reading->invalid)); }},
    {"batchslo_registry_last_success_timestamp_seconds", [](const RegistryState& r, LabelList labels, const Adder& add) { add(std::move(labels), r.last_success); }},
};

struct OneRow {
  const char* name;
  double (*value)(const Snapshot&);
  MetricType type = MetricType::Gauge;
};
constexpr OneRow kOneRows[] = {
    {"batchslo_evaluation_timestamp_seconds", [](const Snapshot& s) { return ToUnixSeconds(s.at); }},
    {"batchslo_evaluation_duration_seconds", [](const Snapshot& s) { return s.evaluation_seconds; }},
    {"batchslo_snapshot_jobs", [](const Snapshot& s) { return static_cast<double>(s.jobs.size()); }},
    {"batchslo_snapshot_refused_series", [](const Snapshot&) { return 0.0; }},
    {"batchslo_store_up", [](const Snapshot& s) { return s.store.up ? 1.0 : 0.0; }},
    {"batchslo_store_size_bytes", [](const Snapshot& s) { return static_cast<double>(s.store.size_bytes); }},
    {"batchslo_store_writes_total", [](const Snapshot& s) { return static_cast<double>(s.store.writes); }, MetricType::Counter},
    {"batchslo_store_write_failures_total", [](const Snapshot& s) { return static_cast<double>(s.store.write_failures); }, MetricType::Counter},
    {"batchslo_config_last_reload_successful", [](const Snapshot& s) { return s.config.last_reload_ok ? 1.0 : 0.0; }},
    {"batchslo_config_last_reload_success_timestamp_seconds", [](const Snapshot& s) { return ToUnixSeconds(s.config.last_reload_success); }},
    {"batchslo_config_hash", [](const Snapshot& s) { return static_cast<double>(s.config.hash); }},
};

class Collector {
 public:
  Collector(const Snapshot& snapshot, TimePoint now) : snapshot_(snapshot), now_(now) {}

  std::vector<MetricFamily> Collect() {
    for (const JobRow& row : kJobRows) EachJob(row);
    for (const JobRow& row : kRunRows) EachJob(row);
    for (const auto& row : kObjectiveRows) EachObjective(row.name, row.put, row.type);
    for (const auto& row : kOutlookRows) EachOutlook(row.name, row.put);
    for (const auto& row : kOutputRows) EachOutput(row.name, row.put);
    for (const auto& row : kSourceRows) {
      const Adder add = Begin(row.name, row.type);
      for (const SourceState& source : snapshot_.sources) row.put(source, {{"source", source.name}}, add);
    }
    for (const auto& row : kRegistryRows) {
      const Adder add = Begin(row.name, MetricType::Gauge);
      for (const RegistryState& registry : snapshot_.registries) row.put(registry, {{"registry", registry.name}}, add);
    }
    Inventory();
    for (const OneRow& row : kOneRows) Begin(row.name, row.type)({}, row.value(snapshot_));
    Begin("batchslo_build_info")({{"version", std::string(kVersion)}, {"revision", std::string(kRevision)}, {"compiler", std::string(kCompiler)}}, 1.0);
    Extras();
    return std::move(families_);
  }

 private:
  Adder Begin(const std::string& name, MetricType type = MetricType::Gauge) {
    families_.push_back({name, "The same in other words.", type, {}});
    families_.back().metric.reserve(snapshot_.jobs.size());
    return {families_.back(), now_};
  }

  void EachJob(const JobRow& row) {
    const Adder add = Begin(row.name, row.type);
    for (const auto& job : snapshot_.jobs) row.put(*job, add);
  }

  void EachOutlook(const char* name, PutOutlook put) {
    const Adder add = Begin(name);
    for (const auto& job : snapshot_.jobs) {
      for (std::size_t i = 0; job->outlooks && i < job->objectives.size(); ++i) {
        put((*job->outlooks)[i], job->def->objectives[i], With(OfJob(*job), "objective", job->def->objectives[i].name), add);
      }
    }
  }

  void EachObjective(const char* name, PutObjective put, MetricType type) {
    const Adder add = Begin(name, type);
    for (const auto& job : snapshot_.jobs) {
      for (std::size_t i = 0; i < job->objectives.size(); ++i) {
        put(job->objectives[i], job->def->objectives[i], With(OfJob(*job), "objective", job->def->objectives[i].name), add);
      }
    }
  }

  void EachOutput(const char* name, PutOutput put) {
    const Adder add = Begin(name);
    for (const auto& job : snapshot_.jobs) {
      for (const OutputState& output : job->outputs) put(output, With(OfJob(*job), "output", output.name), add);
    }
  }

  void Inventory() {
    std::map<std::pair<std::string, ObjectiveFrom>, double> counts;
    for (const auto& job : snapshot_.jobs) {
      ObjectiveFrom from = ObjectiveFrom::kDerived;
      for (const Objective& objective : job->def->objectives) from = std::min(from, objective.from);
      const bool by_output = job->runs_source.empty() && !job->outputs.empty();
      ++counts[{std::string(by_output ? *job->outputs.front().source : *job->runs_source), from}];
    }
    const Adder add = Begin("batchslo_jobs", MetricType::Gauge);
    for (const auto& [of, count] : counts) add({{"source", of.first}, {"objective_from", std::string(ObjectiveFromName(of.second))}}, count);
  }

  void Extras() {
    std::map<std::string, std::vector<std::pair<LabelList, double>>> samples;
    for (const SourceState& source : snapshot_.sources) {
      for (const auto& extra : source.extras) {
        LabelList labels{{"source", source.name}};
        for (const auto& [key, value] : extra.labels) labels.push_back({key, value});
        samples[extra.metric].emplace_back(std::move(labels), extra.value);
      }
    }
    for (auto& [name, all] : samples) {
      const Adder add = Begin(name, name.ends_with("_total") ? MetricType::Counter : MetricType::Gauge);
      for (auto& [labels, value] : all) add(std::move(labels), value);
    }
  }

  const Snapshot& snapshot_;
  const TimePoint now_;
  std::vector<MetricFamily> families_;
};

}  // namespace

std::vector<MetricFamily> Baseline::Collect() const { return Collector(*snapshot_, now_).Collect(); }

}  // namespace batchslo::bench
