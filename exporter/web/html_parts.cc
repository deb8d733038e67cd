// Tested by tests/web/html_test.cc.
#include "exporter/web/html_parts.h"

#include <algorithm>
#include <array>

#include "exporter/web/build_info.h"
#include "exporter/web/escape.h"
#include "exporter/web/html.h"

namespace batchslo {
namespace {

// Shapes that differ without their colours, each in 16 x 16.
constexpr const char* kIcons =
    "<svg class=\"icons\" aria-hidden=\"true\"><defs>"
    R"(<symbol id="i-met" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7.5"/><path d="M4.6 8.3l2.4 2.4 4.5-5"/></symbol>)"
    R"(<symbol id="i-missed" viewBox="0 0 16 16"><path d="M5 .5h6L15.5 5v6L11 15.5H5L.5 11V5z" class="f"/><path d="M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2"/></symbol>)"
    R"(<symbol id="i-unknown" viewBox="0 0 16 16"><rect x=".7" y=".7" width="14.6" height="14.6" rx="3.6"/><path d="M5.7 6.1a2.35 2.35 0 1 1 3.5 2.1c-.8.5-1.2.9-1.2 1.7m0 2.3v.1"/></symbol>)"
    R"(<symbol id="i-pending" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7.5"/><path d="M8 4.2V8l2.6 1.8"/></symbol>)"
    R"(<symbol id="i-paused" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7.5"/><path d="M6.2 5.2v5.6M9.8 5.2v5.6"/></symbol>)"
    R"(<symbol id="i-gone" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.7" class="o"/><path d="M3.5 12.5l9-9" class="o"/></symbol>)"
    "</defs></svg>";

// Worst first.
constexpr std::array kOrder = {State::kMissed, State::kUnknown, State::kGone, State::kPaused, State::kPending, State::kMet};

std::string Time(TimePoint time, const std::string& text) {
  const std::string exact = FormatRfc3339(std::chrono::floor<seconds>(time));
  return "<time datetime=\"" + exact + "\" title=\"" + exact + "\">" + text + "</time>";
}

// When a missed window was due, and when the open one is. What is paused is not due.
std::string DueText(const ObjectiveState& state, TimePoint now) {
  const auto due = [&](TimePoint time) { return (time < now ? "was due " : "due ") + Ago(time, now); };
  if (state.verdict == Verdict::kPaused) return "";
  const bool missed = state.verdict == Verdict::kMissed && state.window && state.window->due < now;
  if (!missed) return state.next_due ? due(*state.next_due) : "";
  return due(state.window->due) + (state.next_due && *state.next_due > now ? ", next " + Ago(*state.next_due, now) : "");
}

}  // namespace

std::size_t Badness(std::string_view state) {
  return static_cast<std::size_t>(std::find_if(kOrder.begin(), kOrder.end(), [&](State one) { return StateName(one) == state; }) - kOrder.begin());
}

std::string Roughly(Duration duration) {
  const auto whole = std::chrono::duration_cast<seconds>(duration).count();
  if (whole < 60) return std::to_string(std::max<std::int64_t>(whole, 0)) + " s";
  if (whole < 90 * 60) return std::to_string(whole / 60) + " min";
  if (whole < 48 * 3600) return std::to_string(whole / 3600) + " h";
  return std::to_string(whole / 86400) + " d";
}

std::string Head(std::string_view title, const std::string& root, Refresh refresh) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">" +
         std::string(refresh == Refresh::kOften ? "<meta http-equiv=\"refresh\" content=\"15\">" : "") + "<title>" + EscapeHtml(title) +
         "</title><link rel=\"icon\" href=\"" + root + "favicon.svg\"><link rel=\"stylesheet\" href=\"" + root + "static/style.css?v=" + std::string(kRevision) + "\"></head><body>" + kIcons + "\n";
}

std::string Foot(const Snapshot& snapshot, TimePoint now, const std::string& links_html) {
  return "<footer><span>batchslo_exporter " + std::string(kVersion) + "</span><span>judged " + Ago(snapshot.at, now) + "</span>" + links_html + "</footer></body></html>\n";
}

std::string FootLink(const std::string& href, std::string_view text) { return "<a href=\"" + EscapeHtml(href) + "\">" + std::string(text) + "</a>"; }

std::string TableHead(std::string_view name, std::initializer_list<std::string_view> columns) {
  std::string head = "<table class=\"" + std::string(name) + "\"><thead><tr>";
  for (const std::string_view column : columns) head += "<th scope=\"col\">" + std::string(column) + "</th>";
  return head + "</tr></thead><tbody>\n";
}

std::string JobLink(const std::string& name, const std::string& root) {
  return "<a href=\"" + root + "jobs/" + EscapeHtml(UrlPath(name)) + "\">" + EscapeHtml(name) + "</a>";
}

std::string BlockedText(const JobState& job, const std::string& root) {
  std::string text;
  if (!job.blocked_by) return text;
  for (const SharedText& name : *job.blocked_by) text += (text.empty() ? "blocked by " : ", ") + JobLink(name, root);
  return text + (job.blocked_by->size() == 1 ? ", which is missed" : ", which are missed");
}

std::string Badge(std::string_view state, std::string_view text) {
  return "<span class=\"state " + std::string(state) + "\"><svg aria-hidden=\"true\"><use href=\"#i-" + std::string(state) + "\"/></svg>" + std::string(text) + "</span>";
}

std::string Ago(TimePoint time, TimePoint now) { return Time(time, time > now ? "in " + Roughly(time - now) : Roughly(now - time) + " ago"); }

std::string MaybeAgo(const std::optional<TimePoint>& time, TimePoint now, std::string_view otherwise) {
  return time ? Ago(*time, now) : "<span class=\"dim\">" + std::string(otherwise) + "</span>";
}

std::string ObjectiveItem(const JobState& job, std::size_t i, TimePoint now) {
  const ObjectiveState& state = job.objectives[i];
  const Objective& objective = job.def->objectives[i];
  const std::string_view verdict = VerdictName(state.verdict);
  std::string item = "<li>" + Badge(verdict, std::string(verdict) + (state.late ? ", late" : "")) + "<span class=\"what\">" + EscapeHtml(objective.name) +
                     (objective.from == ObjectiveFrom::kJob ? "" : " <span class=\"dim\">(" + std::string(ObjectiveFromName(objective.from)) + ")</span>");
  if (state.unproven) item += " <span class=\"tag\" title=\"a window closed undecided although all its sources are up\">unproven</span>";
  if (job.outlooks && IsAtRisk((*job.outlooks)[i].risk)) item += " <span class=\"tag\" title=\"the open window may close without a success\">at risk</span>";
  if (state.excused) item += " <span class=\"tag\" title=\"the newest window that closed counts neither way\">excused: " + EscapeHtml(state.excused->why) + "</span>";
  return item + "</span><span class=\"due dim\">" + DueText(state, now) + "</span></li>";
}

std::string RiskText(const Outlook& outlook, const ObjectiveState& state, TimePoint now) {
  if (!IsAtRisk(outlook.risk)) return "";
  const std::string due = state.next_due ? ", due " + Ago(*state.next_due, now) : "";
  if (outlook.risk == Risk::kUpstream) return "at risk: it needs a job that is missed" + due;
  const std::string usual = outlook.runtime_p95 ? ", usually takes up to " + Roughly(*outlook.runtime_p95) + " (p95)" : "";
  return (outlook.began ? "at risk: began " + Ago(*outlook.began, now) : "at risk: no run is going") + usual + due;
}

std::string TrendText(const Outlook& outlook, TimePoint now) {
  if (!outlook.predicted_miss) return "";
  const auto a_day = Duration(static_cast<std::int64_t>(outlook.margin_lost.value_or(0) * Duration(days{1}).count()));
  return "the margin shrinks by " + Roughly(a_day) + " a day: a miss is predicted for about " + FormatRfc3339(*outlook.predicted_miss).substr(0, 10) + ", " + Ago(*outlook.predicted_miss, now);
}

std::string OutputText(const OutputState& output, TimePoint now) {
  std::string text = EscapeHtml(output.name) + (output.updated ? " moved " + Ago(*output.updated, now) : " never moved");
  if (output.rows) text += ", " + std::to_string(*output.rows) + " rows";
  for (const auto& check : output.checks) {
    if (check.passed && !*check.passed) text += " <span class=\"tag bad\">fails " + EscapeHtml(check.name) + "</span>";
  }
  return text;
}

std::string FailureText(const LastFailure& failure) {
  return EscapeHtml(failure.reason) + (failure.error.empty() ? "" : ": " + EscapeHtml(failure.error));
}

}  // namespace batchslo
