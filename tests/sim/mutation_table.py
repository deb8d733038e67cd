"""Errors that could be made in the product: what is changed in which file. Of a header, which units are made anew."""

WATCH, FACTS, SHARED = (f"exporter/sources/kubernetes_{part}.cc" for part in ("watch", "facts", "shared"))
WINDOWS = "exporter/core/judge_windows.h"
OF_WINDOWS = [f"exporter/core/{name}.cc" for name in ("judge_by", "judge_every_run", "judge_start_by")]


def row(name, file, *changes, **more):
    return {"name": name, "file": file, "changes": changes, **more}


MUTATIONS = [
    # the watch of Kubernetes
    row("server_error_is_an_empty_list", WATCH, ("    if (reply->status != 200) {\n", "    if (reply->status >= 500) return {};\n    if (reply->status != 200) {\n"), seeds=[6]),
    row("login_page_is_an_empty_list", WATCH, ("  if (!page) return page.GetError();\n", "  if (!page) return {};\n"), seeds=[2]),
    row("second_page_is_skipped", WATCH, ("  } while (!token.empty());", "  } while (false);"), seeds=[13]),
    row("expired_is_ignored", WATCH, ("event->code == 410) return Expired();", "event->code == 410) return Next::kWatch;"), seeds=[123]),
    row("view_before_events_came", WATCH, ("constexpr std::chrono::seconds kDeliveryLag{10};", "constexpr std::chrono::seconds kDeliveryLag{0};"),
        ("constexpr std::chrono::milliseconds kQuiet{900};", "constexpr std::chrono::milliseconds kQuiet{0};"), seeds=[152]),
    row("one_kind_speaks_for_both", SHARED, ("const TimePoint both = std::min(", "const TimePoint both = std::max("), seeds=[207]),
    row("refused_by_the_ledger_is_forgotten", SHARED, ("  if (stored) untold.clear();", "  untold.clear();"), seeds=[856]),
    row("vanished_run_goes_on", FACTS, ("    if (seen.running) {\n      RunFact run;", "    if (false) {\n      RunFact run;"), seeds=[219]),
    row("deleted_run_goes_on", FACTS, ("  if (at->second.running) {", "  if (false) {"), seeds=[782]),
    row("made_anew_never_succeeded", FACTS, ("  if (!value && !seen.is_first) return;\n", ""), seeds=[1873]),
    row("failed_job_is_complete", FACTS, ("    run.outcome = Outcome::kFailed;", "    run.outcome = Outcome::kSucceeded;"), seeds=[2]),
    # heartbeats
    row("start_after_the_end_begins_it_again", "exporter/sources/heartbeat.cc", ("Heartbeat::Status::kStart && HasEnded(request.job, id)", "Heartbeat::Status::kStart && id.empty() && HasEnded(request.job, id)"), seeds=[6]),
    row("time_of_the_beat_is_that_of_its_arrival", "exporter/sources/heartbeat.cc", ("std::min(beat.at.value_or(now), now)", "now"), seeds=[64]),
    # the ledger
    row("acknowledged_before_commit", "exporter/store/writer.cc",
        ('  auto done = session_->Execute({"BEGIN IMMEDIATE", {}, 0});\n', '  static bool open = false;\n  static int waiting = 0;\n  auto done = open ? Result<void>() : session_->Execute({"BEGIN IMMEDIATE", {}, 0});\n  open = true;\n'),
        ('  if (done) done = session_->Execute({"COMMIT", {}, 0});\n', '  if (done && ++waiting % 4 == 0) open = false, done = session_->Execute({"COMMIT", {}, 0});\n'), seeds=[2]),
    row("ledger_keeps_no_views", "exporter/store/tables.cc", ("    if (view) spans.Add(fact.source, *view, fact.observed);\n", ""), seeds=[17]),
    row("ledger_joins_views_over_gaps", "exporter/store/tables.cc", ("Merge({about.first, about.second, span, bound})", "Merge({about.first, about.second, span, bound + hours{24}})"), seeds=[2]),
    row("second_sight_of_a_run_is_not_stored", "exporter/store/tables.cc", ("  if (known->same) return {};", "  if (known->same || known->completed) return {};"), seeds=[56]),
    # the evaluation
    row("counts_are_not_kept", "exporter/app/evaluation.cc", ("  KeepTallies();  // a total that was shown is one that is kept\n", ""), seeds=[2]),
    row("clock_jump_is_not_heeded", "exporter/app/evaluation.cc", ("    tracker_.ClockJumped(now);\n", ""), seeds=[634]),
    row("due_polls_are_forgotten", "exporter/app/poller.cc", ("due != TimePoint::max()", "false"), seeds=[68]),
    # coverage
    row("our_downtime_is_no_gap", "exporter/core/tracker_apply.cc", ("views.stretches.Add(fact.observed, source.def.staleness)", "views.stretches.Add(fact.observed, hours{24 * 365})"), seeds=[19]),
    row("absence_needs_no_coverage", "exporter/core/judge.cc", ("return proof.covered.Cover(from, past_end + HeldBack(proof.skew, grace));", "return proof.covered.Cover(past_end, past_end + HeldBack(proof.skew, grace));"), seeds=[1873]),
    row("last_value_covers_what_was_before", "exporter/core/evidence.cc", ("value ? covered.AddAfter(*value, observed)", "value ? covered.Add(first_seen, observed)"), seeds=[442]),
    row("stale_source_is_fresh", "exporter/core/judge_now.cc", ("view && evidence.now - *view <= evidence.runs_staleness", "view.has_value()"), seeds=[37]),
    row("stale_look_is_fresh", "exporter/core/judge_now.cc", ("if (now > stale && verdict != Verdict::kMissed)", "if (now > stale && verdict == Verdict::kPaused)"), seeds=[65]),
    # successes
    row("failure_is_a_success", "exporter/core/evidence.cc", ("{ return run.outcome == Outcome::kSucceeded; }", "{ return run.outcome == Outcome::kSucceeded || (run.outcome == Outcome::kFailed && run.finished); }"), seeds=[2]),
    row("manual_policy_is_turned", "exporter/core/evidence.cc", ("return def.count_manual;", "return !def.count_manual;"), seeds=[6]),
    row("checks_do_not_gate", "exporter/core/evidence.cc", ("    if (passed && !*passed) return Gate::kFailed;\n", ""), seeds=[1]),
    row("older_sight_overwrites_newer", "exporter/core/run_log.cc", ("a.run_id < b.run_id : Before(a, b); }", "a.run_id < b.run_id : Before(b, a); }"), seeds=[3]),
    row("run_counts_each_time", "exporter/core/run_log.cc", ("  if (was_completed || !IsCompleted", "  if (!IsCompleted"), seeds=[3]),
    # windows
    row("unknown_is_missed", WINDOWS, ("    judgement_.state.verdict = Verdict::kUnknown;\n", "    judgement_.state.verdict = Verdict::kMissed;\n"), units=OF_WINDOWS, seeds=[128]),
    row("unknown_is_dropped", WINDOWS, ("    if (!undecided_) undecided_ = window;\n", ""), units=OF_WINDOWS, seeds=[2]),
    row("late_is_in_time", WINDOWS, ("kind = success->time <= end ? Kind::kMet : Kind::kLate;", "kind = success->time <= end + hours{10000} ? Kind::kMet : Kind::kLate;"), units=OF_WINDOWS, seeds=[4]),
    row("first_seen_is_ignored", WINDOWS, ("    if (window.begin < evidence_.first_seen && !decision.Good()) return Conclude();\n", ""), units=OF_WINDOWS, seeds=[26]),
    row("miss_stands_for_ever", WINDOWS, ("return evidence_.newest && evidence_.newest->time > end; }", "return evidence_.newest && evidence_.newest->time > end + hours{10000}; }"), units=OF_WINDOWS, seeds=[12]),
    row("grace_is_dropped", "exporter/core/judge_by.cc", ("deadline, deadline + grace_, deadline};", "deadline, deadline, deadline};"), seeds=[4]),
    row("window_opens_too_early", "exporter/core/judge_by.cc", ("return Opening{deadline - *reach};", "return Opening{deadline - 2 * *reach};"), seeds=[18]),
    row("run_belongs_to_the_next_tick", "exporter/core/judge_every_run.cc", ("line_.Prev(*success.scheduled + Duration{1})", "line_.Next(*success.scheduled)"), seeds=[2]),
    row("one_more_is_tolerated", "exporter/core/judge_every_run.cc", ("i < tolerate_;", "i <= tolerate_;"), seeds=[2]),
    row("within_includes_its_end", "exporter/core/judge_within.cc", ("  if (evidence.now < end) {", "  if (evidence.now <= end) {"), ("evidence.newest->time > evidence.now - owed", "evidence.newest->time >= evidence.now - owed"), seeds=[1]),
    row("within_needs_no_coverage", "exporter/core/judge_within.cc", ("all.LongestSince(since, maintenance) >= length + held", "all.LongestSince(since, maintenance) >= Duration{0}"), seeds=[1]),
    row("start_is_the_end", "exporter/core/judge_start_by.cc", ("    if (run.earliest_start) return run.earliest_start;\n", ""), seeds=[2]),
    # the job
    row("pause_is_forgotten", "exporter/core/tracker_apply.cc", ("*what.paused ? Pause(*job, fact.observed)", "*what.paused && job->history.changes.empty() ? Pause(*job, fact.observed)"), seeds=[19]),
    row("gone_is_not_told", "exporter/core/job_state.cc", ("if (!history.gones.empty() && !history.gones.back().to) return State::kGone;", ""), seeds=[36]),
    # time
    row("offset_of_the_wrong_instant", "exporter/core/zone.cc", ("last ? TimePoint::max() : change[1].from, change->offset,", "last ? TimePoint::max() : change[1].from, first ? change->offset : change[-1].offset,"), seeds=[4]),
]
