"""A board of Grafana's as one of Perses': the same queries, texts and colours in the panels that Perses has.

Times from now become durations, links and columns' filters are left out: Perses has no such units and fields.
"""
import re

from boards import filled, panels

COLOURS = {"red": "#c4162a", "orange": "#e0752d", "purple": "#8f3bb8", "blue": "#1f60c4", "light-blue": "#8ab8ff", "green": "#37872d", "text": "#333333"}
UNITS = {"none": {"unit": "decimal", "decimalPlaces": 0}, "short": {"unit": "decimal", "shortValues": True}, "s": {"unit": "seconds", "decimalPlaces": 1}, "bytes": {"unit": "bytes", "shortValues": True},
         "percentunit": {"unit": "percent-decimal", "decimalPlaces": 1}, "ops": {"unit": "ops/sec", "decimalPlaces": 2}, "reqps": {"unit": "requests/sec", "decimalPlaces": 2}, "dateTimeFromNow": {"unit": "seconds", "decimalPlaces": 1}}


def query(target, unit, apart, values):
    """`unit` dateTimeFromNow: milliseconds since 1970 become seconds to or from now. `apart` is added: see cells()."""
    expression = filled(target["expr"], **values)
    expression = "abs((%s) / 1000 - time())" % expression if unit == "dateTimeFromNow" else expression
    expression = "%d + (%s)" % (apart, expression) if apart else expression
    legend = re.sub(r"\{\{\s*(\w+)\s*\}\}", r"{{\1}}", target["legendFormat"].replace("__auto", ""))
    return {"kind": "TimeSeriesQuery", "spec": {"plugin": {"kind": "PrometheusTimeSeriesQuery", "spec": {"query": expression, **({"seriesNameFormat": legend} if legend else {})}}}}


def mappings(given):
    return [{"kind": "Value", "spec": {"value": value, "result": {"value": one["text"], "color": COLOURS[one["color"]]}}}
            for mapping in given if mapping["type"] == "value" for value, one in mapping["options"].items()]


def properties(panel):
    """{field: {property: value}} of a table's columns."""
    return {one["matcher"]["options"]: {p["id"]: p["value"] for p in one["properties"]} for one in panel["fieldConfig"]["overrides"]}


def apart(panel, field):
    """Perses gives a text to a value in whatever column it stands: each column with texts gets a range of its own."""
    texts = [name for name, one in properties(panel).items() if any(m["type"] == "value" for m in one.get("mappings", []))]
    return 100000 * (texts.index(field) + 1) if field in texts else 0


def cells(panel):
    found = []
    for name, field in properties(panel).items():
        for mapping in field.get("mappings", []) if apart(panel, name) else []:
            found += [{"condition": {"kind": "Value", "spec": {"value": str(apart(panel, name) + int(value))}}, "text": one["text"], "backgroundColor": COLOURS[one["color"]], "textColor": "#ffffff"}
                      for value, one in mapping["options"].items()]
    return found


def table(panel):
    columns = properties(panel)
    organize, = (one["options"] for one in panel["transformations"] if one["id"] == "organize")
    sort = next((one["options"]["sort"][0] for one in panel["transformations"] if one["id"] == "sortBy"), {})
    settings = []
    for name, field in columns.items():
        shown = spelled(panel, name)
        one = {"name": shown, "header": field["displayName"], "enableSorting": True}
        if field.get("unit"):
            one["format"] = UNITS[field["unit"]]
        if name == sort.get("field"):
            one["sort"] = "desc" if sort["desc"] else "asc"
        if field.get("custom.width"):
            one["width"] = field["custom.width"]
        settings.append(one)
    hidden = ["timestamp", *(spelled(panel, name) for name in organize["excludeByName"])]
    settings += [{"name": name, "hide": True} for name in hidden]
    return {"kind": "Table", "spec": {"density": "compact", "columnSettings": settings, "cellSettings": cells(panel), "transforms": joined(panel)}}


def joined(panel):
    """Rows of several queries become one by what names them."""
    if len(panel["targets"]) == 1:
        return []
    key = next(name for name in ("objective", "source", "instance", "job_name") if name in properties(panel))
    return [{"kind": "MergeSeries", "spec": {}}, {"kind": "JoinByColumnValue", "spec": {"columns": [key]}}]


def spelled(panel, field):
    """Grafana's "Value #B" is "value #2" to Perses, and "value" where there is one query."""
    if not field.startswith("Value"):
        return field
    return "value #%d" % (ord(field[-1]) - ord("A") + 1) if "#" in field else "value"


def plugin(panel):
    defaults = panel["fieldConfig"]["defaults"]
    form = UNITS[defaults["unit"]]
    if panel["type"] == "stat":
        steps = defaults["thresholds"]["steps"]
        shown = {"defaultColor": COLOURS[steps[0]["color"]], "steps": [{"value": s["value"], "color": COLOURS[s["color"]]} for s in steps[1:]]}
        return {"kind": "StatChart", "spec": {"calculation": "last-number", "format": form, "thresholds": shown, "mappings": mappings(defaults["mappings"]), "valueFontSize": 22}}
    if panel["type"] == "state-timeline":
        return {"kind": "StatusHistoryChart", "spec": {"mappings": mappings(defaults["mappings"])}}
    if panel["type"] == "table":
        return table(panel)
    custom = defaults["custom"]
    visual = {"display": "bar" if custom["drawStyle"] == "bars" else "line", "stack": "all" if custom["stacking"]["mode"] == "normal" else "none", "areaOpacity": custom["fillOpacity"] / 100}
    return {"kind": "TimeSeriesChart", "spec": {"legend": {"position": "bottom", "mode": "list"}, "yAxis": {"show": True, "format": form}, "visual": visual, "querySettings": colours(panel)}}


def colours(panel):
    by_name = {name: field["color"]["fixedColor"] for name, field in properties(panel).items()}
    return [{"queryIndex": i, "colorMode": "fixed", "colorValue": COLOURS[by_name[target["legendFormat"]]]} for i, target in enumerate(panel["targets"]) if target["legendFormat"] in by_name]


def column(panel, target):
    """The field of a table that this query fills."""
    return next((name for name in ("Value #" + target["refId"], "Value") if name in properties(panel)), None)


def unit(panel, target):
    return properties(panel).get(column(panel, target), {}).get("unit") or panel["fieldConfig"]["defaults"]["unit"]


def board(given, **values):
    """`values`: of variables."""
    drawn, layouts = {}, []
    for top in given["panels"]:
        if top["type"] == "row":
            layouts.append({"kind": "Grid", "spec": {"display": {"title": top["title"], "collapse": {"open": True}}, "items": [], "y": top["gridPos"]["y"] + 1}})
        for panel in [top] if top["type"] != "row" else top["panels"]:
            key, at, spec = "p%d" % panel["id"], panel["gridPos"], layouts[-1]["spec"]
            spec["items"].append({"x": at["x"], "y": at["y"] - spec["y"], "width": at["w"], "height": at["h"], "content": {"$ref": "#/spec/panels/" + key}})
            queries = [query(target, unit(panel, target), apart(panel, column(panel, target)), values) for target in panel["targets"]]
            drawn[key] = {"kind": "Panel", "spec": {"display": {"name": panel["title"], "description": panel["description"]}, "plugin": plugin(panel), "queries": queries}}
    for layout in layouts:
        del layout["spec"]["y"]
    assert len(drawn) == len(list(panels(given)))
    return {"kind": "Dashboard", "metadata": {"name": given["uid"], "project": "batchslo", "version": 0}, "spec": {"display": {"name": given["title"]}, "duration": "6h", "variables": [], "panels": drawn, "layouts": layouts}}
