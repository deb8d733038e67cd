"""What the boards are made of: queries, panels and the frame around them, in Grafana's classic JSON."""

# A scrape's own labels. Replicas and new pods tell of the same job: without these their series are one.
IDENTITY = "instance, pod, endpoint, container"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
HOME = "batchslo_exporter"

# Worst first, as the status page sorts them; the number is what the queries give.
STATES = [("missed", 6, "red"), ("unknown", 5, "orange"), ("gone", 4, "purple"), ("paused", 3, "blue"), ("pending", 2, "light-blue"), ("met", 1, "green")]


# ---- queries ----

def series(metric, **labels):
    """A selector. A label's value may begin with its operator: "=~$team"."""
    parts = ['job=~"$job"'] + ['%s=~"%s"' % (n, v[2:]) if v.startswith("=~") else '%s="%s"' % (n, v) for n, v in labels.items()]
    return "%s{%s}" % (metric, ", ".join(parts))


def one(expression, drop="", by="max"):
    """One series for all replicas, and without the labels `drop`."""
    return "%s without (%s) (%s)" % (by, ", ".join([IDENTITY, drop] if drop else [IDENTITY]), expression)


def states(**labels):
    """The state of each job as its number; the worst, while replicas differ."""
    return one(" or ".join("%d * %s" % (number, series("batchslo_job_state", state=name, **labels)) for name, number, _ in STATES), drop="state")


def target(expression, legend="", table=False, instant=False):
    one_time = table or instant
    return {"datasource": SOURCE, "editorMode": "code", "expr": expression, "format": "table" if table else "time_series", "instant": one_time, "range": not one_time,
            "legendFormat": legend or "__auto"}


# ---- how values look ----

def mapping(*rows):
    """Rows of (value, text, colour)."""
    return [{"type": "value", "options": {str(value): {"index": i, "text": text, "color": colour} for i, (value, text, colour) in enumerate(rows)}}]


STATE = mapping(*[(number, name, colour) for name, number, colour in STATES])
VERDICT = mapping((6, "missed", "red"), (5, "unknown", "orange"), (1, "met", "green"), (0, "pending or paused", "light-blue"))
UP = mapping((0, "down", "red"), (1, "up", "green"))
COMPLETE = mapping((0, "partly dark", "orange"), (1, "complete", "green"))
PASSED = mapping((0, "fails", "red"), (1, "passes", "green"))
TAKEN = mapping((0, "refused, the one before is in force", "red"), (1, "in force", "green"))
YES = mapping((1, "unproven", "orange"))
LINK = [{"type": "regex", "options": {"pattern": "^https?://.+$", "result": {"index": 0, "text": "open"}}}]


def steps(*rows):
    """Thresholds: rows of (colour, from); the first holds from below."""
    return {"mode": "absolute", "steps": [{"color": colour, "value": value} for colour, value in rows]}


PLAIN = steps(("text", None))
NONE_IS_GOOD = steps(("green", None), ("red", 1))
NONE_IS_FINE = steps(("green", None), ("orange", 1))


def column(name, title, unit=None, mappings=None, colour=None, link=None, width=None):
    """How a table shows a field. `colour`: "text" or "background". `link`: (title, address)."""
    properties = [{"id": "displayName", "value": title}]
    if unit:
        properties.append({"id": "unit", "value": unit})
    if mappings:
        properties.append({"id": "mappings", "value": mappings})
    if colour:
        properties.append({"id": "custom.cellOptions", "value": {"type": "color-" + colour}})
    if link:
        properties.append({"id": "links", "value": [{"title": link[0], "url": link[1], "targetBlank": link[1].startswith("$")}]})
    if width:
        properties.append({"id": "custom.width", "value": width})
    return {"matcher": {"id": "byName", "options": name}, "properties": properties}


TO_JOB = ("How it went", "/d/batchslo-job?${datasource:queryparam}&${job:queryparam}&${exporter:queryparam}&var-job_name=${__data.fields.job_name:percentencode}&${__url_time_range}")
TO_PAGE = ("The exporter's page of it", "${exporter}/jobs/${__data.fields.job_name:percentencode}")
TO_ADDRESS = ("Open", "${__value.raw}")
# Where several exporters are scraped, or Prometheus adds labels of its own, these say nothing to a reader.
HIDDEN = ["Time", "job", "namespace", "service"]


# ---- panels ----

def panel(kind, title, description, targets, empty, **more):
    """`empty`: what is said instead of "No data". `more`: unit, mappings, thresholds, color, custom, overrides, links, options, transformations."""
    defaults = {"color": {"mode": more.get("color", "thresholds")}, "custom": more.get("custom", {}), "links": more.get("links", []), "mappings": more.get("mappings", []),
                "noValue": empty, "thresholds": more.get("thresholds", PLAIN), "unit": more.get("unit", "none")}
    defaults.update({key: more[key] for key in ("decimals", "min", "max") if key in more})
    return {"type": kind, "title": title, "description": description, "datasource": SOURCE, "targets": [dict(one_, refId="ABCDEFGHIJ"[i]) for i, one_ in enumerate(targets)],
            "fieldConfig": {"defaults": defaults, "overrides": more.get("overrides", [])}, "options": more.get("options", {}), "transformations": more.get("transformations", [])}


def stat(title, description, expression, empty, text="auto", **more):
    options = {"colorMode": "background_solid" if more.get("thresholds") or more.get("mappings") else "none", "graphMode": "none", "justifyMode": "auto", "orientation": "auto",
               "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "textMode": text, "wideLayout": True}
    return panel("stat", title, description, [target(expression, legend=more.pop("legend", title), instant=True)], empty, options=options, **more)


def table(title, description, targets, columns, empty, sort=None, hide=(), **more):
    """`columns` in their order; `hide`: fields besides HIDDEN. `sort`: (field, descending)."""
    order = {one_["matcher"]["options"]: i for i, one_ in enumerate(columns)}
    steps_ = [{"id": "merge", "options": {}}] if len(targets) > 1 else []
    steps_.append({"id": "organize", "options": {"excludeByName": {name: True for name in [*HIDDEN, *hide]}, "indexByName": order, "renameByName": {}}})
    if sort:
        steps_.append({"id": "sortBy", "options": {"sort": [{"field": sort[0], "desc": sort[1]}]}})
    options = {"cellHeight": "sm", "footer": {"show": False}, "showHeader": True}
    return panel("table", title, description, targets, empty, overrides=columns, options=options, transformations=steps_, custom={"align": "auto", "filterable": True}, **more)


def timeline(title, description, targets, mappings, empty, per_page=20, **more):
    options = {"alignValue": "left", "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True}, "mergeValues": True, "perPage": per_page, "rowHeight": 0.9,
               "showValue": "auto", "tooltip": {"mode": "single", "sort": "none"}}
    return panel("state-timeline", title, description, targets, empty, mappings=mappings, options=options, custom={"fillOpacity": 80, "lineWidth": 0}, **more)


def graph(title, description, targets, empty, unit="none", style="line", stack=False, legend="list", **more):
    custom = {"drawStyle": style, "fillOpacity": 60 if stack or style == "bars" else 5, "lineWidth": 1, "pointSize": 5, "showPoints": "always" if style == "points" else "never",
              "spanNulls": False, "stacking": {"group": "A", "mode": "normal" if stack else "none"}}
    options = {"legend": {"calcs": ["lastNotNull"] if legend == "table" else [], "displayMode": legend, "placement": "bottom", "showLegend": True}, "tooltip": {"mode": "multi", "sort": "desc"}}
    return panel("timeseries", title, description, targets, empty, unit=unit, color=more.pop("color", "palette-classic"), custom=custom, options=options, **more)


def coloured(name, colour):
    """The series of that name has that colour."""
    return {"matcher": {"id": "byName", "options": name}, "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}]}


# ---- the frame ----

def query_variable(name, label, query, description, **more):
    return {"type": "query", "name": name, "label": label, "description": description, "datasource": SOURCE, "definition": query,
            "query": {"qryType": 1, "query": query, "refId": "variable"}, "refresh": 2, "sort": 1, "regex": "", "hide": 0, **more}


MANY = {"multi": True, "includeAll": True, "allValue": ".*", "current": {"selected": True, "text": ["All"], "value": ["$__all"]}}
DATASOURCE = {"type": "datasource", "name": "datasource", "label": "Data source", "query": "prometheus", "regex": "", "refresh": 1, "hide": 0, "multi": False, "includeAll": False,
              "current": {}}
JOB = query_variable("job", "Scrape job", "label_values(batchslo_build_info, job)", "As which job Prometheus scrapes the exporters.", **MANY)
EXPORTER = {"type": "textbox", "name": "exporter", "label": "Exporter's address", "description": "Where a browser reaches the exporter's own page: the links lead there.",
            "query": "http://127.0.0.1:10510", "current": {"text": "http://127.0.0.1:10510", "value": "http://127.0.0.1:10510"}, "hide": 0}


def custom_variable(name, label, values, description):
    options = [{"text": value, "value": value, "selected": False} for value in values]
    return {"type": "custom", "name": name, "label": label, "description": description, "query": ",".join(values), "options": options, "hide": 0, **MANY}


def flips(**labels):
    """Marks when jobs became missed, and when they were met again; neither while replicas differ."""
    def mark(name, colour, expression, title):
        return {"name": name, "datasource": SOURCE, "enable": True, "hide": False, "iconColor": colour, "expr": expression, "step": "1m", "titleFormat": title, "textFormat": "", "tagKeys": ""}
    missed, met = (series("batchslo_job_state", state=state, **labels) for state in ("missed", "met"))
    before = missed + " offset $__interval"
    return [mark("Missed", "red", "%s unless on (job, job_name) %s" % (one(missed, drop="state"), before), "{{job_name}} is missed"),
            mark("Met again", "green", "%s unless on (job, job_name) %s and on (job, job_name) %s" % (one(met, drop="state"), missed, before), "{{job_name}} is met again")]


def board(uid, title, description, variables, rows, annotations=()):
    """`rows`: (title, collapsed, lines); a line is a list of (width, height, panel)."""
    panels, y, number = [], 0, 0
    for name, collapsed, lines in rows:
        inside = []
        number += 1
        row = {"id": number, "type": "row", "title": name, "collapsed": collapsed, "gridPos": {"h": 1, "w": 24, "x": 0, "y": y}, "panels": inside if collapsed else []}
        y += 1
        for line in lines:
            x = 0
            for width, height, one_ in line:
                number += 1
                inside.append({"id": number, **one_, "gridPos": {"h": height, "w": width, "x": x, "y": y}})
                x += width
            y += line[0][1]
        panels += [row] if collapsed else [row, *inside]
    builtin = {"builtIn": 1, "datasource": {"type": "grafana", "uid": "-- Grafana --"}, "enable": True, "hide": True, "iconColor": "rgba(0, 211, 255, 1)", "name": "Annotations & Alerts", "type": "dashboard"}
    links = [{"type": "dashboards", "title": "Boards of batchslo", "tags": [HOME], "asDropdown": False, "includeVars": True, "keepTime": True, "targetBlank": False, "icon": "external link"}]
    return {"uid": uid, "title": title, "description": description, "tags": [HOME], "schemaVersion": 42, "version": 1, "editable": True, "graphTooltip": 1, "refresh": "1m",
            "time": {"from": "now-24h", "to": "now"}, "timezone": "browser", "weekStart": "", "fiscalYearStartMonth": 0, "liveNow": False, "links": links,
            "annotations": {"list": [builtin, *annotations]}, "templating": {"list": variables}, "timepicker": {}, "panels": panels}
