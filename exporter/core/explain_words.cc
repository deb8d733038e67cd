#include "exporter/core/explain_words.h"

#include <algorithm>

#include "exporter/core/local_text.h"

namespace batchslo {
namespace {

struct Words {
  std::string operator()(const Within& rule) const { return "within " + FormatDuration(rule.window); }
  std::string operator()(const By& rule) const { return "by " + rule.deadline.Text() + " (" + rule.deadline.ZoneName() + ")"; }
  std::string operator()(const EveryRun& rule) const {
    const std::string before = rule.derived        ? ", or a few before it"
                               : rule.tolerate > 1 ? ", or one of the " + std::to_string(rule.tolerate) + " before it"
                               : rule.tolerate > 0 ? ", or the one before it"
                                                   : "";
    return "for every run" + before + (rule.finish_within ? ", within " + FormatDuration(*rule.finish_within) : ", until the next tick");
  }
  std::string operator()(const StartBy& rule) const { return "for a start within " + FormatDuration(rule.limit) + " of each tick"; }
  std::string operator()(const MaxRuntime& rule) const { return "for no run longer than " + FormatDuration(rule.limit); }
  std::string operator()(const Checks&) const { return "for its checks"; }
};

struct Cause {
  Reason reason;
  std::string_view text;
};

// What a reason means of a window that opened and was due then. All others are told by their own sentence.
constexpr Cause kCauses[] = {
    {Reason::kNothingCame, "{nothing} since the window opened at {opens}"},
    {Reason::kGoneAtEnd, "the job was gone when the window closed at {due}"},
    {Reason::kCameLate, "{evidence} came at {success}, {margin} after it was due"},
    {Reason::kCameInTime, "{evidence} came at {success}, {margin} before it was due"},
    {Reason::kWindowHasGaps, "the window from {opens} to {due} has closed, {nothing} is known, and what was seen of it has gaps: nothing is proven"},
    {Reason::kMissNotDisproved, "{nothing} in the window from {opens} to {due}, and later ones could not be judged"},
    {Reason::kMissStands, "{nothing} in the window from {opens} to {due}, which stands until something disproves it"},
    {Reason::kMissFromBeforePause, "{nothing} from {opens} to {due}, before the pause, and none since"},
    {Reason::kRecent, "{evidence} at {success} is recent enough until {due}"},
    {Reason::kNoneForLong, "{nothing} since {opens}; one was due by {due}"},
    {Reason::kStretchHasGaps, "{nothing} since {opens} is known, but what was seen has gaps: nothing is proven"},
    {Reason::kRunTooLong, "{evidence} has been going since {opens}; it was due to end by {due}"},
};

void Replace(std::string& text, std::string_view name, const std::string& value) {
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size())) text.replace(at, name.size(), value);
}

Because Decisive(const Judgement& judgement) {
  static constexpr std::pair<Verdict, Reason> kOfChecks[] = {
      {Verdict::kMissed, Reason::kCheckFails}, {Verdict::kUnknown, Reason::kCheckLacksValue}, {Verdict::kUnknown, Reason::kOutputNeverSeen}, {Verdict::kUnknown, Reason::kOutputNotSeen}};
  for (const auto& [verdict, reason] : kOfChecks) {
    const auto at = std::find_if(judgement.why.begin(), judgement.why.end(), [wanted = reason](const Because& because) { return because.reason == wanted; });
    if (judgement.state.verdict == verdict && at != judgement.why.end()) return *at;
  }
  return judgement.why.back();
}

std::string CauseOf(const Judgement& judgement, const Objective& objective, const Zone& zone) {
  if (judgement.why.empty()) return "nothing is asked of it";
  const Because because = Decisive(judgement);
  const auto cause = std::find_if(std::begin(kCauses), std::end(kCauses), [&](const Cause& row) { return row.reason == because.reason; });
  const ObjectiveState& state = judgement.state;
  if (cause == std::end(kCauses) || !state.window) return Sentence(because);
  std::string text(cause->text);
  Replace(text, "{nothing}", std::holds_alternative<StartBy>(objective.rule) ? "no start" : "no success");
  Replace(text, "{opens}", DayText(zone, state.window->opens));
  Replace(text, "{due}", DayText(zone, state.window->due));
  Replace(text, "{success}", state.success_at ? DayText(zone, *state.success_at) : "");
  Replace(text, "{margin}", state.margin ? FormatDuration(std::chrono::abs(std::chrono::floor<seconds>(*state.margin))) : "");
  Replace(text, "{evidence}", state.evidence);
  return text;
}

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return upper;
}

std::string Newest(const JobCase& job, const Zone& zone) {
  return job.evidence.newest ? "last success " + DayText(zone, job.evidence.newest->time) : "no success is known at all";
}

}  // namespace

std::string RuleText(const Objective& objective) {
  const std::string grace = objective.grace > Duration{0} ? ", grace " + FormatDuration(objective.grace) : "";
  return std::visit(Words{}, objective.rule) + grace;
}

std::string Headline(const JobCase& job, std::size_t objective, const Zone& zone) {
  const Objective& rule = job.judged.state->def->objectives[objective];
  const ObjectiveState& state = job.judged.state->objectives[objective];
  std::string text = Upper(VerdictName(state.verdict)) + (state.late ? " LATE " : " ") + RuleText(rule);
  if (state.verdict == Verdict::kPaused) return text + ": nothing is owed while the job is paused";
  text += ": " + CauseOf(job.judged.objectives[objective], rule, zone);
  const bool tells_success = state.verdict == Verdict::kMet && state.success_at && job.evidence.newest && *state.success_at == job.evidence.newest->time;
  if (!tells_success) text += "; " + Newest(job, zone);
  if (state.next_due && !(state.window && state.window->due == *state.next_due)) text += "; next due " + DayText(zone, *state.next_due);
  return text;
}

std::vector<std::string> ExpectationsOf(const Outlook& outlook, const ObjectiveState& state, const Zone& zone) {
  std::vector<std::string> sentences;
  const auto whole = [](Duration duration) { return FormatDuration(std::chrono::floor<seconds>(duration)); };
  const std::string usual = outlook.runtime_p95 ? "95% of its runs take " + whole(*outlook.runtime_p95) + " at most" : "";
  const std::string due = state.next_due ? ", due " + DayText(zone, *state.next_due) : "";
  if (outlook.risk == Risk::kRunning) sentences.push_back("at risk: the run that is going began " + DayText(zone, *outlook.began) + ", " + usual + due);
  if (outlook.risk == Risk::kNotRunning) sentences.push_back("at risk: no run is going, " + usual + due);
  if (outlook.risk == Risk::kUpstream) sentences.push_back("at risk: it needs a job that is missed" + due);
  if (!outlook.predicted_miss) return sentences;
  const auto lost = Duration(static_cast<std::int64_t>(*outlook.margin_lost * Duration(days{1}).count()));
  sentences.push_back("its margin shrinks by " + whole(lost) + " a day, and is used up about " + DayText(zone, std::chrono::floor<minutes>(*outlook.predicted_miss)));
  return sentences;
}

std::string JobHeadline(const JobCase& job, const Zone& zone) {
  const JobState& state = *job.judged.state;
  const History& history = *job.history;
  if (state.state == State::kGone) return "GONE: a complete view at " + DayText(zone, history.gones.back().from) + " did not have it any more; " + Newest(job, zone);
  const bool is_paused = !history.pauses.empty() && !history.pauses.back().to;
  if (is_paused) {
    const std::string since = "its scheduler has said so since " + DayText(zone, history.pauses.back().from);
    return state.state == State::kMissed ? "MISSED: paused for longer than " + FormatDuration(*state.def->max_suspend) + "; " + since : "PAUSED: " + since + ", and nothing is owed meanwhile";
  }
  for (std::size_t i = 0; i < state.objectives.size(); ++i) {
    if (VerdictName(state.objectives[i].verdict) == StateName(state.state)) return Headline(job, i, zone);
  }
  return Upper(StateName(state.state)) + ": nothing is asked of it";
}

}  // namespace batchslo
