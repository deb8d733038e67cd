// The lines of jobs. Tested by tests/web/exposition_test.cc, timed by tests/bench/exposition_bench.cc.
#include "exporter/web/families.h"

#include <array>

#include "exporter/web/escape.h"
#include "exporter/web/put.h"

namespace batchslo {
namespace {

constexpr std::int64_t kNone = Columns::kNone;

// ---- labels: what stands between the name and the value ----

char* OfJob(const Columns& c, std::size_t job, const Line& line, char* to) { return Put(Put(to, line.prefix), c.job_label[job]); }

char* OfObjective(const Columns& c, std::size_t row, const Line& line, char* to) {
  return Put(OfJob(c, c.objective_job[row], line, to), c.tail[c.objective_tail[row]]);
}

char* OfOutlook(const Columns& c, std::size_t row, const Line& line, char* to) {
  return Put(OfJob(c, c.outlook_job[row], line, to), c.tail[c.outlook_tail[row]]);
}

char* OfOutput(const Columns& c, std::size_t row, const Line& line, char* to) {
  return Put(PutText(OfJob(c, c.output_job[row], line, to), ",output=\""), c.output_label[row]);
}

char* OfCheck(const Columns& c, std::size_t row, const Line& line, char* to) {
  return Put(OfOutput(c, c.check_output[row], line, to), c.tail[c.check_tail[row]]);
}

using PutLabels = char* (*)(const Columns&, std::size_t row, const Line&, char* to);

char* PutPair(char* to, std::string_view before, std::string_view value) {
  to = PutLabel(PutText(to, before), value);
  *to++ = '"';
  return to;
}

// ---- values ----

char* EndLine(char* to) { return *to = '\n', to + 1; }
char* PutOne(char* to) { return PutText(to, "} 1\n"); }
char* PutBit(char* to, bool one) { return PutText(to, one ? "} 1\n" : "} 0\n"); }

template <PutLabels labels, Columns::Values Columns::*column>
char* Seconds(const Columns& c, std::size_t row, const Line& line, char* to) {
  const std::int64_t value = (c.*column)[row];
  return value == kNone ? to : EndLine(PutSeconds(PutText(labels(c, row, line, to), "} "), value));
}

// Never negative: a success whose time lies ahead of ours happened just now.
template <PutLabels labels, Columns::Values Columns::*column>
char* Age(const Columns& c, std::size_t row, const Line& line, char* to) {
  const std::int64_t value = (c.*column)[row];
  return value == kNone ? to : EndLine(PutSeconds(PutText(labels(c, row, line, to), "} "), std::max<std::int64_t>(0, line.now - value)));
}

template <PutLabels labels, Columns::Counts Columns::*column>
char* Count(const Columns& c, std::size_t row, const Line& line, char* to) {
  const std::uint32_t value = (c.*column)[row];
  return value == Columns::kNoCount ? to : EndLine(PutInteger(PutText(labels(c, row, line, to), "} "), value));
}

template <Columns::Values Columns::*column>
char* OutputAmount(const Columns& c, std::size_t row, const Line& line, char* to) {
  const std::int64_t value = (c.*column)[row];
  return value == kNone ? to : EndLine(PutInteger(PutText(OfOutput(c, row, line, to), "} "), value));
}

char* Met(const Columns& c, std::size_t row, const Line& line, char* to) {
  const Verdict verdict = c.verdict[row];
  const bool decided = verdict == Verdict::kMet || verdict == Verdict::kMissed;
  return decided ? PutBit(OfObjective(c, row, line, to), verdict == Verdict::kMet) : to;
}

char* Unknown(const Columns& c, std::size_t row, const Line& line, char* to) {
  return PutBit(OfObjective(c, row, line, to), c.verdict[row] == Verdict::kUnknown);
}

char* Unproven(const Columns& c, std::size_t row, const Line& line, char* to) {
  return c.unproven[row] ? PutOne(OfObjective(c, row, line, to)) : to;
}

char* StateLine(const Columns& c, std::size_t row, const Line& line, char* to) {
  const std::string_view state = StateName(c.job[row]->state);
  to = PutText(OfJob(c, row, line, to), ",state=\"");
  return PutText(PutText(to, state), "\"} 1\n");
}

char* JobInfo(const Columns& c, std::size_t row, const Line& line, char* to) {
  const JobState& job = *c.job[row];
  to = OfJob(c, row, line, to);
  to = PutPair(to, ",team=\"", job.def->team);
  to = PutPair(to, ",consumer=\"", job.def->consumer);
  to = PutPair(to, ",schedule=\"", job.schedule);
  to = PutPair(to, ",timezone=\"", job.timezone);
  to = PutPair(to, ",runbook_url=\"", job.def->runbook_url);
  return PutOne(PutPair(to, ",dashboard_url=\"", job.def->dashboard_url));
}

char* ObjectiveInfo(const Columns& c, std::size_t row, const Line& line, char* to) {
  return PutOne(Put(OfJob(c, c.objective_job[row], line, to), c.tail[c.objective_info[row]]));
}

char* Blocked(const Columns& c, std::size_t row, const Line& line, char* to) {
  return PutOne(Put(OfJob(c, c.blocked_job[row], line, to), c.tail[c.blocked_tail[row]]));
}

// The rows of jobs, for their runs, then those of outputs.
char* SourceInfo(const Columns& c, std::size_t row, const Line& line, char* to) {
  if (row < c.job.size()) {
    const std::uint32_t link = c.runs_link[row];
    return link == Columns::kNoTail ? to : PutOne(Put(OfJob(c, row, line, to), c.tail[link]));
  }
  const std::size_t output = row - c.job.size();
  const std::uint32_t link = c.output_link[output];
  if (link == Columns::kNoTail) return to;
  return PutOne(Put(Put(OfJob(c, c.output_job[output], line, to), c.tail[link]), c.output_label[output]));
}

char* FailureInfo(const Columns& c, std::size_t row, const Line& line, char* to) {
  const LastFailure* failure = c.job[row]->failure.get();
  if (!failure) return to;
  to = PutPair(OfJob(c, row, line, to), ",reason=\"", failure->reason);
  to = PutPair(to, ",fingerprint=\"", failure->fingerprint);
  return PutOne(PutPair(to, ",error=\"", failure->error));
}

char* Passed(const Columns& c, std::size_t row, const Line& line, char* to) {
  return c.passed[row] ? PutBit(OfCheck(c, row, line, to), *c.passed[row]) : to;
}

char* CheckValue(const Columns& c, std::size_t row, const Line& line, char* to) {
  if (std::isnan(c.value[row])) return to;
  return EndLine(PutDouble(PutText(OfCheck(c, row, line, to), "} "), c.value[row]));
}

char* Attainment(const Columns& c, std::size_t row, const Line& line, char* to) {
  if (std::isnan(c.attainment[row])) return to;
  const std::size_t spans = c.attainment_days.size();
  to = PutText(OfObjective(c, row / spans, line, to), ",window=\"");
  return EndLine(PutDouble(PutText(PutInteger(to, c.attainment_days[row % spans]), "d\"} "), c.attainment[row]));
}

char* Remaining(const Columns& c, std::size_t row, const Line& line, char* to) {
  const double value = c.budget_remaining[row];
  return std::isnan(value) ? to : EndLine(PutDouble(PutText(OfObjective(c, row, line, to), "} "), value));
}

char* AtRisk(const Columns& c, std::size_t row, const Line& line, char* to) {
  return c.risk[row] == Risk::kNotKnown ? to : PutBit(OfOutlook(c, row, line, to), IsAtRisk(c.risk[row]));
}

char* MarginTrend(const Columns& c, std::size_t row, const Line& line, char* to) {
  if (std::isnan(c.margin_lost[row])) return to;
  return EndLine(PutDouble(PutText(OfOutlook(c, row, line, to), "} "), c.margin_lost[row]));
}

// ---- the table ----

using enum Group;
using enum Rows;

template <Columns::Values Columns::*column>
constexpr auto kJobSeconds = Seconds<OfJob, column>;

constexpr std::array kJobFamilies = {
    JobFamily{{"batchslo_job_seconds_since_last_success", "Seconds since the job last succeeded; absent until it has.", "gauge", ""},
              kCore, kJobs, Age<OfJob, &Columns::last_success>, true},
    JobFamily{{"batchslo_job_last_success_timestamp_seconds", "When the job last succeeded; absent until it has.", "gauge", "seconds"},
              kCore, kJobs, kJobSeconds<&Columns::last_success>},
    JobFamily{{"batchslo_job_first_seen_timestamp_seconds", "When the job was first configured or discovered.", "gauge", "seconds"},
              kCore, kJobs, kJobSeconds<&Columns::first_seen>},
    JobFamily{{"batchslo_job_slo_met", "1 if the objective is met, 0 if it is missed; absent while that is unknown, pending or paused.", "gauge", ""},
              kCore, kObjectives, Met},
    JobFamily{{"batchslo_job_slo_unknown", "1 while nothing is proven about the objective, else 0.", "gauge", ""}, kCore, kObjectives, Unknown},
    JobFamily{{"batchslo_job_slo_unproven", "1 while a window has closed undecided although all its sources are up; absent otherwise.", "gauge", ""},
              kCore, kObjectives, Unproven},
    JobFamily{{"batchslo_job_due_timestamp_seconds", "When the open window of the objective closes; absent while it is paused.", "gauge", "seconds"},
              kCore, kObjectives, Seconds<OfObjective, &Columns::next_due>},
    JobFamily{{"batchslo_job_missed_due_timestamp_seconds", "When the missed window was due; absent while the objective is not missed, and for checks.", "gauge", "seconds"},
              kCore, kObjectives, Seconds<OfObjective, &Columns::missed_due>},
    JobFamily{{"batchslo_job_state", "1 for the present state of the job: met, missed, unknown, pending, paused or gone.", "gauge", ""},
              kCore, kJobs, StateLine},
    JobFamily{{"batchslo_job_state_since_timestamp_seconds", "Since when the job has been in its present state.", "gauge", "seconds"},
              kCore, kJobs, kJobSeconds<&Columns::state_since>},
    JobFamily{{"batchslo_job_info", "What people need to know of the job; exactly one series a job.", "gauge", ""}, kCore, kJobs, JobInfo},
    JobFamily{{"batchslo_job_slo_info", "What the objective is; exactly one series an objective.", "gauge", ""}, kCore, kObjectives, ObjectiveInfo},
    JobFamily{{"batchslo_job_source_info", "Which sources tell of the job: role is runs, or the name of an output.", "gauge", ""},
              kCore, kLinks, SourceInfo},
    JobFamily{{"batchslo_job_blocked", "1 for each job that must have succeeded before this one, and is missed.", "gauge", ""}, kCore, kUpstreams, Blocked},
    JobFamily{{"batchslo_job_last_run_start_timestamp_seconds", "When the newest run began.", "gauge", "seconds"},
              kRuns, kJobs, kJobSeconds<&Columns::last_start>},
    JobFamily{{"batchslo_job_last_completion_timestamp_seconds", "When the newest completed run ended, well or not.", "gauge", "seconds"},
              kRuns, kJobs, kJobSeconds<&Columns::last_completion>},
    JobFamily{{"batchslo_job_last_duration_seconds", "How long the newest completed run took.", "gauge", "seconds"},
              kRuns, kJobs, kJobSeconds<&Columns::last_duration>},
    JobFamily{{"batchslo_job_running_since_timestamp_seconds", "Since when a run has been going; absent while none is.", "gauge", "seconds"},
              kRuns, kJobs, kJobSeconds<&Columns::running_since>},
    JobFamily{{"batchslo_job_next_run_timestamp_seconds", "When the schedule starts it next.", "gauge", "seconds"},
              kRuns, kJobs, kJobSeconds<&Columns::next_run>},
    JobFamily{{"batchslo_job_runs_total", "Completed runs, ever.", "counter", ""}, kRuns, kJobs, Count<OfJob, &Columns::completed>},
    JobFamily{{"batchslo_job_failed_runs_total", "Completed runs that failed, ever.", "counter", ""}, kRuns, kJobs, Count<OfJob, &Columns::failed>},
    JobFamily{{"batchslo_job_consecutive_failures", "How many of the newest completed runs failed in a row.", "gauge", ""},
              kRuns, kJobs, Count<OfJob, &Columns::consecutive_failures>},
    JobFamily{{"batchslo_job_last_failure_info", "Why the newest completed run failed; absent while it did not. For annotations, not for expressions.", "gauge", ""},
              kRuns, kJobs, FailureInfo},
    JobFamily{{"batchslo_job_margin_seconds", "How long before it was due the last decided window was met; negative: late.", "gauge", "seconds"},
              kBudget, kObjectives, Seconds<OfObjective, &Columns::margin>},
    JobFamily{{"batchslo_job_windows_total", "Windows that have closed, ever; excused ones are in none of the totals.", "counter", ""},
              kBudget, kObjectives, Count<OfObjective, &Columns::closed>},
    JobFamily{{"batchslo_job_missed_windows_total", "Windows that closed missed or late, ever.", "counter", ""},
              kBudget, kObjectives, Count<OfObjective, &Columns::closed_missed>},
    JobFamily{{"batchslo_job_unknown_windows_total", "Windows that closed with nothing proven, ever.", "counter", ""},
              kBudget, kObjectives, Count<OfObjective, &Columns::closed_unknown>},
    JobFamily{{"batchslo_job_attainment_ratio", "The met part of what was met or missed, of windows, else of time, over the days of the label up to the newest that counted.", "gauge", ""},
              kBudget, kAttainments, Attainment},
    JobFamily{{"batchslo_job_error_budget_remaining_ratio", "The part of the misses that the target allows which is left, over its days; negative: more were missed.", "gauge", ""},
              kBudget, kObjectives, Remaining},
    JobFamily{{"batchslo_job_at_risk", "1 while the open window will close without a success, by what runs usually take or by a missed upstream, else 0; absent while too little is known.", "gauge", ""},
              kTrend, kOutlooks, AtRisk},
    JobFamily{{"batchslo_job_margin_trend_ratio", "Seconds of margin that the objective loses a second, by its last windows; absent until there are twelve over three weeks.", "gauge", ""},
              kTrend, kOutlooks, MarginTrend},
    JobFamily{{"batchslo_job_predicted_miss_timestamp_seconds", "When the margin is used up, by its trend; absent if that is not certain, or four weeks ahead.", "gauge", "seconds"},
              kTrend, kOutlooks, Seconds<OfOutlook, &Columns::predicted_miss>},
    JobFamily{{"batchslo_job_slo_threshold_seconds", "How long after a success, a tick or a start the objective is missed, grace included; absent where windows differ.", "gauge", "seconds"},
              kTrend, kOutlooks, Seconds<OfOutlook, &Columns::threshold>},
    JobFamily{{"batchslo_output_age_seconds", "Seconds since the output last moved.", "gauge", "seconds"},
              kRuns, kOutputs, Age<OfOutput, &Columns::updated>, true},
    JobFamily{{"batchslo_output_updated_timestamp_seconds", "When the output last moved.", "gauge", "seconds"},
              kRuns, kOutputs, Seconds<OfOutput, &Columns::updated>},
    JobFamily{{"batchslo_output_rows", "How many rows the output had when it was looked at last.", "gauge", ""}, kRuns, kOutputs, OutputAmount<&Columns::rows>},
    JobFamily{{"batchslo_output_size_bytes", "How large the output was when it was looked at last.", "gauge", "bytes"},
              kRuns, kOutputs, OutputAmount<&Columns::bytes>},
    JobFamily{{"batchslo_output_check_passed", "1 if the newest look at the output passes the check, 0 if it fails it.", "gauge", ""}, kRuns, kChecks, Passed},
    JobFamily{{"batchslo_output_check_value", "What the check looked at.", "gauge", ""}, kRuns, kChecks, CheckValue},
};

}  // namespace

std::span<const JobFamily> JobFamilies() { return kJobFamilies; }

Line MakeLine(const JobFamily& family, TimePoint now, std::array<char, 96>& prefix) {
  const char* const end = PutText(PutText(prefix.data(), family.head.name), "{");
  return {{prefix.data(), end}, now.time_since_epoch().count()};
}

}  // namespace batchslo
