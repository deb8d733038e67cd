"""Writes a unit test of rules for promtool: the first days of many healthy jobs that nobody wrote an objective for, and what
an outage of our own makes of them. Too long to be read, so it is made when it is run.

What a healthy derived `every_run` looks like on the page: due at the next tick, met from its first success on, never missed.
"""
RULES = ("recording.yml", "jobs.yml", "exporter.yml")
SERIES = ('{series: \'%s{job="slo",instance="%s",job_name="job-%d"%s}\', values: "%s"}')
OBJECTIVE = ',objective="every_run"'


def runtimes(count):
    """From 10 s to 20 h, as many short ones as long ones."""
    return [10 * (7200 ** (i / (count - 1))) for i in range(count)]


def runs(values):
    """[(value, count)] as promtool writes them; a value of None is an absent sample."""
    out, last, count = [], None, 0
    for value in [*values, "end"]:
        if value == last:
            count += 1
            continue
        if count:
            out.append("_x%d" % count if last is None else "%dx%d" % (last, count - 1))
        last, count = value, 1
    return " ".join(out)


class Job:
    def __init__(self, number, takes):
        self.number, self.takes = number, takes
        period = 60
        while period < takes * 1.2:
            period *= 2
        self.period, self.first = min(period, 86400), number * 37 % 3600

    def series(self, instance, times, keep):
        """`times`: of the scrapes; `keep`: whether one takes place."""
        def line(name, labels, value):
            return SERIES % (name, instance, self.number, labels, runs(value(t) if keep(t) else None for t in times))
        return [line("batchslo_job_slo_met", OBJECTIVE, lambda t: 1 if self.succeeded(t) else None),
                line("batchslo_job_slo_unknown", OBJECTIVE, lambda t: 0),
                line("batchslo_job_due_timestamp_seconds", OBJECTIVE, self.due),
                line("batchslo_job_last_success_timestamp_seconds", "", self.succeeded),
                line("batchslo_job_first_seen_timestamp_seconds", "", lambda t: 0),
                line("batchslo_job_consecutive_failures", "", lambda t: 0),
                line("batchslo_job_slo_info", OBJECTIVE + ',kind="every_run",severity="warning",objective_from="derived"', lambda t: 1),
                line("batchslo_job_info", ',team="team-%d"' % (self.number % 7), lambda t: 1),
                line("batchslo_job_source_info", ',source="gke",role="runs"', lambda t: 1)]

    def due(self, t):
        return self.first + ((t - self.first) // self.period + 1) * self.period

    def succeeded(self, t):
        ended = t - self.first - self.takes
        return int(self.first + ended // self.period * self.period + self.takes) if ended >= 0 else None


def healthy(rules, days, count, every):
    """Healthy days; half-way the exporter gets a new instance. Scraped and evaluated `every` so many seconds: less than the
    five minutes that Prometheus looks back."""
    times, half = range(0, days * 86400, every), days * 86400 // 2
    series = []
    for start in (0, half):
        instance = "10.0.0.%d" % (start // half)
        for number, takes in enumerate(runtimes(count)):
            series += Job(number, takes).series(instance, times, lambda t, start=start: start <= t < start + half)
        series += about_us(instance, times, lambda t, start=start: start <= t < start + half, up_while_away=None)
    return document(rules, "the first %d days of %d healthy jobs, and a restart" % (days, count), series,
                    [('count_over_time(ALERTS{alertstate="firing",severity!="none"}[%dd])' % days, times[-1], [])], every)


def about_us(instance, times, keep, up_while_away):
    def values(value, away):
        return runs(value if keep(t) else away for t in times)
    self_labels = '{job="slo",instance="%s"%s}'
    return ["{series: 'up%s', values: \"%s\"}" % (self_labels % (instance, ""), values(1, up_while_away)),
            "{series: 'batchslo_build_info%s', values: \"%s\"}" % (self_labels % (instance, ""), values(1, None)),
            "{series: 'batchslo_source_up%s', values: \"%s\"}" % (self_labels % (instance, ',source="gke"'), values(1, None))]


def outage(rules, count):
    """Twelve hours, of which the exporter is away for three, in which each job is due."""
    every, away = 240, range(4 * 3600, 7 * 3600)
    times = range(0, 12 * 3600, every)
    series = [line for number in range(count) for line in Job(number, 1800).series("a", times, lambda t: t not in away)]
    series += about_us("a", times, lambda t: t not in away, up_while_away=0)
    return document(rules, "our own outage of three hours, in which %d jobs are due" % count, series, [
        ('count(ALERTS{alertstate="firing",severity!="none"}) by (alertname, severity)', 6 * 3600, [('{alertname="BatchSLOExporterDown",severity="critical"}', 1)]),
        ('count(count_over_time(ALERTS{alertstate="firing",severity!="none"}[11h])) by (alertname)', 11 * 3600, [('{alertname="BatchSLOExporterDown"}', 1)])], every)


def document(rules, name, series, expectations, every):
    asked = "".join("      - {expr: '%s', eval_time: %ds, exp_samples: [%s]}\n"
                    % (expression, at, ", ".join("{labels: '%s', value: %d}" % sample for sample in samples)) for expression, at, samples in expectations)
    return ("rule_files: [%s]\nevaluation_interval: %ds\ntests:\n  - name: %s\n    interval: %ds\n    input_series:\n%s    promql_expr_test:\n%s"
            % (", ".join("%s/%s" % (rules, rule) for rule in RULES), every, name, every, "".join("      - %s\n" % line for line in series), asked))
