"""Whether the exporter itself is well: replicas stand side by side, for one of them may be ill."""
from boards.parts import (DATASOURCE, JOB, NONE_IS_FINE, TAKEN, UP, board, column, coloured, graph, series, stat, steps, table, target, timeline)

NO_EXPORTER = "No exporter is scraped as this job"
EACH = "{{instance}}"


def rate(metric, keep):
    return "sum by (%s) (rate(%s[$__rate_interval]))" % (keep, series(metric))


def gauge(metric, by="max"):
    return "%s by (instance) (%s)" % (by, series(metric))


def now():
    old = steps(("green", None), ("orange", 60), ("red", 300))
    worst = [
        stat("Replicas", "How many answer Prometheus.", "count(%s)" % series("batchslo_build_info"), NO_EXPORTER),
        stat("Jobs", "How many are judged.", "max(%s)" % series("batchslo_snapshot_jobs"), NO_EXPORTER),
        stat("Judged last", "Before it was scraped; of the one that is furthest behind. It judges every few seconds: minutes mean that it is stuck.", "max(timestamp(%s) - %s)" % (2 * (series("batchslo_evaluation_timestamp_seconds"),)),
             NO_EXPORTER, unit="s", thresholds=old),
        stat("Ledger", "Down: what was seen is kept in memory alone, and heartbeats are refused.", "min(%s)" % series("batchslo_store_up"), NO_EXPORTER, mappings=UP),
        stat("Configuration", "Whether the file, as it is now, is what is in force.", "min(%s)" % series("batchslo_config_last_reload_successful"), NO_EXPORTER, mappings=TAKEN),
        stat("Web configuration", "The same of TLS and users.", "min(%s)" % series("batchslo_web_config_last_reload_successful"), "There is no --web.config.file", mappings=TAKEN),
        stat("Different configurations", "More than one among replicas: they judge by different rules.", "count(count_values(\"hash\", %s))" % series("batchslo_config_hash"), NO_EXPORTER, thresholds=steps(("green", None), ("red", 2))),
        stat("Series left out", "Of jobs whose names differ only in what labels can't hold.", "max(%s)" % series("batchslo_snapshot_refused_series"), NO_EXPORTER, thresholds=NONE_IS_FINE)]
    return [(3, 4, tile) for tile in worst]


def replicas():
    targets = ["max by (instance, version, revision, compiler) (%s)" % series("batchslo_build_info"), "1000 * " + gauge("process_start_time_seconds"),
               "1000 * " + gauge("batchslo_config_last_reload_success_timestamp_seconds"), gauge("batchslo_store_size_bytes"), gauge("process_resident_memory_bytes")]
    columns = [column("instance", "Exporter", width=190), column("version", "Version", width=100), column("revision", "Revision", width=130), column("compiler", "Compiler"),
               column("Value #B", "Started", unit="dateTimeFromNow"), column("Value #C", "Configuration since", unit="dateTimeFromNow"), column("Value #D", "Ledger", unit="bytes", width=110),
               column("Value #E", "Memory", unit="bytes", width=110)]
    return table("Exporters", "One line a replica.", [target(t, table=True) for t in targets], columns, NO_EXPORTER, hide=["Value #A"])


def sources():
    none = "No exporter tells of a source"
    slow = "histogram_quantile(0.9, sum by (source, le) (rate(%s[$__rate_interval])))" % series("batchslo_source_poll_duration_seconds_bucket")
    return [[(12, 8, timeline("Sources", "When each could be asked, by each exporter.", [target("min by (source, instance) (%s)" % series("batchslo_source_up"), legend="{{source}}, {{instance}}")], UP, none)),
             (12, 8, graph("Slow polls", "Nine of ten polls took at most this. Watches are not polled.", [target(slow, legend="{{source}}")], "No source is polled: all are watched or push", unit="s", min=0))],
            [(12, 7, graph("Failed polls", "By source and reason.", [target(rate("batchslo_source_poll_failures_total", "source, reason"), legend="{{source}}: {{reason}}")], "No poll has failed",
                           unit="ops", min=0)),
             (12, 7, graph("Polls", "How often each source was asked.", [target(rate("batchslo_source_polls_total", "source"), legend="{{source}}")], "No source is polled: all are watched or push",
                           unit="ops", min=0))],
            [(12, 7, graph("Scopes", "How many scopes are asked, and how many could not be.", [target("max by (source) (%s)" % series("batchslo_source_scopes"), legend="{{source}}: asked"),
                                                                                              target("max by (source) (%s)" % series("batchslo_source_scopes_dark"), legend="{{source}}: dark")], none, min=0, decimals=0)),
             (12, 7, graph("Clocks of sources", "Ahead of ours; negative: behind. More than 30 s holds a source's proofs back.",
                           [target("max by (source) (%s)" % series("batchslo_source_clock_skew_seconds"), legend="{{source}}")], "No source tells its time", unit="s"))]]


def registries():
    none = "No exporter reads a registry"
    rows = [target("max by (registry) (%s)" % series("batchslo_registry_rows"), legend="{{registry}}: rows"),
            target("max by (registry) (%s)" % series("batchslo_registry_rows_invalid"), legend="{{registry}}: left out")]
    words = [target("max by (source, objective_from) (%s)" % series("batchslo_jobs"), legend="{{objective_from}}, {{source}}")]
    return [[(8, 7, timeline("Registries", "When each could be read, by each exporter.", [target("min by (registry, instance) (%s)" % series("batchslo_registry_up"), legend="{{registry}}, {{instance}}")], UP, none)),
             (8, 7, graph("Rows", "Of the newest good table, and those that are left out for what is wrong with them.", rows, none, min=0, decimals=0)),
             (8, 7, graph("Who wrote the objectives", "Jobs by whose word they are judged, and by the source that speaks for them.", words, NO_EXPORTER, min=0, decimals=0))]]


def self_():
    return [[(12, 7, graph("Time to judge all jobs", "One evaluation.", [target(gauge("batchslo_evaluation_duration_seconds"), legend=EACH)], NO_EXPORTER, unit="s", min=0)),
             (12, 7, graph("Ledger writes", "Transactions, and those that failed.", [target(rate("batchslo_store_writes_total", "instance"), legend=EACH + ": taken"),
                                                                                  target(rate("batchslo_store_write_failures_total", "instance"), legend=EACH + ": failed")], NO_EXPORTER, unit="ops", min=0))],
            [(8, 7, graph("Memory", "Resident.", [target(gauge("process_resident_memory_bytes"), legend=EACH)], NO_EXPORTER, unit="bytes", min=0)),
             (8, 7, graph("Processor", "Of one core.", [target(rate("process_cpu_seconds_total", "instance"), legend=EACH)], NO_EXPORTER, unit="percentunit", min=0)),
             (8, 7, graph("File descriptors", "Share of those it may open.", [target("max by (instance) (%s / %s)" % (series("process_open_fds"), series("process_max_fds")), legend=EACH)], NO_EXPORTER,
                          unit="percentunit", min=0))]]


def front():
    return [[(12, 7, graph("Requests", "By handler and code.", [target(rate("batchslo_http_requests_total", "handler, code"), legend="{{handler}} {{code}}")], NO_EXPORTER, unit="reqps", min=0)),
             (12, 7, graph("Refused", "Connections and requests that no handler saw, by reason.", [target(rate("batchslo_http_refused_total", "reason"), legend="{{reason}}")], NO_EXPORTER, unit="reqps", min=0))],
            [(12, 7, graph("Heartbeats", "By result. Unavailable: the ledger did not take them; senders come again.", [target(rate("batchslo_heartbeats_total", "result"), legend="{{result}}")], NO_EXPORTER,
                           unit="reqps", min=0, overrides=[coloured("stored", "green"), coloured("refused", "orange"), coloured("unavailable", "red")])),
             (12, 7, graph("Connections", "That are open.", [target(gauge("batchslo_http_connections"), legend=EACH)], NO_EXPORTER, min=0, decimals=0))]]


def kubernetes():
    none = "No exporter watches a cluster"

    def results(metric, label, what=""):
        return target(rate(metric, "source, " + label), legend="{{source}}%s: {{%s}}" % (what, label))
    doubts = [target("max by (source) (%s)" % series(metric), legend="{{source}}: " + text) for metric, text in
              (("batchslo_kubernetes_schedules_invalid", "schedules that can't be read, or never come"), ("batchslo_kubernetes_zone_doubts", "zones in doubt"))]
    return [[(12, 7, graph("Lists and watches", "Of the API server, by result.", [results("batchslo_kubernetes_list_total", "result", " lists"), results("batchslo_kubernetes_watch_total", "result", " watches")], none, unit="ops", min=0)),
             (12, 7, graph("Lists asked again", "By reason.", [results("batchslo_kubernetes_relist_total", "reason")], none + ", or no list was asked again", unit="ops", min=0))],
            [(8, 7, graph("Followed", "CronJobs and Jobs.", [target("max by (source) (%s)" % series("batchslo_kubernetes_objects"), legend="{{source}}")], none, min=0, decimals=0)),
             (8, 7, graph("Doubts", "What nobody can judge rightly until it is mended.", doubts, none, min=0, decimals=0)),
             (8, 7, graph("Drift", "Differences that a relist found to what the watch had told; should stay 0.",
                          [target("sum by (source) (increase(%s[$__rate_interval]))" % series("batchslo_kubernetes_watch_drift_total"), legend="{{source}}")], none, min=0, decimals=0))]]


def bigquery():
    none = "No exporter asks BigQuery"
    return [[(12, 7, graph("Queries", "By result: billed, cached (free), refused (too large, and so not run).", [target(rate("batchslo_bigquery_queries_total", "source, result"), legend="{{source}}: {{result}}")],
                           none, unit="ops", min=0)),
             (12, 7, graph("Billed", "What its queries read and were billed for.", [target("sum by (source) (increase(%s[$__rate_interval]))" % series("batchslo_bigquery_billed_bytes_total"), legend="{{source}}")],
                           none, unit="bytes", min=0))]]


def make():
    rows = [("Now", False, [now(), [(24, 5, replicas())]]), ("Sources", False, sources()), ("Registries", True, registries()), ("Judging, ledger and process", False, self_()), ("Front", False, front()),
            ("Kubernetes", True, kubernetes()), ("BigQuery", True, bigquery())]
    return board("batchslo-exporter", "Batch SLOs / Exporter", "Whether the exporter itself, its sources, its ledger and its front are well.", [DATASOURCE, JOB], rows)
