#include "exporter/cli/explain_text.h"

#include <algorithm>
#include <sstream>

#include "exporter/cli/facts_json.h"
#include "exporter/cli/table.h"
#include "exporter/core/local_text.h"
#include "exporter/web/escape.h"

namespace batchslo {
namespace {

constexpr std::size_t kWidth = 100;

class Writer {
 public:
  explicit Writer(const Explanation& what) : what_(what) {}

  std::string Text() {
    const JobState& state = *what_.state;
    Wrap("", state.def->name + ": " + what_.headline);
    Line("");
    Wrap("", "As of " + Day(what_.at) + "; times are those of " + what_.zone.Name() + " (" + OffsetText(what_.zone, what_.at) + ").");
    for (const ExplainedObjective& one : what_.objectives) Objective(one);
    Seen();
    Ticks();
    Notes();
    return out_.str();
  }

 private:
  std::string Day(TimePoint time) const { return DayText(what_.zone, time); }
  std::string Day(const std::optional<TimePoint>& time) const { return time ? Day(*time) : "-"; }

  void Line(const std::string& text) { out_ << text << "\n"; }

  // Words go to the next line, below the text of the first.
  void Wrap(const std::string& begin, const std::string& text) {
    const std::string indent(begin.size(), ' ');
    std::string line = begin;
    std::istringstream words(EscapeTerminal(text));
    for (std::string word; words >> word;) {
      const bool first = line == begin || line == indent;
      if (!first && line.size() + 1 + word.size() > kWidth) {
        Line(line);
        line = indent + word;
      } else {
        line += (first ? "" : " ") + word;
      }
    }
    Line(line);
  }

  void Indent(const Table& table) {
    std::ostringstream text;
    table.Print(text);
    std::istringstream lines(text.str());
    for (std::string line; std::getline(lines, line);) Line("  " + line.substr(0, line.find_last_not_of(' ') + 1));
  }

  void Objective(const ExplainedObjective& one) {
    Line("");
    const bool is_told = one.headline == what_.headline;
    Wrap("", std::string(*one.objective.name) + " (" + one.objective.severity + "): " + (is_told ? std::string(VerdictName(one.state.verdict)) + (one.state.late ? ", late" : "") : one.headline));
    if (!one.why.empty()) {
      std::string why;
      for (const std::string& sentence : one.why) why += (why.empty() ? "" : "; ") + sentence;
      Wrap("  Why: ", why);
    }
    for (const std::string& sentence : one.expected) Wrap("  Expected: ", sentence);
    Windows(one);
    for (const ExplainedGap& gap : one.gaps) {
      const bool instant = gap.span.to - gap.span.from <= Duration{1};
      Wrap("  Not seen: ", gap.of + (instant ? " at " + Day(gap.span.from) : " from " + Day(gap.span.from) + " to " + Day(gap.span.to)) + ": " + gap.why);
    }
    Turns(one.what_if);
  }

  void Windows(const ExplainedObjective& one) {
    if (one.windows.empty()) return;
    const bool grace = one.objective.grace > Duration{0};
    std::vector<std::string> header = {"WINDOW OPENS", "DUE", "IS", "BY"};
    if (grace) header.insert(header.begin() + 2, "WITH GRACE");
    Table table(header);
    for (const WindowSight& window : one.windows) {
      std::string by = window.evidence.empty() ? "-" : window.evidence + ", " + Day(window.success_at);
      if (!window.excuse.empty()) by = (window.evidence.empty() ? "" : by + "; ") + "excused: " + window.excuse;
      std::vector<std::string> row = {Day(window.begin), Day(window.due), std::string(WindowSightName(window.what)), by};
      if (grace) row.insert(row.begin() + 2, Day(window.end));
      table.Add(row);
    }
    Indent(table);
  }

  void Turns(const WhatIf& what_if) {
    if (what_if.excused_until) Wrap("  What would change it: ", "nothing before " + Day(*what_if.excused_until) + ": all windows until then are excused");
    if (what_if.turns.empty() && !what_if.by_itself) return;
    Line("  What would change it:");
    for (const Turn& turn : what_if.turns) {
      const std::string when = turn.at <= what_.at ? "now" : "at " + Day(turn.at);
      Wrap("  - ", turn.what + ": then it is " + std::string(VerdictName(turn.verdict)) + (turn.late ? " (late) " : " ") + when);
    }
    if (what_if.by_itself) Wrap("  - ", "nothing more is told: then it is " + std::string(VerdictName(what_if.by_itself->verdict)) + " at " + Day(what_if.by_itself->at));
  }

  void Seen() {
    if (!what_.runs.empty()) {
      Line("\nLast runs" + EscapeTerminal(what_.state->runs_source.empty() ? "" : " of " + *what_.state->runs_source));
      Table table({"RUN", "SCHEDULED", "STARTED", "FINISHED", "OUTCOME"});
      for (const Run& run : what_.runs) {
        const bool counts = std::find(what_.runs_not_counted.begin(), what_.runs_not_counted.end(), run.id) == what_.runs_not_counted.end();
        table.Add({run.id, Day(run.scheduled), Day(run.started), Day(run.finished), std::string(OutcomeName(run.outcome)) + (counts ? "" : " (does not count)")});
      }
      Indent(table);
    }
    Failure();
    Outputs();
    if (what_.newest_view) Line("\nThe source of its runs was seen as a whole last at " + Day(*what_.newest_view) + ".");
  }

  void Failure() {
    const auto& failure = what_.state->failure;
    if (!failure) return;
    const std::string error = failure->error.empty() ? failure->reason : failure->error;
    Wrap("  ", "Run " + failure->run_id + " failed" + (error.empty() ? "" : ": " + error) + (failure->frame.empty() ? "" : ", in " + failure->frame));
  }

  void Outputs() {
    if (what_.state->outputs.empty()) return;
    Line("\nOutputs");
    Table table({"OUTPUT", "SOURCE", "MOVED", "SEEN", "ROWS", "CHECKS"});
    for (const OutputState& output : what_.state->outputs) {
      std::string checks;
      for (const auto& check : output.checks) checks += (checks.empty() ? "" : ", ") + *check.name + (!check.passed ? " unknown" : *check.passed ? " passes" : " fails");
      table.Add({output.name, output.source, Day(output.updated), Day(output.observed), output.rows ? std::to_string(*output.rows) : "-", checks.empty() ? "-" : checks});
    }
    Indent(table);
  }

  void Ticks() {
    if (what_.ticks.empty()) return;
    Line("\nSchedule " + EscapeTerminal(*what_.state->schedule) + " (" + what_.schedule_zone.Name() + ")");
    Table table({"TICK", "UTC", "NOTE"});
    for (const ExplainedTick& tick : what_.ticks) {
      table.Add({DayText(what_.schedule_zone, tick.at), FormatRfc3339(tick.at), tick.note.empty() ? (tick.at > what_.at ? "to come" : "") : tick.note});
    }
    Indent(table);
  }

  void Notes() {
    if (what_.notes.empty()) return;
    Line("");
    for (const std::string& note : what_.notes) Wrap("Note: ", note + ".");
  }

  const Explanation& what_;
  std::ostringstream out_;
};

}  // namespace

std::string ExplanationText(const Explanation& explanation) { return Writer(explanation).Text(); }

}  // namespace batchslo
