"""Which jobs are in trouble now, since when, and what is due next."""
from boards.parts import (COMPLETE, DATASOURCE, EXPORTER, JOB, LINK, MANY, NONE_IS_FINE, NONE_IS_GOOD, STATE, STATES, TO_ADDRESS, TO_JOB, TO_PAGE, UP, board, column, coloured,
                          custom_variable, flips, graph, one, query_variable, series, stat, states, steps, table, target, timeline)

CHOSEN = " and on (job, job_name) %s and on (job, job_name) %s" % (series("batchslo_job_info", team="=~$team"), series("batchslo_job_state", state="=~$state"))
NO_EXPORTER = "No exporter is scraped, or none of its jobs is chosen above"


def chosen(expression, drop="", by="max"):
    return one(expression, drop, by) + CHOSEN


def tile(state, colour, description, thresholds):
    """0 only where an exporter says that there are jobs: no data is no "0 missed"."""
    of_team = " and on (job, job_name) " + series("batchslo_job_info", team="=~$team")
    count = "count(%s%s) or 0 * count(%s)" % (one(series("batchslo_job_state", state=state)), of_team, series("batchslo_job_info", team="=~$team"))
    return 3, 4, stat(state.capitalize(), description, count, NO_EXPORTER, thresholds=thresholds,
                      links=[{"title": "They, on the exporter's page", "url": "${exporter}/?state=" + state, "targetBlank": True}])


def tiles():
    told = {"missed": ("Jobs with an objective that is proven missed.", NONE_IS_GOOD), "unknown": ("Jobs of which nothing is proven: a source of theirs is dark, or was.", NONE_IS_FINE),
            "gone": ("Jobs that their source no longer has.", steps(("green", None), ("purple", 1))), "paused": ("Jobs that their scheduler has suspended: nothing is owed.", steps(("green", None), ("blue", 1))),
            "pending": ("Jobs whose first window is still open.", steps(("green", None), ("light-blue", 1))), "met": ("Jobs with all objectives met.", steps(("text", None), ("green", 1)))}
    unproven = "count(%s) or 0 * count(%s)" % (one(series("batchslo_job_slo_unproven")), series("batchslo_job_info"))
    down = "count(%s == 0) or 0 * count(%s)" % (one(series("batchslo_source_up"), by="min"), series("batchslo_source_up"))
    return [*(tile(state, colour, *told[state]) for state, _, colour in STATES),
            (3, 4, stat("Unproven", "Objectives whose window closed undecided although all their sources are up: nobody watches these.", unproven, NO_EXPORTER, thresholds=NONE_IS_FINE)),
            (3, 4, stat("Sources down", "Their jobs are unknown until they answer; look at the sources first.", down, "No exporter tells of a source", thresholds=NONE_IS_GOOD))]


def worst_first():
    targets = [states() + CHOSEN,
               chosen("1000 * " + series("batchslo_job_state_since_timestamp_seconds")),
               chosen(series("batchslo_job_seconds_since_last_success"), by="min"),
               "1000 * min without (objective) (%s)%s" % (one(series("batchslo_job_due_timestamp_seconds")), CHOSEN),
               chosen(series("batchslo_job_consecutive_failures")),
               chosen(series("batchslo_job_last_failure_info"), drop="fingerprint"),
               chosen(series("batchslo_job_info"), drop="timezone, schedule, dashboard_url")]
    columns = [column("Value #A", "State", mappings=STATE, colour="background", link=TO_PAGE, width=85), column("job_name", "Job", link=TO_JOB, width=190),
               column("Value #B", "Since", unit="dateTimeFromNow", width=115), column("Value #C", "Last success ago", unit="s", width=125),
               column("Value #D", "Next due", unit="dateTimeFromNow", width=115), column("Value #E", "Failed in a row", width=110), column("reason", "Failed with", width=120),
               column("error", "Last line"), column("consumer", "Who waits for it", width=170), column("team", "Team", width=80),
               column("runbook_url", "Runbook", mappings=LINK, link=TO_ADDRESS, width=80)]
    return table("Jobs, worst first", "Each job once. The name leads to its board, the state to the exporter's page of it.", [target(t, table=True) for t in targets], columns, NO_EXPORTER,
                 sort=("Value #A", True), hide=["Value #F", "Value #G"])


def over_time():
    """Those that are worst now come first: Grafana keeps the order of queries."""
    def now(*names):
        return "%s and on (job, job_name) (%s @ end()) and on (job, job_name) (%s @ end()) and on (job, job_name) %s" % (
            states(), series("batchslo_job_state", state="=~" + "|".join(names)), series("batchslo_job_state", state="=~$state"), series("batchslo_job_info", team="=~$team"))
    targets = [target(now(*names), legend="{{job_name}}") for names in (["missed"], ["unknown", "gone"], ["paused", "pending", "met"])]
    return timeline("States over time", "Jobs that are missed now come first, then unknown and gone ones. Gaps: the exporter was not scraped.", targets, STATE, NO_EXPORTER)


def next_due():
    expression = "bottomk(40, (%s > time())%s)" % (one(series("batchslo_job_due_timestamp_seconds")), CHOSEN)
    columns = [column("Value", "Due", unit="dateTimeFromNow", width=140), column("job_name", "Job", link=TO_JOB), column("objective", "Objective", width=130)]
    return table("Next due", "Windows that close next: until then a success is owed.", [target("1000 * (%s)" % expression, table=True)], columns,
                 "No window is open: every job is paused, or without a schedule", sort=("Value", False))


def by_state():
    targets = [target("count(%s and on (job, job_name) %s)" % (one(series("batchslo_job_state", state=name)), series("batchslo_job_info", team="=~$team")), legend=name) for name, _, _ in STATES]
    return graph("Jobs by state", "How many jobs are in each state.", targets, NO_EXPORTER, stack=True, overrides=[coloured(name, colour) for name, _, colour in STATES], min=0, decimals=0)


def runs():
    def ended(counter):
        return "sum(%s)" % one("increase(%s[$__rate_interval])" % series(counter))
    return graph("Runs that ended", "Completed runs, and those of them that failed. A failed run alarms nobody while the result is there in time.",
                 [target(ended("batchslo_job_runs_total"), legend="completed"), target(ended("batchslo_job_failed_runs_total"), legend="failed")],
                 "No source of the chosen exporters tells of runs", style="bars", overrides=[coloured("completed", "blue"), coloured("failed", "orange")], min=0, decimals=0)


def sources():
    failures = "sum without (reason) (%s)" % one("increase(%s[$__range])" % series("batchslo_source_poll_failures_total"))
    targets = [one(series("batchslo_source_up"), by="min"), one(series("batchslo_source_complete"), by="min"), one("1000 * " + series("batchslo_source_last_poll_success_timestamp_seconds")),
               one(series("batchslo_source_scopes_dark")), one(series("batchslo_source_clock_skew_seconds")), failures,
               "count without (job_name) (%s)" % one(series("batchslo_job_source_info"), drop="role")]
    columns = [column("Value #A", "Now", mappings=UP, colour="background", width=70), column("source", "Source"), column("Value #B", "Its view", mappings=COMPLETE, colour="text", width=100),
               column("Value #C", "Last answer", unit="dateTimeFromNow", width=125), column("Value #G", "Jobs that need it", width=125), column("Value #D", "Dark scopes", width=100),
               column("Value #F", "Failed polls", unit="short", width=95), column("Value #E", "Clock ahead by", unit="s", width=115)]
    return table("Sources", "Down ones first. A source that is down makes its jobs unknown, not missed. Failed polls: in the time that is shown.", [target(t, table=True) for t in targets], columns, "No exporter tells of a source",
                 sort=("Value #A", False), decimals=0)


def sources_over_time():
    return timeline("Sources over time", "When each source could be asked.", [target(one(series("batchslo_source_up"), by="min"), legend="{{source}}")], UP, "No exporter tells of a source", per_page=10)


def make():
    variables = [DATASOURCE, JOB, query_variable("team", "Team", "label_values(batchslo_job_info{job=~\"$job\"}, team)", "Whose jobs.", **MANY),
                 custom_variable("state", "State now", [name for name, _, _ in STATES], "Which jobs the tables and the timeline show."), EXPORTER]
    rows = [("Now", False, [tiles(), [(24, 11, worst_first())]]),
            ("Sources", False, [[(16, 7, sources()), (8, 7, sources_over_time())]]),
            ("Over time", False, [[(24, 12, over_time())], [(12, 8, by_state()), (12, 8, runs())]]),
            ("Ahead", False, [[(24, 9, next_due())]])]
    return board("batchslo-fleet", "Batch SLOs / Fleet", "Which batch jobs miss their objectives, since when, and what is due next.", variables, rows, flips())
