// The contract: every metric stands here once, by the order in which the page shows it.
#include "exporter/web/families.h"

#include <algorithm>
#include <array>

#include "exporter/web/build_info.h"
#include "exporter/web/process.h"

namespace batchslo {
namespace {

double Seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

const std::string& NameOf(const JobState& job, std::size_t i) { return job.def->objectives[i].name; }

template <class Each>
void EachObjective(const JobState& job, Each each) {
  for (std::size_t i = 0; i < job.objectives.size(); ++i) each(job.objectives[i], NameOf(job, i));
}

bool IsDecided(Verdict verdict) { return verdict == Verdict::kMet || verdict == Verdict::kMissed; }

// One instant of a job, where it has it.
template <std::optional<TimePoint> RunsState::*field>
void RunsInstant(const JobState& job, std::string_view labels, TimePoint, Writer& out) {
  if (job.runs && (*job.runs).*field) out.Sample(labels, *((*job.runs).*field));
}

void EachOutput(const JobState& job, void (*each)(const OutputState&, std::string_view labels, TimePoint now, Writer& out), std::string_view labels,
                TimePoint now, Writer& out) {
  for (const OutputState& output : job.outputs) {
    const std::string all = std::string(labels) + ",output=\"" + EscapeLabel(output.name) + "\"";
    each(output, all, now, out);
  }
}

const std::array kJobFamilies = {
    JobFamily{"batchslo_job_seconds_since_last_success", "Seconds since the job last succeeded; absent until it has.", "gauge", "", Group::kCore,
              [](const JobState& job, std::string_view labels, TimePoint now, Writer& out) {
                if (job.last_success) out.Sample(labels, std::max(0.0, Seconds(now - *job.last_success)));
              }},
    JobFamily{"batchslo_job_last_success_timestamp_seconds", "When the job last succeeded; absent until it has.", "gauge", "seconds", Group::kCore,
              [](const JobState& job, std::string_view labels, TimePoint, Writer& out) {
                if (job.last_success) out.Sample(labels, *job.last_success);
              }},
    JobFamily{"batchslo_job_first_seen_timestamp_seconds", "When the job was first configured or discovered.", "gauge", "seconds", Group::kCore,
              [](const JobState& job, std::string_view labels, TimePoint, Writer& out) { out.Sample(labels, job.first_seen); }},
    JobFamily{"batchslo_job_slo_met", "1 if the objective is met, 0 if it is missed; absent while that is unknown, pending or paused.", "gauge", "", Group::kCore,
              [](const JobState& job, std::string_view labels, TimePoint, Writer& out) {
                EachObjective(job, [&](const ObjectiveState& state, const std::string& name) {
                  if (IsDecided(state.verdict)) out.Sample(labels, {{"objective", name}}, state.verdict == Verdict::kMet ? 1 : 0);
                });
              }},
    JobFamily{"batchslo_job_slo_unknown", "1 while nothing is proven about the objective, else 0.", "gauge", "", Group::kCore,
              [](const JobState& job, std::string_view labels, TimePoint, Writer& out) {
                EachObjective(job, [&](const ObjectiveState& state, const std::string& name) {
                  out.Sample(labels, {{"objective", name}}, state.verdict == Verdict::kUnknown ? 1 : 0);
                });
              }},
    JobFamily{"batchslo_job_slo_unproven", "1 while a window has closed undecided although all its sources are up; absent otherwise.", "gauge", "", Group::kCore,
              [](const JobState& job, std::string_view labels, TimePoint, Writer& out) {
                EachObjective(job, [&](const ObjectiveState& state, const std::string& name) {
                  if (state.unproven) out.Sample(labels, {{"objective", name}}, 1);
                });
              }},
    JobFamily{"batchslo_job_due_timestamp_seconds", "When the open window of the objective closes.", "gauge", "seconds", Group::kCore,
              [](const JobState& job, std::string_view labels, TimePoint, Writer& out) {
                EachObjective(job, [&](const ObjectiveState& state, const std::string& name) {
                  if (state.next_due) out.Sample(std::string(labels) + ",objective=\"" + EscapeLabel(name) + "\"", *state.next_due);
                });
              }},
    JobFamily{"batchslo_job_state", "1 for the present state of the job: met, missed, unknown, pending, paused or gone.", "gauge", "", Group::kCore,
              [](const JobState& job, std::string_view labels, TimePoint, Writer& out) { out.Sample(labels, {{"state", StateName(job.state)}}, 1); }},
    JobFamily{"batchslo_job_state_since_timestamp_seconds", "Since when the job has been in its present state.", "gauge", "seconds", Group::kCore,
              [](const JobState& job, std::string_view labels, TimePoint, Writer& out) { out.Sample(labels, job.state_since); }},
    JobFamily{"batchslo_job_info", "What people need to know of the job; exactly one series a job.", "gauge", "", Group::kCore,
              [](const JobState& job, std::string_view labels, TimePoint, Writer& out) {
                const JobDef& def = *job.def;
                out.Sample(labels, {{"team", def.team}, {"consumer", def.consumer}, {"schedule", job.schedule}, {"timezone", job.timezone}, {"runbook_url", def.runbook_url}, {"dashboard_url", def.dashboard_url}}, 1);
              }},
    JobFamily{"batchslo_job_slo_info", "What the objective is; exactly one series an objective.", "gauge", "", Group::kCore,
              [](const JobState& job, std::string_view labels, TimePoint, Writer& out) {
                for (const Objective& objective : job.def->objectives) {
                  out.Sample(labels, {{"objective", objective.name}, {"kind", KindName(objective.rule)}, {"severity", objective.severity}, {"objective_from", ObjectiveFromName(objective.from)}}, 1);
                }
              }},
    JobFamily{"batchslo_job_source_info", "Which sources tell of the job: role is runs, or the name of an output.", "gauge", "", Group::kCore,
              [](const JobState& job, std::string_view labels, TimePoint, Writer& out) {
                if (!job.runs_source.empty()) out.Sample(labels, {{"source", job.runs_source}, {"role", "runs"}}, 1);
                for (const OutputState& output : job.outputs) {
                  const bool named_runs = output.name == "runs" && output.source == job.runs_source;
                  if (!named_runs) out.Sample(labels, {{"source", output.source}, {"role", output.name}}, 1);
                }
              }},
    JobFamily{"batchslo_job_last_run_start_timestamp_seconds", "When the newest run began.", "gauge", "seconds", Group::kRuns, RunsInstant<&RunsState::last_start>},
    JobFamily{"batchslo_job_last_completion_timestamp_seconds", "When the newest run ended, well or not.", "gauge", "seconds", Group::kRuns, RunsInstant<&RunsState::last_completion>},
    JobFamily{"batchslo_job_last_duration_seconds", "How long the newest completed run took.", "gauge", "seconds", Group::kRuns,
              [](const JobState& job, std::string_view labels, TimePoint, Writer& out) {
                if (job.runs && job.runs->last_duration) out.Sample(labels, Seconds(*job.runs->last_duration));
              }},
    JobFamily{"batchslo_job_running_since_timestamp_seconds", "Since when a run has been going; absent while none is.", "gauge", "seconds", Group::kRuns, RunsInstant<&RunsState::running_since>},
    JobFamily{"batchslo_job_next_run_timestamp_seconds", "When the schedule starts it next.", "gauge", "seconds", Group::kRuns, RunsInstant<&RunsState::next_run>},
    JobFamily{"batchslo_job_runs_total", "Completed runs, ever.", "counter", "", Group::kRuns,
              [](const JobState& job, std::string_view labels, TimePoint, Writer& out) {
                if (job.runs) out.Sample(labels, static_cast<double>(job.runs->completed));
              }},
    JobFamily{"batchslo_job_failed_runs_total", "Completed runs that failed, ever.", "counter", "", Group::kRuns,
              [](const JobState& job, std::string_view labels, TimePoint, Writer& out) {
                if (job.runs) out.Sample(labels, static_cast<double>(job.runs->failed));
              }},
    JobFamily{"batchslo_job_consecutive_failures", "How many of the newest completed runs failed in a row.", "gauge", "", Group::kRuns,
              [](const JobState& job, std::string_view labels, TimePoint, Writer& out) {
                if (job.runs && job.runs->last_completion) out.Sample(labels, job.runs->consecutive_failures);
              }},
    JobFamily{"batchslo_job_last_failure_info", "Why the newest completed run failed; absent while it did not. For annotations, not for expressions.", "gauge", "", Group::kRuns,
              [](const JobState& job, std::string_view labels, TimePoint, Writer& out) {
                if (job.failure) out.Sample(labels, {{"reason", job.failure->reason}, {"fingerprint", job.failure->fingerprint}, {"error", job.failure->error}}, 1);
              }},
    JobFamily{"batchslo_output_age_seconds", "Seconds since the output last moved.", "gauge", "seconds", Group::kRuns,
              [](const JobState& job, std::string_view labels, TimePoint now, Writer& out) {
                EachOutput(job, [](const OutputState& o, std::string_view l, TimePoint at, Writer& w) {
                  if (o.updated) w.Sample(l, std::max(0.0, Seconds(at - *o.updated)));
                }, labels, now, out);
              }},
    JobFamily{"batchslo_output_updated_timestamp_seconds", "When the output last moved.", "gauge", "seconds", Group::kRuns,
              [](const JobState& job, std::string_view labels, TimePoint now, Writer& out) {
                EachOutput(job, [](const OutputState& o, std::string_view l, TimePoint, Writer& w) {
                  if (o.updated) w.Sample(l, *o.updated);
                }, labels, now, out);
              }},
    JobFamily{"batchslo_output_rows", "How many rows the output had when it was looked at last.", "gauge", "", Group::kRuns,
              [](const JobState& job, std::string_view labels, TimePoint now, Writer& out) {
                EachOutput(job, [](const OutputState& o, std::string_view l, TimePoint, Writer& w) {
                  if (o.rows) w.Sample(l, static_cast<double>(*o.rows));
                }, labels, now, out);
              }},
    JobFamily{"batchslo_output_size_bytes", "How large the output was when it was looked at last.", "gauge", "bytes", Group::kRuns,
              [](const JobState& job, std::string_view labels, TimePoint now, Writer& out) {
                EachOutput(job, [](const OutputState& o, std::string_view l, TimePoint, Writer& w) {
                  if (o.bytes) w.Sample(l, static_cast<double>(*o.bytes));
                }, labels, now, out);
              }},
    JobFamily{"batchslo_output_check_passed", "1 if the newest look at the output passes the check, 0 if it fails it.", "gauge", "", Group::kRuns,
              [](const JobState& job, std::string_view labels, TimePoint now, Writer& out) {
                EachOutput(job, [](const OutputState& o, std::string_view l, TimePoint, Writer& w) {
                  for (const auto& check : o.checks) {
                    if (check.passed) w.Sample(l, {{"check", check.name}}, *check.passed ? 1 : 0);
                  }
                }, labels, now, out);
              }},
    JobFamily{"batchslo_output_check_value", "What the check looked at.", "gauge", "", Group::kRuns,
              [](const JobState& job, std::string_view labels, TimePoint now, Writer& out) {
                EachOutput(job, [](const OutputState& o, std::string_view l, TimePoint, Writer& w) {
                  for (const auto& check : o.checks) {
                    if (check.value) w.Sample(l, {{"check", check.name}}, *check.value);
                  }
                }, labels, now, out);
              }},
};

template <class Each>
void EachSource(const Snapshot& snapshot, Writer& out, Each each) {
  for (const SourceState& source : snapshot.sources) each(source, "source=\"" + EscapeLabel(source.name) + "\"", out);
}

const std::array kSelfFamilies = {
    SelfFamily{"batchslo_source_up", "1 if the source could be asked of late.", "gauge", "",
               [](const Snapshot& s, TimePoint, Writer& out) {
                 EachSource(s, out, [](const SourceState& source, const std::string& labels, Writer& w) { w.Sample(labels, source.up ? 1 : 0); });
               }},
    SelfFamily{"batchslo_source_complete", "1 if all of its scopes could be asked.", "gauge", "",
               [](const Snapshot& s, TimePoint, Writer& out) {
                 EachSource(s, out, [](const SourceState& source, const std::string& labels, Writer& w) { w.Sample(labels, source.complete ? 1 : 0); });
               }},
    SelfFamily{"batchslo_source_last_poll_success_timestamp_seconds", "When it last answered; of a watch, its newest view.", "gauge", "seconds",
               [](const Snapshot& s, TimePoint, Writer& out) {
                 EachSource(s, out, [](const SourceState& source, const std::string& labels, Writer& w) {
                   if (source.last_success) w.Sample(labels, *source.last_success);
                 });
               }},
    SelfFamily{"batchslo_source_poll_duration_seconds", "How long its polls took.", "histogram", "seconds",
               [](const Snapshot& s, TimePoint, Writer& out) {
                 EachSource(s, out, [](const SourceState& source, const std::string& labels, Writer& w) {
                   if (source.poll_seconds_buckets.empty()) return;
                   for (std::size_t i = 0; i < std::size(kPollBuckets); ++i) {
                     char bound[32];
                     const auto end = std::to_chars(bound, bound + sizeof bound, kPollBuckets[i]).ptr;
                     w.Suffixed("_bucket", labels, {{"le", {bound, static_cast<std::size_t>(end - bound)}}}, source.poll_seconds_buckets[i]);
                   }
                   w.Suffixed("_bucket", labels, {{"le", "+Inf"}}, static_cast<double>(source.polls));
                   w.Suffixed("_sum", labels, {}, source.poll_seconds_sum);
                   w.Suffixed("_count", labels, {}, static_cast<double>(source.polls));
                 });
               }},
    SelfFamily{"batchslo_source_polls_total", "How often it was polled.", "counter", "",
               [](const Snapshot& s, TimePoint, Writer& out) {
                 EachSource(s, out, [](const SourceState& source, const std::string& labels, Writer& w) {
                   if (!source.poll_seconds_buckets.empty()) w.Sample(labels, static_cast<double>(source.polls));
                 });
               }},
    SelfFamily{"batchslo_source_poll_failures_total", "How often that failed, by reason.", "counter", "",
               [](const Snapshot& s, TimePoint, Writer& out) {
                 EachSource(s, out, [](const SourceState& source, const std::string& labels, Writer& w) {
                   for (const auto& [reason, count] : source.failures) w.Sample(labels, {{"reason", reason}}, static_cast<double>(count));
                 });
               }},
    SelfFamily{"batchslo_source_clock_skew_seconds", "How far its clock is ahead of ours; negative: behind.", "gauge", "seconds",
               [](const Snapshot& s, TimePoint, Writer& out) {
                 EachSource(s, out, [](const SourceState& source, const std::string& labels, Writer& w) {
                   if (source.clock_skew_seconds) w.Sample(labels, *source.clock_skew_seconds);
                 });
               }},
    SelfFamily{"batchslo_source_scopes", "How many scopes of it are asked.", "gauge", "",
               [](const Snapshot& s, TimePoint, Writer& out) {
                 EachSource(s, out, [](const SourceState& source, const std::string& labels, Writer& w) { w.Sample(labels, static_cast<double>(source.scopes.size())); });
               }},
    SelfFamily{"batchslo_source_scopes_dark", "How many of them could not be asked.", "gauge", "",
               [](const Snapshot& s, TimePoint, Writer& out) {
                 EachSource(s, out, [](const SourceState& source, const std::string& labels, Writer& w) {
                   w.Sample(labels, static_cast<double>(std::count_if(source.scopes.begin(), source.scopes.end(), [](const auto& scope) { return !scope.up; })));
                 });
               }},
    SelfFamily{"batchslo_evaluation_timestamp_seconds", "When the jobs were judged last.", "gauge", "seconds", [](const Snapshot& s, TimePoint, Writer& out) { out.Sample("", s.at); }},
    SelfFamily{"batchslo_evaluation_duration_seconds", "How long that took.", "gauge", "seconds", [](const Snapshot& s, TimePoint, Writer& out) { out.Sample("", s.evaluation_seconds); }},
    SelfFamily{"batchslo_snapshot_jobs", "How many jobs are judged.", "gauge", "", [](const Snapshot& s, TimePoint, Writer& out) { out.Sample("", static_cast<double>(s.jobs.size())); }},
    SelfFamily{"batchslo_store_up", "1 if the ledger takes writes.", "gauge", "", [](const Snapshot& s, TimePoint, Writer& out) { out.Sample("", s.store.up ? 1 : 0); }},
    SelfFamily{"batchslo_store_size_bytes", "How large the ledger is.", "gauge", "bytes", [](const Snapshot& s, TimePoint, Writer& out) { out.Sample("", static_cast<double>(s.store.size_bytes)); }},
    SelfFamily{"batchslo_store_writes_total", "Transactions that the ledger took.", "counter", "", [](const Snapshot& s, TimePoint, Writer& out) { out.Sample("", static_cast<double>(s.store.writes)); }},
    SelfFamily{"batchslo_store_write_failures_total", "Transactions that failed.", "counter", "", [](const Snapshot& s, TimePoint, Writer& out) { out.Sample("", static_cast<double>(s.store.write_failures)); }},
    SelfFamily{"batchslo_config_last_reload_successful", "1 if the configuration in the file is the one in force.", "gauge", "", [](const Snapshot& s, TimePoint, Writer& out) { out.Sample("", s.config.last_reload_ok ? 1 : 0); }},
    SelfFamily{"batchslo_config_last_reload_success_timestamp_seconds", "Since when the configuration in force has been.", "gauge", "seconds", [](const Snapshot& s, TimePoint, Writer& out) { out.Sample("", s.config.last_reload_success); }},
    SelfFamily{"batchslo_config_hash", "The configuration in force, as a number: equal on equal replicas.", "gauge", "", [](const Snapshot& s, TimePoint, Writer& out) { out.Sample("", static_cast<double>(s.config.hash)); }},
    SelfFamily{"batchslo_build_info", "What this is.", "gauge", "", [](const Snapshot&, TimePoint, Writer& out) { out.Sample("", {{"version", kVersion}, {"revision", kRevision}, {"compiler", kCompiler}}, 1); }},
    SelfFamily{"process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", "counter", "seconds", [](const Snapshot&, TimePoint, Writer& out) { if (const auto p = ReadProcess()) out.Sample("", p->cpu_seconds); }},
    SelfFamily{"process_resident_memory_bytes", "Resident memory size in bytes.", "gauge", "bytes", [](const Snapshot&, TimePoint, Writer& out) { if (const auto p = ReadProcess()) out.Sample("", p->resident_bytes); }},
    SelfFamily{"process_virtual_memory_bytes", "Virtual memory size in bytes.", "gauge", "bytes", [](const Snapshot&, TimePoint, Writer& out) { if (const auto p = ReadProcess()) out.Sample("", p->virtual_bytes); }},
    SelfFamily{"process_open_fds", "Number of open file descriptors.", "gauge", "", [](const Snapshot&, TimePoint, Writer& out) { if (const auto p = ReadProcess()) out.Sample("", p->open_fds); }},
    SelfFamily{"process_max_fds", "Maximum number of open file descriptors.", "gauge", "", [](const Snapshot&, TimePoint, Writer& out) { if (const auto p = ReadProcess()) out.Sample("", p->max_fds); }},
    SelfFamily{"process_start_time_seconds", "Start time of the process since unix epoch in seconds.", "gauge", "seconds", [](const Snapshot&, TimePoint, Writer& out) { if (const auto p = ReadProcess()) out.Sample("", p->start_time); }},
};

}  // namespace

std::span<const JobFamily> JobFamilies() { return kJobFamilies; }
std::span<const SelfFamily> SelfFamilies() { return kSelfFamilies; }

}  // namespace batchslo
