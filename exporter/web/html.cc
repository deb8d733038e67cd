// Tested by tests/web/html_test.cc.
#include "exporter/web/html.h"

#include <algorithm>
#include <array>
#include <map>

#include "exporter/web/build_info.h"
#include "exporter/web/escape.h"

namespace batchslo {
namespace {

// Worst first.
constexpr std::array kOrder = {State::kMissed, State::kUnknown, State::kGone, State::kPaused, State::kPending, State::kMet};

std::size_t RankOf(State state) { return static_cast<std::size_t>(std::find(kOrder.begin(), kOrder.end(), state) - kOrder.begin()); }

std::string Time(TimePoint time, const std::string& text) {
  const std::string exact = FormatRfc3339(std::chrono::floor<seconds>(time));
  return "<time datetime=\"" + exact + "\" title=\"" + exact + "\">" + text + "</time>";
}

std::string Ago(TimePoint time, TimePoint now) { return Time(time, time > now ? "in " + Roughly(time - now) : Roughly(now - time) + " ago"); }
std::string MaybeAgo(const std::optional<TimePoint>& time, TimePoint now, const char* otherwise) {
  return time ? Ago(*time, now) : "<span class=\"dim\">" + std::string(otherwise) + "</span>";
}

std::string Badge(std::string_view name, std::string_view text) { return "<span class=\"state " + std::string(name) + "\">" + std::string(text) + "</span>"; }

std::string Head(const std::string& title, const std::string& root, bool refreshes) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">" +
         std::string(refreshes ? "<meta http-equiv=\"refresh\" content=\"15\">" : "") + "<title>" + title +
         "</title><link rel=\"icon\" href=\"" + root + "favicon.svg\"><link rel=\"stylesheet\" href=\"" + root + "static/style.css?v=" + std::string(kVersion) + "\"></head><body>\n";
}

std::string Foot(const Snapshot& snapshot, TimePoint now, const std::string& links) {
  return "<footer><span>batchslo_exporter " + std::string(kVersion) + "</span><span>judged " + Ago(snapshot.at, now) + "</span>" + links + "</footer></body></html>\n";
}

std::string FootLink(const std::string& href, const char* text) { return "<a href=\"" + EscapeHtml(href) + "\">" + text + "</a>"; }

std::string VerdictText(const ObjectiveState& state) {
  std::string text(VerdictName(state.verdict));
  if (state.late) text += ", late";
  return text;
}

std::string ObjectiveLine(const ObjectiveState& state, const Objective& objective, TimePoint now) {
  std::string line = "<li>" + Badge(VerdictName(state.verdict), VerdictText(state)) + " <span class=\"dim\">" + EscapeHtml(objective.name) +
                     (objective.from == ObjectiveFrom::kDerived ? " (default)" : "") + "</span>";
  if (state.next_due) line += " <span class=\"dim small\">due " + Ago(*state.next_due, now) + "</span>";
  if (!state.evidence.empty()) line += " <span class=\"dim small\">by " + EscapeHtml(state.evidence) + "</span>";
  if (state.unproven) line += " <span class=\"small unknown\">unproven</span>";
  return line + "</li>";
}

std::string Objectives(const JobState& job, TimePoint now) {
  std::string out = "<ul class=\"plain\">";
  for (std::size_t i = 0; i < job.objectives.size(); ++i) out += ObjectiveLine(job.objectives[i], job.def->objectives[i], now);
  return out + "</ul>";
}

std::string OutputLine(const OutputState& output, TimePoint now) {
  std::string line = "<div class=\"small dim\">" + EscapeHtml(output.name) + ": moved " + MaybeAgo(output.updated, now, "never");
  if (output.rows) line += ", " + std::to_string(*output.rows) + " rows";
  for (const auto& check : output.checks) {
    if (check.passed && !*check.passed) line += " <span class=\"error\">fails " + EscapeHtml(check.name) + "</span>";
  }
  return line + "</div>";
}

std::string JobRow(const JobState& job, TimePoint now, const std::string& root) {
  const std::string name = EscapeHtml(job.def->name);
  std::string row = "<tr id=\"" + name + "\"><td>" + Badge(StateName(job.state), StateName(job.state)) + "<div class=\"dim small\">since " + Ago(job.state_since, now) + "</div></td>";
  row += "<th scope=\"row\"><a href=\"" + root + "jobs/" + EscapeHtml(UrlPath(job.def->name)) + "\">" + name + "</a>";
  if (!job.def->team.empty()) row += " <a class=\"dim small\" href=\"" + root + "?team=" + UrlQuery(job.def->team) + "\">" + EscapeHtml(job.def->team) + "</a>";
  if (!job.def->consumer.empty()) row += "<div class=\"dim small\">for " + EscapeHtml(job.def->consumer) + "</div>";
  for (const OutputState& output : job.outputs) row += OutputLine(output, now);
  if (job.failure) row += "<div class=\"small error\">" + EscapeHtml(job.failure->reason) + (job.failure->error.empty() ? "" : ": " + EscapeHtml(job.failure->error)) + "</div>";
  row += "</th><td class=\"num\">" + MaybeAgo(job.last_success, now, "never") + "</td><td>" + Objectives(job, now) + "</td></tr>\n";
  return row;
}

std::string SourceRow(const SourceState& source, TimePoint now) {
  const char* state = source.up ? source.complete ? "met" : "unknown" : "missed";
  std::string row = "<tr><td>" + Badge(state, source.up ? source.complete ? "up" : "partly dark" : "down") + "</td><th scope=\"row\">" + EscapeHtml(source.name) + " <span class=\"dim small\">" +
                    EscapeHtml(source.kind) + "</span></th><td class=\"num\">" + MaybeAgo(source.last_success, now, "never") + "</td><td>";
  if (!source.error.empty()) row += "<div class=\"small error\">" + EscapeHtml(source.error) + "</div>";
  for (const auto& scope : source.scopes) {
    if (!scope.up && scope.error != source.error) row += "<div class=\"small error\">" + EscapeHtml(scope.name) + ": " + EscapeHtml(scope.error.empty() ? "not seen of late" : scope.error) + "</div>";
  }
  return row + "</td></tr>\n";
}

std::string Banners(const Snapshot& snapshot, const PageView& view) {
  std::string out;
  if (!view.notice.empty()) out += "<div class=\"banner\" role=\"alert\">" + EscapeHtml(view.notice) + "</div>";
  if (!snapshot.config.last_reload_ok) {
    out += "<div class=\"banner\" role=\"alert\">The configuration in " + EscapeHtml(snapshot.config.file) + " is not good; the one before it is still in force.<pre>" +
           EscapeHtml(snapshot.config.error) + "</pre></div>";
  }
  if (!snapshot.store.up) out += "<div class=\"banner\" role=\"alert\">The ledger takes no writes: " + EscapeHtml(snapshot.store.error) + "</div>";
  return out;
}

std::string Filters(const Snapshot& snapshot, const PageView& view) {
  std::map<State, int> counts;
  for (const auto& job : snapshot.jobs) ++counts[job->state];
  const std::string team = view.team.empty() ? "" : "team=" + UrlQuery(view.team);
  const auto link = [&](const std::string& query, bool current, const std::string& text) {
    return "<a href=\"" + view.root + (query.empty() ? "" : "?" + query) + "\"" + (current ? " aria-current=\"true\"" : "") + ">" + text + "</a>";
  };
  std::string out = "<nav aria-label=\"Filter\">" + link(team, view.state.empty(), "all " + std::to_string(snapshot.jobs.size()));
  for (const State state : kOrder) {
    if (counts[state] == 0) continue;
    const std::string name(StateName(state));
    out += link("state=" + name + (team.empty() ? "" : "&amp;" + team), view.state == name, Badge(name, name) + " " + std::to_string(counts[state]));
  }
  return out + "</nav>";
}

std::string Title(const Snapshot& snapshot) {
  const auto missed = std::count_if(snapshot.jobs.begin(), snapshot.jobs.end(), [](const auto& job) { return job->state == State::kMissed; });
  return missed == 0 ? "Batch SLOs" : "(" + std::to_string(missed) + " missed) Batch SLOs";
}

std::string Pair(const std::string& term, const std::string& html) { return "<dt>" + term + "</dt><dd>" + html + "</dd>"; }
std::string Link(const std::string& url) {
  const bool safe = url.starts_with("https://") || url.starts_with("http://");
  return safe ? "<a rel=\"noreferrer\" href=\"" + EscapeHtml(url) + "\">" + EscapeHtml(url) + "</a>" : EscapeHtml(url);
}

std::vector<const JobState*> Chosen(const Snapshot& snapshot, const PageView& view) {
  std::vector<const JobState*> jobs;
  for (const auto& job : snapshot.jobs) {
    const bool shown = (view.state.empty() || StateName(job->state) == view.state) && (view.team.empty() || job->def->team == view.team);
    if (shown) jobs.push_back(job.get());
  }
  std::stable_sort(jobs.begin(), jobs.end(), [](const JobState* a, const JobState* b) { return RankOf(a->state) < RankOf(b->state); });
  return jobs;
}

std::string Pager(const PageView& view, std::size_t page, std::size_t pages) {
  if (pages == 1) return "";
  const auto link = [&](std::size_t number, const char* rel, const char* text) {
    std::string query = "page=" + std::to_string(number);
    if (!view.state.empty()) query += "&amp;state=" + UrlQuery(view.state);
    if (!view.team.empty()) query += "&amp;team=" + UrlQuery(view.team);
    return "<a rel=\"" + std::string(rel) + "\" href=\"" + view.root + "?" + query + "\">" + text + "</a>";
  };
  std::string out = "<nav class=\"pager\" aria-label=\"Pages\">";
  if (page > 1) out += link(page - 1, "prev", "worse");
  out += "<span class=\"dim\">page " + std::to_string(page) + " of " + std::to_string(pages) + "</span>";
  if (page < pages) out += link(page + 1, "next", "better");
  return out + "</nav>";
}

std::string Sources(const Snapshot& snapshot, TimePoint now) {
  std::string out = "<h2>Sources</h2>";
  if (snapshot.sources.empty()) return out + "<p class=\"dim\">None is configured: nothing can prove a success.</p>";
  out += "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">State</th><th scope=\"col\">Source</th><th scope=\"col\">Last answer</th><th scope=\"col\">Error</th></tr></thead><tbody>\n";
  for (const SourceState& source : snapshot.sources) out += SourceRow(source, now);
  return out + "</tbody></table></div>";
}

}  // namespace

std::string Roughly(Duration duration) {
  const auto whole = std::chrono::duration_cast<seconds>(duration).count();
  if (whole < 60) return std::to_string(std::max<std::int64_t>(whole, 0)) + " s";
  if (whole < 90 * 60) return std::to_string(whole / 60) + " min";
  if (whole < 48 * 3600) return std::to_string(whole / 3600) + " h";
  return std::to_string(whole / 86400) + " d";
}

std::string RenderPage(const Snapshot& snapshot, TimePoint now, const PageView& view) {
  const std::vector<const JobState*> jobs = Chosen(snapshot, view);
  std::string out = Head(Title(snapshot), view.root, true) + "<header><h1>Batch SLOs</h1>" + Filters(snapshot, view) + "</header>" + Banners(snapshot, view) + "<main>";
  if (jobs.empty()) {
    out += "<p class=\"dim\">" + std::string(snapshot.jobs.empty() ? "No job is known yet. Jobs appear as soon as a source shows them or the configuration names them." : "No job is like that.") + "</p>";
  } else {
    const std::size_t pages = (jobs.size() + kJobsOnAPage - 1) / kJobsOnAPage, page = std::clamp<std::size_t>(view.page, 1, pages);
    out += "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">State</th><th scope=\"col\">Job</th><th scope=\"col\">Last success</th><th scope=\"col\">Objectives</th></tr></thead><tbody>\n";
    for (std::size_t i = (page - 1) * kJobsOnAPage; i < std::min(page * kJobsOnAPage, jobs.size()); ++i) out += JobRow(*jobs[i], now, view.root);
    out += "</tbody></table></div>" + Pager(view, page, pages);
  }
  out += Sources(snapshot, now) + "</main>";
  return out + Foot(snapshot, now, FootLink(view.root + view.telemetry_path.substr(1), "metrics") + FootLink(view.root + "api/v1/jobs", "jobs as JSON") + FootLink(view.root + "api/v1/sources", "sources as JSON"));
}

std::string RenderJobPage(const JobState& job, const Snapshot& snapshot, TimePoint now, const std::string& root) {
  const JobDef& def = *job.def;
  const std::string name = EscapeHtml(def.name);
  std::string out = Head(name, root, true) + "<header><h1>" + name + "</h1>" + Badge(StateName(job.state), StateName(job.state)) + "<a href=\"" + root + "\">all jobs</a></header><main><div class=\"scroll\"><dl>";
  out += Pair("Since", Ago(job.state_since, now)) + Pair("Last success", MaybeAgo(job.last_success, now, "never")) + Pair("Objectives", Objectives(job, now));
  if (!job.schedule.empty()) out += Pair("Schedule", "<code>" + EscapeHtml(job.schedule) + "</code> " + EscapeHtml(job.timezone));
  if (!job.runs_source.empty()) out += Pair("Source", EscapeHtml(job.runs_source));
  if (job.runs) {
    out += Pair("Runs", std::to_string(job.runs->completed) + " completed, " + std::to_string(job.runs->failed) + " failed, " + std::to_string(job.runs->consecutive_failures) + " failed in a row");
    if (job.runs->running_since) out += Pair("Running", "since " + Ago(*job.runs->running_since, now));
    if (job.runs->next_run) out += Pair("Next run", Ago(*job.runs->next_run, now));
  }
  for (const OutputState& output : job.outputs) out += Pair("Output", OutputLine(output, now));
  if (!def.team.empty()) out += Pair("Team", EscapeHtml(def.team));
  if (!def.consumer.empty()) out += Pair("Consumer", EscapeHtml(def.consumer));
  if (!def.runbook_url.empty()) out += Pair("Runbook", Link(def.runbook_url));
  if (!def.dashboard_url.empty()) out += Pair("Dashboard", Link(def.dashboard_url));
  out += "</dl></div>";
  if (job.failure) {
    out += "<h2>Newest failure</h2><p class=\"error\">" + EscapeHtml(job.failure->reason) + " <span class=\"dim\">" + Ago(job.failure->at, now) + ", run " + EscapeHtml(job.failure->run_id) + "</span></p>";
    if (!job.failure->excerpt.empty()) out += "<pre class=\"excerpt\" tabindex=\"0\">" + EscapeHtml(job.failure->excerpt) + "</pre>";
  }
  return out + "</main>" + Foot(snapshot, now, FootLink(root + "api/v1/jobs/" + UrlPath(def.name), "as JSON"));
}

std::string RenderMissingPage(std::string_view what, const std::string& root) {
  return Head("Not found", root, false) + "<header><h1>Not found</h1></header><main><p>" + EscapeHtml(what) + "</p><p><a href=\"" + root + "\">All jobs</a></p></main></body></html>\n";
}

}  // namespace batchslo
