// Tested by tests/web/exposition_test.cc.
#include "exporter/web/columns.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "exporter/core/outlook.h"
#include "exporter/web/escape.h"
#include "exporter/web/put.h"

namespace batchslo {
namespace {

std::int64_t Of(const std::optional<TimePoint>& time) { return time ? time->time_since_epoch().count() : Columns::kNone; }
std::int64_t Of(const std::optional<Duration>& duration) { return duration ? duration->count() : Columns::kNone; }
std::int64_t Of(const std::optional<std::int64_t>& count) { return count.value_or(Columns::kNone); }

std::optional<TimePoint> MissedDue(const ObjectiveState& state) {
  if (state.verdict != Verdict::kMissed || !state.window) return std::nullopt;
  return state.window->due;
}

void Append(Columns::Texts& texts, std::string_view before, std::string_view value) {
  char text[kMostLabel];
  char* const end = PutLabel(text, value);
  texts.arena.append(before).append(text, end).push_back('"');
  texts.ends.push_back(static_cast<std::uint32_t>(texts.arena.size()));
}

template <class... Vectors>
void ReserveAll(std::size_t count, Vectors&... vectors) {
  (vectors.reserve(count), ...);
}

// Names come in order, so equal ones are neighbours; only where escaping loses something can others become equal.
bool MayRepeat(const std::vector<std::shared_ptr<const JobState>>& jobs) {
  const std::string* before = nullptr;
  return std::any_of(jobs.begin(), jobs.end(), [&](const auto& job) {
    const std::string& name = job->def->name;
    const bool ascends = !before || *before < name;
    before = &name;
    return !ascends || IsLossyLabel(name);
  });
}

std::string_view SpeaksFor(const JobState& job) {
  if (!job.runs_source.empty() || job.outputs.empty()) return *job.runs_source;
  return *job.outputs.front().source;
}

ObjectiveFrom HighestWord(const JobDef& def) {
  ObjectiveFrom highest = ObjectiveFrom::kDerived;
  for (const Objective& objective : def.objectives) highest = std::min(highest, objective.from);
  return highest;
}

struct HashText {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

class Maker {
 public:
  Maker(std::shared_ptr<const Snapshot> snapshot, std::vector<int> days) {
    out_.snapshot = std::move(snapshot);
    out_.attainment_days = std::move(days);
  }

  Columns Make() && {
    Reserve();
    const bool may_repeat = MayRepeat(out_.snapshot->jobs);
    for (const auto& job : out_.snapshot->jobs) {
      const bool repeats = may_repeat && !names_.insert(EscapeLabel(job->def->name)).second;
      repeats ? void(++out_.refused) : AddJob(*job);
    }
    for (Columns::Texts* texts : {&out_.job_label, &out_.output_label, &out_.tail}) texts->arena.append(kPadding, '\0');
    return std::move(out_);
  }

 private:
  void Reserve();
  void AddJob(const JobState& job);
  void AddRuns(const RunsState& runs);
  void AddObjectives(const JobState& job);
  void AddBudget(const ObjectiveState& state, const Objective& objective);
  void AddOutlook(const Outlook& outlook, const Objective& objective);
  void AddUpstreams(const JobNames& upstreams);
  void AddOutputs(const JobState& job);
  void AddChecks(const OutputState& output);
  // The number of `,name="value",...`, which many rows share.
  std::uint32_t Tail(std::initializer_list<std::pair<std::string_view, std::string_view>> labels, std::string_view then = "");

  std::uint32_t JobRow() const { return static_cast<std::uint32_t>(out_.job.size() - 1); }

  Columns out_;
  std::unordered_set<std::string> names_;
  std::unordered_map<std::string, std::uint32_t, HashText, std::equal_to<>> tails_;
  std::string text_;  // scratch
};

void Maker::Reserve() {
  std::size_t jobs = 0, name_bytes = kPadding, objectives = 0, outputs = 0, output_bytes = kPadding, checks = 0;
  for (const auto& job : out_.snapshot->jobs) {
    ++jobs;
    name_bytes += job->def->name.size() + std::string_view("job_name=\"\"").size();
    objectives += job->objectives.size();
    outputs += job->outputs.size();
    for (const OutputState& output : job->outputs) {
      output_bytes += (*output.name).size() + 1;
      checks += output.checks.size();
    }
  }
  Columns& c = out_;
  ReserveAll(jobs, c.job, c.job_label.ends, c.runs_link, c.last_success, c.first_seen, c.state_since, c.last_start, c.last_completion,
             c.last_duration, c.running_since, c.next_run, c.completed, c.failed, c.consecutive_failures);
  ReserveAll(objectives, c.objective_job, c.objective_tail, c.objective_info, c.verdict, c.unproven, c.next_due, c.missed_due,
             c.margin, c.closed, c.closed_missed, c.closed_unknown, c.attainment, c.budget_remaining);
  ReserveAll(outputs, c.output_job, c.output_link, c.output_label.ends, c.updated, c.rows, c.bytes);
  ReserveAll(checks, c.check_output, c.check_tail, c.passed, c.value);
  c.job_label.arena.reserve(name_bytes);
  c.output_label.arena.reserve(output_bytes);
}

std::uint32_t Maker::Tail(std::initializer_list<std::pair<std::string_view, std::string_view>> labels, std::string_view then) {
  char value[kMostLabel];
  text_.clear();
  for (const auto& [name, raw] : labels) {
    char* const end = PutLabel(value, raw);
    text_.append(",").append(name).append("=\"").append(value, end).append("\"");
  }
  text_.append(then);
  const auto known = tails_.find(std::string_view(text_));
  if (known != tails_.end()) return known->second;
  const auto index = static_cast<std::uint32_t>(out_.tail.ends.size());
  tails_.emplace(text_, index);
  out_.tail.arena += text_;
  out_.tail.ends.push_back(static_cast<std::uint32_t>(out_.tail.arena.size()));
  return index;
}

void Maker::AddJob(const JobState& job) {
  Columns& c = out_;
  c.job.push_back(&job);
  Append(c.job_label, "job_name=\"", job.def->name);
  c.last_success.push_back(Of(job.last_success));
  c.first_seen.push_back(Of(std::optional(job.first_seen)));
  c.state_since.push_back(Of(std::optional(job.state_since)));
  const bool linked = !job.runs_source.empty();
  c.runs_link.push_back(linked ? Tail({{"source", job.runs_source}, {"role", "runs"}}) : Columns::kNoTail);
  static const RunsState kNoRuns{};
  AddRuns(job.runs ? *job.runs : kNoRuns);
  if (!job.runs) c.completed.back() = c.failed.back() = Columns::kNoCount;
  AddObjectives(job);
  if (job.blocked_by) AddUpstreams(*job.blocked_by);
  AddOutputs(job);
  ++c.jobs_from[{SpeaksFor(job), HighestWord(*job.def)}];
}

void Maker::AddRuns(const RunsState& runs) {
  Columns& c = out_;
  c.last_start.push_back(Of(runs.last_start));
  c.last_completion.push_back(Of(runs.last_completion));
  c.last_duration.push_back(Of(runs.last_duration));
  c.running_since.push_back(Of(runs.running_since));
  c.next_run.push_back(Of(runs.next_run));
  c.completed.push_back(runs.completed);
  c.failed.push_back(runs.failed);
  c.consecutive_failures.push_back(runs.last_completion ? runs.consecutive_failures : Columns::kNoCount);
}

void Maker::AddObjectives(const JobState& job) {
  Columns& c = out_;
  const std::size_t first = c.objective_tail.size();
  for (std::size_t i = 0; i < job.objectives.size(); ++i) {
    const Objective& objective = job.def->objectives[i];
    const std::uint32_t tail = Tail({{"objective", objective.name}});
    if (std::find(c.objective_tail.begin() + static_cast<std::ptrdiff_t>(first), c.objective_tail.end(), tail) != c.objective_tail.end()) {
      ++c.refused;
      continue;
    }
    c.objective_job.push_back(JobRow());
    c.objective_tail.push_back(tail);
    c.objective_info.push_back(Tail({{"objective", objective.name}, {"kind", KindName(objective.rule)}, {"severity", objective.severity},
                                      {"objective_from", ObjectiveFromName(objective.from)}}));
    c.verdict.push_back(job.objectives[i].verdict);
    c.unproven.push_back(job.objectives[i].unproven);
    c.next_due.push_back(Of(job.objectives[i].next_due));
    c.missed_due.push_back(Of(MissedDue(job.objectives[i])));
    AddBudget(job.objectives[i], objective);
    if (job.outlooks) AddOutlook((*job.outlooks)[i], objective);
  }
}

// A margin is of a window; what is judged without any has none that it could keep to.
void Maker::AddBudget(const ObjectiveState& state, const Objective& objective) {
  Columns& c = out_;
  const Tally* const tally = state.tally ? &*state.tally : nullptr;
  const Tally* const windows = HasWindows(objective.rule) ? tally : nullptr;
  c.margin.push_back(windows ? Of(state.margin) : Columns::kNone);
  c.closed.push_back(windows ? windows->windows : Columns::kNoCount);
  c.closed_missed.push_back(windows ? windows->missed : Columns::kNoCount);
  c.closed_unknown.push_back(windows ? windows->unknown : Columns::kNoCount);
  for (const int days : c.attainment_days) {
    const auto attained = tally ? AttainmentOf(tally->days.Newest(days)) : std::nullopt;
    c.attainment.push_back(attained.value_or(std::nan("")));
  }
  const auto remaining = tally ? RemainingOf(*tally, objective.target) : std::nullopt;
  c.budget_remaining.push_back(remaining.value_or(std::nan("")));
}

void Maker::AddOutlook(const Outlook& outlook, const Objective& objective) {
  Columns& c = out_;
  c.outlook_job.push_back(JobRow());
  c.outlook_tail.push_back(c.objective_tail.back());
  c.risk.push_back(outlook.risk);
  c.margin_lost.push_back(outlook.margin_lost.value_or(std::nan("")));
  c.predicted_miss.push_back(Of(outlook.predicted_miss));
  c.threshold.push_back(Of(ThresholdOf(objective)));
}

void Maker::AddUpstreams(const JobNames& upstreams) {
  Columns& c = out_;
  const std::size_t first = c.blocked_tail.size();
  for (const SharedText& upstream : upstreams) {
    const std::uint32_t tail = Tail({{"upstream", upstream}});
    if (std::find(c.blocked_tail.begin() + static_cast<std::ptrdiff_t>(first), c.blocked_tail.end(), tail) != c.blocked_tail.end()) {
      ++c.refused;
      continue;
    }
    c.blocked_job.push_back(JobRow());
    c.blocked_tail.push_back(tail);
  }
}

void Maker::AddOutputs(const JobState& job) {
  Columns& c = out_;
  const std::size_t first = c.output_job.size();
  for (const OutputState& output : job.outputs) {
    Append(c.output_label, "", output.name);
    const std::size_t last = c.output_label.ends.size() - 1;
    bool repeats = false;
    for (std::size_t i = first; i < last; ++i) repeats = repeats || c.output_label[i] == c.output_label[last];
    if (repeats) {
      c.output_label.arena.resize(c.output_label.arena.size() - c.output_label[last].size());
      c.output_label.ends.pop_back();
      ++c.refused;
      continue;
    }
    c.output_job.push_back(JobRow());
    const bool is_runs = output.name == "runs" && output.source == job.runs_source;
    c.output_link.push_back(is_runs ? Columns::kNoTail : Tail({{"source", output.source}}, ",role=\""));
    c.updated.push_back(Of(output.updated));
    c.rows.push_back(Of(output.rows));
    c.bytes.push_back(Of(output.bytes));
    AddChecks(output);
  }
}

void Maker::AddChecks(const OutputState& output) {
  Columns& c = out_;
  const std::size_t first = c.check_tail.size();
  for (const auto& check : output.checks) {
    const std::uint32_t tail = Tail({{"check", check.name}});
    if (std::find(c.check_tail.begin() + static_cast<std::ptrdiff_t>(first), c.check_tail.end(), tail) != c.check_tail.end()) {
      ++c.refused;
      continue;
    }
    c.check_output.push_back(static_cast<std::uint32_t>(c.output_job.size() - 1));
    c.check_tail.push_back(tail);
    c.passed.push_back(check.passed);
    c.value.push_back(check.value.value_or(std::nan("")));
  }
}

}  // namespace

Columns MakeColumns(std::shared_ptr<const Snapshot> snapshot, std::vector<int> attainment_days) {
  return Maker(std::move(snapshot), std::move(attainment_days)).Make();
}

}  // namespace batchslo
