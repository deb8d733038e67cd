// The page of one job. Tested by tests/web/html_test.cc.

#include "exporter/web/escape.h"
#include "exporter/web/html.h"
#include "exporter/web/html_parts.h"

namespace batchslo {
namespace {

std::string Pair(const char* term, const std::string& html) { return html.empty() ? "" : "<dt>" + std::string(term) + "</dt><dd>" + html + "</dd>"; }

std::string Link(const std::string& url) {
  const bool safe = url.starts_with("https://") || url.starts_with("http://");
  return safe ? "<a rel=\"noreferrer\" href=\"" + EscapeHtml(url) + "\">" + EscapeHtml(url) + "</a>" : EscapeHtml(url);
}

// An instant as people write it, and how far it is.
std::string At(TimePoint time, TimePoint now) {
  std::string exact = FormatRfc3339(std::chrono::floor<seconds>(time));
  exact[exact.find('T')] = ' ';
  exact.resize(exact.size() - 1);
  return exact + " UTC <span class=\"dim\">" + Ago(time, now) + "</span>";
}

std::string MaybeAt(const std::optional<TimePoint>& time, TimePoint now, const char* otherwise) { return time ? At(*time, now) : otherwise; }

std::string WindowText(const ObjectiveState& state, TimePoint now) {
  if (!state.window) return "";
  std::string text = "judged by the window that was due " + At(state.window->due, now);
  if (state.window->due > now) text = "judged by the window that is due " + At(state.window->due, now);
  if (!state.evidence.empty()) text += ", by " + EscapeHtml(state.evidence);
  if (state.margin) text += *state.margin < Duration{0} ? ", " + Roughly(-*state.margin) + " too late" : ", " + Roughly(*state.margin) + " before it";
  return text;
}

std::string CalendarText(const Objective& objective, TimePoint now) {
  if (!objective.calendar) return "";
  const auto next = NextExcuse(*objective.calendar, now);
  const std::string calendar = "calendar " + EscapeHtml(objective.calendar->name);
  if (!next) return calendar + " excuses nothing that is to come";
  return calendar + (next->from <= now ? " excuses until " + At(next->until, now) : " excuses from " + At(next->from, now)) + ": " + EscapeHtml(next->why);
}

// Cut off, not rounded: 100% only where nothing was missed.
std::string Percent(double ratio) {
  const auto tenths = static_cast<int>(ratio * 1000 + 1e-6);  // 1 - 0.9 is a little less than 0.1
  return std::to_string(tenths / 10) + (tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10)) + "%";
}

// "27 of 28 windows met in 28 days (96.4%), 1 unknown"; without windows "met for 26 d of 27 d in 28 days (96.2%), 60 min unknown"
std::string AttainmentText(const SharedValue<Tally>& tally, const Rule& rule) {
  const Endings endings = tally ? tally->days.Newest(kShownDays) : Endings();
  const auto ratio = AttainmentOf(endings);
  if (!ratio && endings == Endings()) return "";
  const bool windows = HasWindows(rule);
  const auto amount = [&](std::uint32_t count) { return windows ? std::to_string(count) : Roughly(seconds{count}); };
  const std::string of = amount(endings.met) + " of " + amount(endings.met + endings.missed);
  std::string text = (windows ? of + " windows met in " : "met for " + of + " in ") + std::to_string(kShownDays) + " days";
  if (ratio) text += " (" + Percent(*ratio) + ")";
  if (endings.unknown > 0) text += ", " + amount(endings.unknown) + " unknown";
  if (endings.excused > 0) text += ", " + amount(endings.excused) + " excused";
  return text;
}

// "error budget: 60% left of 99% over 28d"
std::string BudgetText(const SharedValue<Tally>& tally, SloTarget target) {
  const auto remaining = tally ? RemainingOf(*tally, target) : std::nullopt;
  if (!remaining) return "";
  if (*remaining >= 0) return "error budget: " + Percent(*remaining) + " left of " + TargetText(target);
  return "error budget: overspent by " + Percent(-*remaining) + " of " + TargetText(target);
}

std::string OutlookItems(const Outlook& outlook, const ObjectiveState& state, TimePoint now) {
  std::string out;
  for (const std::string& text : {RiskText(outlook, state, now), TrendText(outlook, now)}) {
    if (!text.empty()) out += "<li class=\"sub\">" + text + "</li>";
  }
  return out;
}

std::string Objectives(const JobState& job, TimePoint now) {
  std::string out = "<h2>Objectives</h2><ul class=\"objectives panel\">";
  for (std::size_t i = 0; i < job.objectives.size(); ++i) {
    out += ObjectiveItem(job, i, now);
    const std::string window = WindowText(job.objectives[i], now);
    if (!window.empty()) out += "<li class=\"sub\">" + window + "</li>";
    if (job.outlooks) out += OutlookItems((*job.outlooks)[i], job.objectives[i], now);
    const std::string attainment = AttainmentText(job.objectives[i].tally, job.def->objectives[i].rule), budget = BudgetText(job.objectives[i].tally, job.def->objectives[i].target);
    if (!attainment.empty()) out += "<li class=\"sub\">" + attainment + (budget.empty() ? "" : "; " + budget) + "</li>";
    const std::string calendar = CalendarText(job.def->objectives[i], now);
    if (!calendar.empty()) out += "<li class=\"sub\">" + calendar + "</li>";
  }
  return out + "</ul>";
}

std::string RunsPairs(const RunsState& runs, TimePoint now) {
  const std::string in_a_row = runs.consecutive_failures > 1 ? ", the newest " + std::to_string(runs.consecutive_failures) + " in a row" : "";
  std::string out = Pair("Runs", std::to_string(runs.completed) + " completed, " + std::to_string(runs.failed) + " failed" + in_a_row);
  if (runs.running_since) out += Pair("Running since", At(*runs.running_since, now));
  if (runs.last_duration) out += Pair("Last run took", Roughly(*runs.last_duration));
  if (runs.next_run) out += Pair("Next run", At(*runs.next_run, now));
  return out;
}

std::string Needs(const JobState& job, const std::string& root) {
  if (!job.def->needs) return "";
  std::string names;
  for (const SharedText& name : *job.def->needs) names += (names.empty() ? "" : ", ") + JobLink(name, root);
  return names + (job.blocked_by ? "<div>" + BlockedText(job, root) + "</div>" : "");
}

std::string Facts(const JobState& job, TimePoint now, const std::string& root) {
  const JobDef& def = *job.def;
  std::string out = "<h2>Facts</h2><dl class=\"panel\">" + Pair("Last success", MaybeAt(job.last_success, now, "never"));
  if (job.runs) out += RunsPairs(*job.runs, now);
  for (const OutputState& output : job.outputs) out += Pair("Output", OutputText(output, now));
  if (!job.schedule.empty()) out += Pair("Schedule", "<code>" + EscapeHtml(job.schedule) + "</code> " + EscapeHtml(job.timezone));
  out += Pair("Needs", Needs(job, root));
  out += Pair("Source of runs", EscapeHtml(job.runs_source)) + Pair("Team", EscapeHtml(def.team)) + Pair("For", EscapeHtml(def.consumer));
  return out + Pair("Runbook", Link(def.runbook_url)) + Pair("Dashboard", Link(def.dashboard_url)) + Pair("First seen", At(job.first_seen, now)) + "</dl>";
}

std::string Failure(const LastFailure& failure, TimePoint now) {
  std::string out = "<h2>Newest failure</h2><div class=\"panel\"><div class=\"error\">" + FailureText(failure) + "</div><p class=\"sub\">run " + EscapeHtml(failure.run_id) + ", " + At(failure.at, now);
  if (!failure.frame.empty()) out += ", in " + EscapeHtml(failure.frame);
  if (!failure.link.empty()) out += ", " + Link(failure.link);
  out += "</p>";
  if (!failure.excerpt.empty()) out += "<details><summary>What it said</summary><pre tabindex=\"0\">" + EscapeHtml(failure.excerpt) + "</pre></details>";
  return out + "</div>";
}

}  // namespace

std::string RenderJobPage(const JobState& job, const Snapshot& snapshot, TimePoint now, const std::string& root) {
  const std::string state(StateName(job.state));
  std::string out = Head(job.def->name, root, Refresh::kOften) + "<header><a class=\"back\" href=\"" + root + "\">All jobs</a><h1>" + EscapeHtml(job.def->name) + "</h1>" + Badge(state, state) +
                    "<span class=\"dim\">for " + Roughly(now - job.state_since) + "</span></header><main>";
  if (job.failure) out += Failure(*job.failure, now);
  return out + Objectives(job, now) + Facts(job, now, root) + "</main>" + Foot(snapshot, now, FootLink(root + "api/v1/jobs/" + UrlPath(job.def->name), "as JSON"));
}

}  // namespace batchslo
