"""One job: is its objective met, what did its runs do, what did it leave behind."""
from boards.parts import (DATASOURCE, EXPORTER, JOB, LINK, NONE_IS_FINE, PASSED, STATE, TO_ADDRESS, UP, VERDICT, YES, board, column, coloured, flips, graph, one,
                          query_variable, series, stat, states, table, target, timeline)

NOBODY = "No exporter tells of this job at this time"
# The states of the job, and what an objective alone can be.
EVERY_VERDICT = [{"type": "value", "options": {**VERDICT[0]["options"], **STATE[0]["options"]}}]


def of(metric):
    return series(metric, job_name="$job_name")


def verdicts():
    """Missed over met over unknown, while replicas differ; 0: nothing is judged."""
    met, unknown = of("batchslo_job_slo_met"), of("batchslo_job_slo_unknown")
    return "%s or %s or %s" % (one("6 - 5 * " + met), one("5 * (%s == 1)" % unknown), one("0 * " + unknown))


def now():
    page = [{"title": "The exporter's page of it", "url": "${exporter}/jobs/${job_name:percentencode}", "targetBlank": True}]
    since_start = one("time() - " + of("batchslo_job_running_since_timestamp_seconds"))
    tiles = [
        stat("State", "The worst of its objectives.", states(job_name="$job_name"), NOBODY, mappings=STATE, links=page),
        stat("In this state for", "Since it changed last.", one("time() - " + of("batchslo_job_state_since_timestamp_seconds"), by="min"), NOBODY, unit="s"),
        stat("Last success ago", "From any run or output that proves one.", one(of("batchslo_job_seconds_since_last_success"), by="min"), "No success is known yet", unit="s"),
        stat("Next due", "When the first open window closes: a success is owed by then.", "1000 * min without (objective) (%s)" % one(of("batchslo_job_due_timestamp_seconds")),
             "Nothing is due: it is paused, or has no schedule", unit="dateTimeFromNow"),
        stat("Running for", "The run that is going now.", since_start, "No run is going", unit="s"),
        stat("Last run took", "The newest completed run.", one(of("batchslo_job_last_duration_seconds")), "No run has completed yet", unit="s"),
        stat("Failed in a row", "How many of the newest completed runs failed.", one(of("batchslo_job_consecutive_failures")), "No run has completed yet", thresholds=NONE_IS_FINE),
        stat("Next run", "When its schedule starts it next.", one("1000 * " + of("batchslo_job_next_run_timestamp_seconds")), "It has no schedule that is known", unit="dateTimeFromNow")]
    return [(3, 4, tile) for tile in tiles]


def objectives():
    targets = [verdicts(), one(of("batchslo_job_slo_info")), "1000 * " + one(of("batchslo_job_due_timestamp_seconds")), one(of("batchslo_job_slo_unproven"))]
    columns = [column("Value #A", "Verdict", mappings=VERDICT, colour="background", width=130), column("objective", "Objective", width=130), column("Value #C", "Next due", unit="dateTimeFromNow"),
               column("severity", "Severity", width=100), column("objective_from", "Who says so", width=140), column("Value #D", "Proof", mappings=YES, colour="text", width=100)]
    return table("Objectives", "What it owes, and whether it is met. Unproven: a window closed undecided although all sources are up.", [target(t, table=True) for t in targets], columns, NOBODY,
                 sort=("Value #A", True), hide=["job_name", "kind", "Value #B"])


def failure():
    columns = [column("reason", "Failed with", width=180), column("error", "Last line"), column("fingerprint", "Equal failures have equal", width=190)]
    return table("The newest failure", "Numbers, ids and quoted texts are *; the exporter's page has the whole text.", [target(one(of("batchslo_job_last_failure_info")), table=True)], columns,
                 "The newest completed run did not fail", hide=["job_name", "Value"])


def people():
    columns = [column("consumer", "Who waits for it"), column("team", "Team", width=130), column("schedule", "Schedule", width=150), column("timezone", "Zone", width=140),
               column("runbook_url", "Runbook", mappings=LINK, link=TO_ADDRESS, width=90), column("dashboard_url", "Its own board", mappings=LINK, link=TO_ADDRESS, width=120)]
    return table("Whose it is", "As its configuration and its scheduler say.", [target(one(of("batchslo_job_info")), table=True)], columns, NOBODY, hide=["job_name", "Value"])


def sources():
    """Of the sources that tell of the job."""
    up = "%s and on (job, source) %s" % (one(series("batchslo_source_up"), by="min"), of("batchslo_job_source_info"))
    last = "%s and on (job, source) %s" % (one("1000 * " + series("batchslo_source_last_poll_success_timestamp_seconds")), of("batchslo_job_source_info"))
    columns = [column("source", "Source"), column("Value #A", "Now", mappings=UP, colour="background", width=80), column("Value #B", "Last answer", unit="dateTimeFromNow", width=150)]
    return table("Its sources", "Down: the job is unknown, not missed; look at the source first.", [target(up, table=True), target(last, table=True)], columns, "No source is known for it")


def verdicts_over_time():
    return timeline("Verdicts over time", "The job's state, and each objective by itself. Gaps: the exporter was not scraped.",
                    [target(states(job_name="$job_name"), legend="the job"), target(verdicts(), legend="{{objective}}")], EVERY_VERDICT, NOBODY)


def age():
    left = one(of("batchslo_job_due_timestamp_seconds")) + " - time()"
    return graph("Age of the last success, and time left until due", "An age that keeps growing while the time left goes to 0 is the next miss.",
                 [target(one(of("batchslo_job_seconds_since_last_success"), by="min"), legend="age of the last success"), target(left, legend="left until due: {{objective}}")],
                 "No success is known, and nothing is due", unit="s", min=0)


def durations():
    return graph("Durations", "How long the newest completed run took; a line that goes up: the job grows into its window.",
                 [target(one(of("batchslo_job_last_duration_seconds")), legend="last run"), target(one("time() - " + of("batchslo_job_running_since_timestamp_seconds")), legend="going now")],
                 "No run has completed yet; jobs that are judged by outputs alone have none", unit="s", min=0, overrides=[coloured("last run", "blue"), coloured("going now", "orange")])


def runs():
    def ended(counter):
        return one("increase(%s[$__rate_interval])" % of(counter))
    return graph("Runs that ended", "Completed runs, and those of them that failed.",
                 [target(ended("batchslo_job_runs_total"), legend="completed"), target(ended("batchslo_job_failed_runs_total"), legend="failed")],
                 "No run is known; jobs that are judged by outputs alone have none", style="bars", min=0, decimals=0, overrides=[coloured("completed", "blue"), coloured("failed", "orange")])


def failures():
    return graph("Failures in a row over time", "Back to 0 with the first success.", [target(one(of("batchslo_job_consecutive_failures")), legend="failed in a row")],
                 "No run is known; jobs that are judged by outputs alone have none", min=0, decimals=0, overrides=[coloured("failed in a row", "orange")])


def attainment():
    return graph("Attainment and error budget", "Windows met of those met and missed, over 28 days; what is left of the misses that its target allows, below 0: more were missed.",
                 [target(one(of("batchslo_job_attainment_ratio")), legend="{{objective}}: met in {{window}}"),
                  target(one(of("batchslo_job_error_budget_remaining_ratio")), legend="{{objective}}: budget left")],
                 "No window has closed yet; within and max_runtime have none", unit="percentunit")


def margins():
    return graph("Margins", "How long before it was due the last decided window was met; below 0: late. A line that goes down is the next miss.",
                 [target(one(of("batchslo_job_margin_seconds")), legend="{{objective}}")], "No window has been met yet; within and max_runtime have none", unit="s")


def outputs():
    empty = "The job has no outputs"
    return [[(12, 8, graph("Age of outputs", "Since each output last moved.", [target(one(of("batchslo_output_age_seconds"), by="min"), legend="{{output}}")], empty, unit="s", min=0)),
             (12, 8, graph("Rows of outputs", "When each was looked at last.", [target(one(of("batchslo_output_rows")), legend="{{output}}")], empty + " whose rows are counted", unit="short", min=0))],
            [(12, 7, timeline("Checks of outputs", "Whether the newest look passes.", [target(one(of("batchslo_output_check_passed"), by="min"), legend="{{output}}: {{check}}")], PASSED, empty + " that are checked")),
             (12, 7, graph("Values of checks", "What each check looked at.", [target(one(of("batchslo_output_check_value")), legend="{{output}}: {{check}}")], empty + " that are checked", unit="short"))]]


def make():
    name = query_variable("job_name", "Job", "label_values(batchslo_job_info{job=~\"$job\"}, job_name)", "Which job.", multi=False, includeAll=False, current={})
    rows = [("Now", False, [now(), [(12, 6, objectives()), (12, 6, failure())], [(16, 4, people()), (8, 4, sources())]]),
            ("Over time", False, [[(24, 7, verdicts_over_time())], [(12, 8, age()), (12, 8, durations())], [(12, 7, runs()), (12, 7, failures())], [(12, 7, attainment()), (12, 7, margins())]]),
            ("Outputs", False, outputs())]
    return board("batchslo-job", "Batch SLOs / Job", "One job: whether its objectives are met, its runs, and what they leave behind.", [DATASOURCE, JOB, name, EXPORTER], rows, flips(job_name="$job_name"))
