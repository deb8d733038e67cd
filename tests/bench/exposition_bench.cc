// S0, S1, S2: our page against prometheus-cpp's Collect and TextSerializer, and against memcpy. M1: bytes a job.
#include <malloc.h>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <unistd.h>

#include "exporter/core/tracker.h"
#include "exporter/web/build_info.h"
#include "exporter/web/exposition.h"
#include "tests/bench/figure.h"
#include "tests/web/parse.h"
#include "tests/web/sample.h"

namespace batchslo {
namespace {

constexpr int kRounds = 9;

double ThreadCpuSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

template <class Work>
double CpuOf(Work work) {
  const double before = ThreadCpuSeconds();
  work();
  return ThreadCpuSeconds() - before;
}

double ResidentBytes() {
  malloc_trim(0);
  std::ifstream statm("/proc/self/statm");
  double total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// ---- the baseline: the same page by the library's own means, written as its documentation shows ----

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using LabelList = std::vector<ClientMetric::Label>;

class Baseline : public prometheus::Collectable {
 public:
  Baseline(std::shared_ptr<const Snapshot> snapshot, TimePoint now) : snapshot_(std::move(snapshot)), now_(now) {}

  std::vector<MetricFamily> Collect() const override {
    std::vector<MetricFamily> families;
    Core(families);
    Runs(families);
    Outputs(families);
    Self(families);
    return families;
  }

 private:
  struct Adder {
    MetricFamily& family;
    void operator()(LabelList labels, double value) const {
      ClientMetric metric;
      metric.label = std::move(labels);
      (family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
      family.metric.push_back(std::move(metric));
    }
    void operator()(LabelList labels, const std::optional<TimePoint>& time) const {
      if (time) (*this)(std::move(labels), ToUnixSeconds(*time));
    }
  };

  static Adder Begin(std::vector<MetricFamily>& families, const char* name, const char* help, MetricType type = MetricType::Gauge) {
    families.push_back({name, help, type, {}});
    return {families.back()};
  }

  template <class Each>
  void EachJob(std::vector<MetricFamily>& families, const char* name, const char* help, Each each, MetricType type = MetricType::Gauge) const {
    const Adder add = Begin(families, name, help, type);
    for (const auto& job : snapshot_->jobs) each(*job, LabelList{{"job_name", job->def->name}}, add);
  }

  template <class Each>
  void EachObjective(std::vector<MetricFamily>& families, const char* name, const char* help, Each each) const {
    EachJob(families, name, help, [&](const JobState& job, LabelList labels, const Adder& add) {
      for (std::size_t i = 0; i < job.objectives.size(); ++i) {
        LabelList all = labels;
        all.push_back({"objective", job.def->objectives[i].name});
        each(job.objectives[i], job.def->objectives[i], std::move(all), add);
      }
    });
  }

  template <class Each>
  void EachOutput(std::vector<MetricFamily>& families, const char* name, const char* help, Each each) const {
    EachJob(families, name, help, [&](const JobState& job, LabelList labels, const Adder& add) {
      for (const OutputState& output : job.outputs) {
        LabelList all = labels;
        all.push_back({"output", output.name});
        each(output, std::move(all), add);
      }
    });
  }

  double Age(TimePoint time) const { return std::chrono::duration<double>(now_ - time).count(); }

  void Core(std::vector<MetricFamily>& f) const;
  void Runs(std::vector<MetricFamily>& f) const;
  void Outputs(std::vector<MetricFamily>& f) const;
  void Self(std::vector<MetricFamily>& f) const;

  std::shared_ptr<const Snapshot> snapshot_;
  TimePoint now_;
};

void Baseline::Core(std::vector<MetricFamily>& f) const {
  EachJob(f, "batchslo_job_seconds_since_last_success", "Age.", [&](const JobState& job, LabelList labels, const Adder& add) {
    if (job.last_success) add(std::move(labels), Age(*job.last_success));
  });
  EachJob(f, "batchslo_job_last_success_timestamp_seconds", "Time.", [](const JobState& job, LabelList l, const Adder& add) { add(std::move(l), job.last_success); });
  EachJob(f, "batchslo_job_first_seen_timestamp_seconds", "Time.", [](const JobState& job, LabelList l, const Adder& add) { add(std::move(l), std::optional(job.first_seen)); });
  EachObjective(f, "batchslo_job_slo_met", "Met.", [](const ObjectiveState& state, const Objective&, LabelList l, const Adder& add) {
    if (state.verdict == Verdict::kMet || state.verdict == Verdict::kMissed) add(std::move(l), state.verdict == Verdict::kMet ? 1.0 : 0.0);
  });
  EachObjective(f, "batchslo_job_slo_unknown", "Unknown.", [](const ObjectiveState& state, const Objective&, LabelList l, const Adder& add) {
    add(std::move(l), state.verdict == Verdict::kUnknown ? 1.0 : 0.0);
  });
  EachObjective(f, "batchslo_job_slo_unproven", "Unproven.", [](const ObjectiveState& state, const Objective&, LabelList l, const Adder& add) {
    if (state.unproven) add(std::move(l), 1.0);
  });
  EachObjective(f, "batchslo_job_due_timestamp_seconds", "Due.", [](const ObjectiveState& state, const Objective&, LabelList l, const Adder& add) { add(std::move(l), state.next_due); });
  EachJob(f, "batchslo_job_state", "State.", [](const JobState& job, LabelList l, const Adder& add) {
    l.push_back({"state", std::string(StateName(job.state))});
    add(std::move(l), 1.0);
  });
  EachJob(f, "batchslo_job_state_since_timestamp_seconds", "Time.", [](const JobState& job, LabelList l, const Adder& add) { add(std::move(l), std::optional(job.state_since)); });
  EachJob(f, "batchslo_job_info", "Info.", [](const JobState& job, LabelList l, const Adder& add) {
    for (const auto& [key, value] : {std::pair{"team", &job.def->team}, {"consumer", &job.def->consumer}, {"schedule", &job.schedule}, {"timezone", &job.timezone},
                                     {"runbook_url", &job.def->runbook_url}, {"dashboard_url", &job.def->dashboard_url}}) {
      l.push_back({key, *value});
    }
    add(std::move(l), 1.0);
  });
  EachObjective(f, "batchslo_job_slo_info", "Info.", [](const ObjectiveState&, const Objective& objective, LabelList l, const Adder& add) {
    l.push_back({"kind", std::string(KindName(objective.rule))});
    l.push_back({"severity", objective.severity});
    l.push_back({"objective_from", std::string(ObjectiveFromName(objective.from))});
    add(std::move(l), 1.0);
  });
  EachJob(f, "batchslo_job_source_info", "Info.", [](const JobState& job, const LabelList& l, const Adder& add) {
    LabelList runs = l;
    runs.push_back({"source", job.runs_source});
    runs.push_back({"role", "runs"});
    add(std::move(runs), 1.0);
    for (const OutputState& output : job.outputs) {
      LabelList all = l;
      all.push_back({"source", output.source});
      all.push_back({"role", output.name});
      add(std::move(all), 1.0);
    }
  });
}

void Baseline::Runs(std::vector<MetricFamily>& f) const {
  const auto instant = [&](const char* name, std::optional<TimePoint> RunsState::*field) {
    EachJob(f, name, "Time.", [field](const JobState& job, LabelList l, const Adder& add) {
      if (job.runs) add(std::move(l), (*job.runs).*field);
    });
  };
  instant("batchslo_job_last_run_start_timestamp_seconds", &RunsState::last_start);
  instant("batchslo_job_last_completion_timestamp_seconds", &RunsState::last_completion);
  EachJob(f, "batchslo_job_last_duration_seconds", "Duration.", [](const JobState& job, LabelList l, const Adder& add) {
    if (job.runs && job.runs->last_duration) add(std::move(l), std::chrono::duration<double>(*job.runs->last_duration).count());
  });
  instant("batchslo_job_running_since_timestamp_seconds", &RunsState::running_since);
  instant("batchslo_job_next_run_timestamp_seconds", &RunsState::next_run);
  EachJob(f, "batchslo_job_runs_total", "Runs.", [](const JobState& job, LabelList l, const Adder& add) {
    if (job.runs) add(std::move(l), static_cast<double>(job.runs->completed));
  }, MetricType::Counter);
  EachJob(f, "batchslo_job_failed_runs_total", "Runs.", [](const JobState& job, LabelList l, const Adder& add) {
    if (job.runs) add(std::move(l), static_cast<double>(job.runs->failed));
  }, MetricType::Counter);
  EachJob(f, "batchslo_job_consecutive_failures", "Failures.", [](const JobState& job, LabelList l, const Adder& add) {
    if (job.runs && job.runs->last_completion) add(std::move(l), static_cast<double>(job.runs->consecutive_failures));
  });
}

void Baseline::Outputs(std::vector<MetricFamily>& f) const {
  EachOutput(f, "batchslo_output_age_seconds", "Age.", [&](const OutputState& output, LabelList l, const Adder& add) {
    if (output.updated) add(std::move(l), Age(*output.updated));
  });
  EachOutput(f, "batchslo_output_updated_timestamp_seconds", "Time.", [](const OutputState& output, LabelList l, const Adder& add) { add(std::move(l), output.updated); });
  EachOutput(f, "batchslo_output_rows", "Rows.", [](const OutputState& output, LabelList l, const Adder& add) {
    if (output.rows) add(std::move(l), static_cast<double>(*output.rows));
  });
}

void Baseline::Self(std::vector<MetricFamily>& f) const {
  const auto each_source = [&](const char* name, auto value) {
    const Adder add = Begin(f, name, "Source.");
    for (const SourceState& source : snapshot_->sources) add({{"source", source.name}}, value(source));
  };
  each_source("batchslo_source_up", [](const SourceState& s) { return s.up ? 1.0 : 0.0; });
  each_source("batchslo_source_complete", [](const SourceState& s) { return s.complete ? 1.0 : 0.0; });
  each_source("batchslo_source_last_poll_success_timestamp_seconds", [](const SourceState& s) { return s.last_success; });
  each_source("batchslo_source_scopes", [](const SourceState& s) { return static_cast<double>(s.scopes.size()); });
  each_source("batchslo_source_scopes_dark", [](const SourceState&) { return 0.0; });
  const auto one = [&](const char* name, double value, MetricType type = MetricType::Gauge) { Begin(f, name, "Self.", type)({}, value); };
  one("batchslo_evaluation_timestamp_seconds", ToUnixSeconds(snapshot_->at));
  one("batchslo_evaluation_duration_seconds", snapshot_->evaluation_seconds);
  one("batchslo_snapshot_jobs", static_cast<double>(snapshot_->jobs.size()));
  one("batchslo_snapshot_refused_series", 0);
  one("batchslo_store_up", 1);
  one("batchslo_store_size_bytes", 0);
  one("batchslo_store_writes_total", 0, MetricType::Counter);
  one("batchslo_store_write_failures_total", 0, MetricType::Counter);
  one("batchslo_config_last_reload_successful", 1);
  one("batchslo_config_last_reload_success_timestamp_seconds", ToUnixSeconds(snapshot_->config.last_reload_success));
  one("batchslo_config_hash", snapshot_->config.hash);
  Begin(f, "batchslo_build_info", "Self.")({{"version", std::string(kVersion)}, {"revision", std::string(kRevision)}, {"compiler", std::string(kCompiler)}}, 1.0);
}

// ---- S0: the same samples ----

using Samples = std::map<std::pair<std::string, std::map<std::string, std::string>>, double>;

// All but the figures of the process itself, which move.
Samples SamplesOf(const std::string& page) {
  ParsedPage parsed = ParsePage(page);
  if (!parsed.faults.empty()) std::cerr << "S0: " << parsed.faults.front() << "\n";
  Samples samples;
  for (Sample& sample : parsed.samples) {
    if (!sample.name.starts_with("process_")) samples[{std::move(sample.name), std::move(sample.labels)}] = sample.value;
  }
  return samples;
}

// The library writes 16 digits: equal to that.
bool Same(double a, double b) { return a == b || std::fabs(a - b) <= 1e-15 * std::fabs(a); }

double Differences(const std::string& ours, const std::string& theirs) {
  const Samples a = SamplesOf(ours), b = SamplesOf(theirs);
  double differences = 0;
  for (const auto& [series, value] : a) {
    const auto at = b.find(series);
    if (at != b.end() && Same(value, at->second)) continue;
    if (differences++ == 0) std::cerr << "S0: " << series.first << " differs\n";
  }
  for (const auto& [series, value] : b) {
    if (a.contains(series)) continue;
    if (differences++ == 0) std::cerr << "S0: " << series.first << " is only in the baseline\n";
  }
  return differences;
}

// ---- S1, S2 ----

struct Times {
  double ours = 1e9, build = 1e9, baseline = 1e9, copy = 1e9;
  std::size_t bytes = 0;
};

Times Measure(const std::shared_ptr<const Snapshot>& snapshot) {
  Times times;
  const prometheus::TextSerializer serializer;
  std::shared_ptr<const Page> page;
  const std::string ours = RenderAll(std::make_shared<const Page>(snapshot, std::set<std::string>{}), Format::kText, sample::kNow);
  std::string copied(ours.size(), '\0');
  for (int round = 0; round < kRounds; ++round) {
    times.build = std::min(times.build, CpuOf([&] { page = std::make_shared<const Page>(snapshot, std::set<std::string>{}); }));
    times.ours = std::min(times.ours, CpuOf([&] {
      times.bytes = 0;
      Rendering rendering(page, Format::kText, sample::kNow);
      for (std::string_view piece = rendering.Next(); !piece.empty(); piece = rendering.Next()) times.bytes += piece.size();
    }));
    times.copy = std::min(times.copy, CpuOf([&] { std::memcpy(copied.data(), ours.data(), ours.size()); }));
    if (round < 5) {
      times.baseline = std::min(times.baseline, CpuOf([&] { static_cast<void>(serializer.Serialize(Baseline(snapshot, sample::kNow).Collect())); }));
    }
  }
  return times;
}

// ---- M1 ----

double SnapshotAndPageBytes(std::size_t count) {
  const double before = ResidentBytes();
  const std::shared_ptr<const Snapshot> snapshot = sample::Fleet(count);
  const Page page(snapshot, {});
  return (ResidentBytes() - before) / static_cast<double>(count);
}

}  // namespace

void BenchExposition(std::vector<Figure>& out) {
  constexpr std::size_t kJobs = 10'000;
  std::cout << "exposition: snapshot and page " << SnapshotAndPageBytes(100'000) << " B a job\n";
  const std::shared_ptr<const Snapshot> snapshot = sample::Fleet(kJobs);
  const Times times = Measure(snapshot);
  const auto page = std::make_shared<const Page>(snapshot, std::set<std::string>{});
  const std::string theirs = prometheus::TextSerializer().Serialize(Baseline(snapshot, sample::kNow).Collect());
  std::cout << "exposition: " << kJobs << " jobs, " << times.bytes << " B, build " << times.build * 1e3 << " ms, render " << times.ours * 1e3 << " ms, prometheus-cpp "
            << times.baseline * 1e3 << " ms, memcpy " << times.copy * 1e3 << " ms\n";
  out.push_back({"S0", Differences(RenderAll(page, Format::kText, sample::kNow), theirs), "samples", 0, 0, false});
  out.push_back({"S1", times.baseline / times.ours, "x", 60, 40, true});
  out.push_back({"S2", times.ours / times.copy, "x", 4, 6, false});
}

}  // namespace batchslo
