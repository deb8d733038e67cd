"""Checks requests and answers by Google's own description of an API: what is not in it is a fault."""
import json
import re
import urllib.parse

from packages import description

NUMBERS = {"int32", "uint32", "int64", "uint64", "double", "float"}


class Api:
    def __init__(self, name):
        self.document = json.loads(description(name).read_text())
        self.methods = list(self._methods(self.document))
        self.revision = self.document["revision"]

    def _methods(self, resource):
        yield from resource.get("methods", {}).values()
        for inner in resource.get("resources", {}).values():
            yield from self._methods(inner)

    def find(self, verb, path):
        """(method, {parameter of its path: value}), or None."""
        base = re.escape("/" + self.document["servicePath"])
        for method in self.methods:
            names = re.findall(r"\{\+?(\w+)\}", method["path"])
            template = re.escape(method.get("flatPath", method["path"]))
            match = re.fullmatch(base + re.sub(r"\\\{[^}]*\}", "([^/]+)", template), path)
            if verb == method["httpMethod"] and match:
                values = match.groups() if len(names) == len(match.groups()) else ["/".join(match.groups())] * len(names)
                return method, dict(zip(names, map(urllib.parse.unquote, values)))
        return None

    def faults_of_request(self, method, in_path, query, body):
        known = {**self.document.get("parameters", {}), **method.get("parameters", {})}
        faults = []
        for key, value in query:
            spec = known.get(key)
            faults += ["?%s: unknown" % key] if not spec or spec.get("location") == "path" else self._scalar("?" + key, spec, value, is_text=True)
        given = {*in_path, *(key for key, _ in query)}
        faults += ["?%s: missing" % key for key, spec in method.get("parameters", {}).items() if spec.get("required") and key not in given]
        if body is None:
            return faults
        return faults + (self.faults("body", method["request"], body) if "request" in method else ["a body"])

    def faults_of_answer(self, method, body):
        return self.faults("answer", method["response"], body)

    def faults(self, where, spec, value):
        spec = self.document["schemas"][spec["$ref"]] if "$ref" in spec else spec
        kind = spec.get("type")
        if kind == "any":
            return []
        if kind == "array":
            return sum((self.faults("%s[%d]" % (where, i), spec["items"], one) for i, one in enumerate(value)), []) if isinstance(value, list) else [where + ": no array"]
        if kind != "object":
            return self._scalar(where, spec, value)
        if not isinstance(value, dict):
            return [where + ": no object"]
        faults = []
        for key, inner in value.items():
            inner_spec = spec.get("properties", {}).get(key) or spec.get("additionalProperties")
            faults += self.faults(where + "." + key, inner_spec, inner) if inner_spec else ["%s.%s: unknown" % (where, key)]
        return faults

    def _scalar(self, where, spec, value, is_text=False):
        kind = spec.get("type", "string")
        if is_text and kind in ("integer", "number", "boolean"):
            good = value in ("true", "false") if kind == "boolean" else re.fullmatch(r"-?\d+", value)
        else:
            types = {"string": str, "boolean": bool, "integer": int, "number": (int, float)}
            good = isinstance(value, types[kind]) and (kind == "boolean" or not isinstance(value, bool))
        if good and spec.get("format") in NUMBERS:
            good = re.fullmatch(r"-?\d+(\.\d+)?", str(value))
        if good and "enum" in spec:
            good = value in spec["enum"]
        return [] if good else ["%s: %r is not %s %s" % (where, value, kind, spec.get("format", ""))]
