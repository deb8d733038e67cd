// Tested by tests/web/html_test.cc.
#include "exporter/web/html.h"

#include <algorithm>
#include <map>

#include "exporter/web/escape.h"
#include "exporter/web/html_parts.h"

namespace batchslo {
namespace {

std::string JobCell(const JobState& job, TimePoint now, const std::string& root) {
  const JobDef& def = *job.def;
  std::string cell = "<th scope=\"row\"><span class=\"name\">" + JobLink(def.name, root) + "</span>";
  std::string people = def.team.empty() ? "" : "<a href=\"" + root + "?team=" + UrlQuery(def.team) + "\">" + EscapeHtml(def.team) + "</a>";
  if (!def.consumer.empty()) people += std::string(people.empty() ? "" : " &middot; ") + "for " + EscapeHtml(def.consumer);
  if (!people.empty()) cell += "<div class=\"sub\">" + people + "</div>";
  for (const OutputState& output : job.outputs) cell += "<div class=\"sub\">" + OutputText(output, now) + "</div>";
  if (job.blocked_by) cell += "<div class=\"sub\">" + BlockedText(job, root) + "</div>";
  if (job.failure) cell += "<div class=\"error\">" + FailureText(*job.failure) + "</div>";
  return cell + "</th>";
}

std::string JobRow(const JobState& job, TimePoint now, const std::string& root) {
  const std::string state(StateName(job.state));
  std::string row = "<tr class=\"" + state + "\"><td>" + Badge(state, state) + "<div class=\"sub\">for " + Roughly(now - job.state_since) + "</div></td>" + JobCell(job, now, root);
  row += "<td class=\"age\"><span class=\"label\">last success </span>" + MaybeAgo(job.last_success, now, "never") + "</td><td><ul class=\"objectives\">";
  for (std::size_t i = 0; i < job.objectives.size(); ++i) row += ObjectiveItem(job, i, now);
  return row + "</ul></td></tr>\n";
}

std::string SourceRow(const SourceState& source, TimePoint now) {
  const std::string state = source.up ? source.complete ? "met" : "unknown" : "missed", text = source.up ? source.complete ? "up" : "partly dark" : "down";
  std::string row = "<tr class=\"" + state + "\"><td>" + Badge(state, text) + "</td><th scope=\"row\"><span class=\"name\">" + EscapeHtml(source.name) + "</span><div class=\"sub\">" +
                    EscapeHtml(source.kind) + "</div></th><td class=\"age\"><span class=\"label\">last answer </span>" + MaybeAgo(source.last_success, now, "never") + "</td><td>";
  if (!source.error.empty()) row += "<div class=\"error\">" + EscapeHtml(source.error) + "</div>";
  for (const auto& scope : source.scopes) {
    if (!scope.up && scope.error != source.error) row += "<div class=\"error\">" + EscapeHtml(scope.name) + ": " + EscapeHtml(scope.error.empty() ? "not seen of late" : scope.error) + "</div>";
  }
  return row + "</td></tr>\n";
}

std::string Banner(const std::string& html) { return "<div class=\"banner\" role=\"alert\">" + html + "</div>"; }

std::string RefusedConfig(const std::string& what, const ConfigState& state) {
  return Banner("The " + what + " in " + EscapeHtml(state.file) + " is not good; the one before it is still in force.<pre tabindex=\"0\">" + EscapeHtml(state.error) + "</pre>");
}

std::string Banners(const Snapshot& snapshot, const PageView& view) {
  std::string out;
  if (!view.notice.empty()) out += Banner(EscapeHtml(view.notice));
  if (!snapshot.config.last_reload_ok) out += RefusedConfig("configuration", snapshot.config);
  if (snapshot.web_config && !snapshot.web_config->last_reload_ok) out += RefusedConfig("web configuration", *snapshot.web_config);
  if (!snapshot.store.up) out += Banner("The ledger takes no writes: " + EscapeHtml(snapshot.store.error));
  return out;
}

// How many jobs are in each state, worst first; each is a link that shows only those.
std::string Tiles(const Snapshot& snapshot, const PageView& view) {
  std::map<std::size_t, std::pair<std::string, std::size_t>> counts;
  for (const auto& job : snapshot.jobs) {
    const std::string state(StateName(job->state));
    auto& count = counts[Badness(state)];
    count.first = state;
    ++count.second;
  }
  const std::string team = view.team.empty() ? "" : "team=" + UrlQuery(view.team);
  const auto tile = [&](const std::string& query, bool current, std::size_t count, const std::string& html) {
    return "<a href=\"" + view.root + (query.empty() ? "" : "?" + query) + "\"" + (current ? " aria-current=\"true\"" : "") + "><b>" + std::to_string(count) + "</b>" + html + "</a>";
  };
  std::string out = "<nav class=\"tiles\" aria-label=\"Jobs by state\">";
  for (const auto& [badness, count] : counts) out += tile("state=" + count.first + (team.empty() ? "" : "&amp;" + team), view.state == count.first, count.second, Badge(count.first, count.first));
  return out + tile(team, view.state.empty(), snapshot.jobs.size(), "<span class=\"state all\">all jobs</span>") + "</nav>";
}

std::string Title(const Snapshot& snapshot) {
  const auto missed = std::count_if(snapshot.jobs.begin(), snapshot.jobs.end(), [](const auto& job) { return job->state == State::kMissed; });
  return missed == 0 ? "Batch SLOs" : "(" + std::to_string(missed) + " missed) Batch SLOs";
}

std::vector<const JobState*> Chosen(const Snapshot& snapshot, const PageView& view) {
  std::vector<const JobState*> jobs;
  for (const auto& job : snapshot.jobs) {
    const bool shown = (view.state.empty() || StateName(job->state) == view.state) && (view.team.empty() || job->def->team == view.team);
    if (shown) jobs.push_back(job.get());
  }
  std::stable_sort(jobs.begin(), jobs.end(), [](const JobState* a, const JobState* b) { return Badness(StateName(a->state)) < Badness(StateName(b->state)); });
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

std::string Jobs(const Snapshot& snapshot, TimePoint now, const PageView& view) {
  const std::vector<const JobState*> jobs = Chosen(snapshot, view);
  if (snapshot.jobs.empty()) return "<p class=\"dim\">No job is known yet. Jobs appear as soon as a source shows them or the configuration names them.</p>";
  if (jobs.empty()) return "<p class=\"dim\">No job is like that.</p>";
  const std::size_t pages = (jobs.size() + kJobsOnAPage - 1) / kJobsOnAPage, page = std::clamp<std::size_t>(view.page, 1, pages);
  std::string out = TableHead("jobs", {"State", "Job", "Last success", "Objectives and when they are due"});
  for (std::size_t i = (page - 1) * kJobsOnAPage; i < std::min(page * kJobsOnAPage, jobs.size()); ++i) out += JobRow(*jobs[i], now, view.root);
  return out + "</tbody></table>" + Pager(view, page, pages);
}

std::string Sources(const Snapshot& snapshot, TimePoint now) {
  if (snapshot.sources.empty()) return "<h2>Sources</h2><p class=\"dim\">None is configured: nothing can prove a success.</p>";
  std::string out = "<h2>Sources</h2>" + TableHead("sources", {"Health", "Source", "Last answer", "Error"});
  for (const SourceState& source : snapshot.sources) out += SourceRow(source, now);
  return out + "</tbody></table>";
}

}  // namespace

std::string RenderPage(const Snapshot& snapshot, TimePoint now, const PageView& view) {
  std::string out = Head(Title(snapshot), view.root, Refresh::kOften) + "<header><h1>Batch SLOs</h1>";
  if (!view.team.empty()) out += "<span>team " + EscapeHtml(view.team) + " <a href=\"" + view.root + "\">show all</a></span>";
  out += "</header><main>" + Banners(snapshot, view) + (snapshot.jobs.empty() ? "" : Tiles(snapshot, view)) + Jobs(snapshot, now, view) + Sources(snapshot, now) + RegistriesPart(snapshot, now) + "</main>";
  return out + Foot(snapshot, now, FootLink(view.root + view.telemetry_path.substr(1), "metrics") + FootLink(view.root + "api/v1/jobs", "jobs as JSON") + FootLink(view.root + "api/v1/sources", "sources as JSON") + (snapshot.registries.empty() ? "" : FootLink(view.root + "api/v1/registries", "registries as JSON")));
}

std::string RenderMissingPage(std::string_view what, const std::string& root) {
  return Head("Not found", root, Refresh::kNever) + "<header><h1>Not found</h1></header><main><p>" + EscapeHtml(what) + "</p><p><a href=\"" + root + "\">All jobs</a></p></main></body></html>\n";
}

}  // namespace batchslo
