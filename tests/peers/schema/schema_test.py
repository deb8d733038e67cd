#!/usr/bin/env python3
"""config/schema.json, read by a real validator, agrees with the parser: over the corpus (tests/testdata/config), the
samples (config/) and the cases that are made from the tables of keys (config_cases).

What the parser accepts the schema accepts, so what the schema refuses the parser refuses. What only the parser can see
is listed below by name.
"""
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
JSONSCHEMA, PYYAML = "4.26.0", "6.0.3"
VENV = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "batchslo-peers" / ("jsonschema-%s-pyyaml-%s" % (JSONSCHEMA, PYYAML))


def python_with_validator():
    """The Python of a virtual environment that has the validator; made once. None: it can't be had."""
    python = VENV / "bin" / "python3"
    done = VENV / "done"
    if not done.exists():
        for command in ([sys.executable, "-m", "venv", "--clear", VENV],
                        [python, "-m", "pip", "install", "--quiet", "jsonschema==" + JSONSCHEMA, "PyYAML==" + PYYAML]):
            if subprocess.run(command, stdout=sys.stderr).returncode != 0:
                return None
        done.touch()
    return python


if __name__ == "__main__" and Path(sys.prefix).resolve() != VENV.resolve():
    found = python_with_validator()
    if not found:
        print("SKIP jsonschema: %s can't be installed into %s" % (JSONSCHEMA, VENV))
        sys.exit(0)
    os.execv(found, [str(found), *sys.argv])

import jsonschema  # noqa: E402
import yaml  # noqa: E402

sys.path.insert(0, str(ROOT / "tests" / "peers" / "common"))
from peer import BINARY, main  # noqa: E402

CASES = Path(os.environ.get("BATCHSLO_CONFIG_CASES") or Path(BINARY).with_name("config_cases"))


class Core(yaml.SafeLoader):
    """YAML 1.2 as editors read it (the core schema); names of keys are texts."""
    yaml_implicit_resolvers = {}

    def number(self, node):
        return int(node.value, 0) if node.value.startswith(("0x", "0o")) else int(node.value)

    def mapping(self, node):
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


for tag, pattern, first in (("bool", "true|True|TRUE|false|False|FALSE", "tTfF"), ("null", "~|null|Null|NULL|", ["~", "n", "N", ""]),
                            ("int", "[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
                            ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+.0123456789")):
    Core.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile("^(?:%s)$" % pattern), list(first))
Core.add_constructor("tag:yaml.org,2002:int", Core.number)
Core.add_constructor("tag:yaml.org,2002:map", Core.mapping)

VALIDATOR = jsonschema.Draft7Validator(json.loads((ROOT / "config" / "schema.json").read_text()))


def schema_refuses(path):
    try:
        return not VALIDATOR.is_valid(yaml.load(path.read_bytes(), Core))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, TypeError):  # the latter: a list or a map is a key
        return True  # no editor reads it


def parser_refuses(paths):
    """Which of the files the parser refuses."""
    done = subprocess.run([BINARY, "check", "config", "--output", "json", *map(str, paths)], capture_output=True, text=True, timeout=300)
    faults = json.loads(done.stdout)["faults"]
    return {Path(fault["file"]) for fault in faults if fault["level"] == "error"}


# ---- what only the parser can see: a file or a case by name, and why ----

WRITTEN = "a schema sees values, not how they are written"
ELSEWHERE = "it depends on another place of the file"
CRON = "a schema knows no deadlines and crons"
ZONE = "a schema knows no time zones"
KIND = "what only the source itself knows of its texts"
SIZE = "a length is a text: a schema does not count it"
FILE = "a schema reads no other file"
DAYS = "a schema knows no calendar"
ONLY_THE_PARSER = {
    "invalid-(alias|anchor|tag|duplicate-key|duplicate-job|octal|escaped-control-character).yml": WRITTEN,
    "invalid-(anchor-on-a-key|carriage-returns-alone|duplicate-by-quotes|duplicate-source|duplicate-top-block|hex-number|null-key|utf-16).yml": WRITTEN,
    ".* (count_manual|count_backfill|metadata_only) wrong-type 5": WRITTEN,  # True
    "every_run tolerate wrong-type [456]": WRITTEN,  # 012, 0x1, 1e0
    "invalid-(end-of-day|never-comes|no-day|no-time-of-day|schedule-at-reboot|six-fields|since-of-many-deadlines|since-of-nothing).yml": CRON,
    "invalid-(cron-(?!without-quotes).*|(date|instant)-for-deadline|every-as-deadline|leap-day-of-a-month|sexagesimal|twelve-hour-clock|typographic-quotes|unknown-macro).yml": CRON,
    "(job|objective) (by|since) wrong-value [23]": CRON,
    "maintenance cron wrong-value [23]": CRON,
    "invalid-(zone-.*|defaults-of-another-zone).yml": ZONE,
    ".* (controller_)?timezone wrong-value [12]": ZONE,
    "invalid-(mysql-sslmode|secret-in-the-url|query-of-nothing|no-cronjob).yml": KIND,
    "invalid-(output-with-table-and-query|output-without-table|selector-without-namespace).yml": KIND,
    "invalid-(bigquery-(endpoint-in-clear|injection)|cronjob-(of-three-parts|with-capitals|with-dotted-namespace)|query-of-two-statements|selector-that-is-none|sqlite-in-memory).yml": KIND,
    "invalid-(files-(day-without-year|marker-with-slash|not-null|pattern-.*|without-path)|url-(?!of-a-script|of-data).*).yml": KIND,
    "(kubernetes label_selector|kubernetes-runs cronjob|sql url|sql-output query|bigquery-output (table|query)) wrong-value [23]": KIND,
    "invalid-partition-of-a-.*.yml": KIND,
    "invalid-partition-far-behind.yml": SIZE,
    "invalid-redact.yml": "a schema has no RE2",
    "invalid-calendar-file-.*.yml": FILE,
    "invalid-calendar-(no-such-day|hours-(backwards|overlapping)|excuses-all|maintenance-(backwards|mixed-offsets|never-comes)|weekday-of-no-week).yml": DAYS,
    ".* (retention|poll_interval|staleness|timeout|within|start_by|max_runtime|max_suspend|finish_within|for) wrong-value 4": SIZE,
    ".* grace wrong-value 1": SIZE,
    "invalid-(duration-of-ages|duration-that-overflows|rows-of-a-huge-bound).yml": SIZE,
    "invalid-(no-such-source|source-without-outputs|source-without-runs|two-clusters-without-prefix).yml": ELSEWHERE,
    ".*-output .* missing 1": ELSEWHERE,  # which kind its source is
    "invalid-(object-of-a-discovered-name|two-jobs-of-one-object|objective-of-a-taken-name).yml": ELSEWHERE,
    "invalid-(job-without-proof|needs-.*|success-without-outputs).yml": ELSEWHERE,
    "invalid-calendar-(unknown|that-is-wrong-is-known).yml": ELSEWHERE,
    "invalid-(window|monthly-window)-beyond-retention.yml": ELSEWHERE,
}


def why_unseen(name):
    return next((why for pattern, why in ONLY_THE_PARSER.items() if re.fullmatch(pattern, name)), None)


class Agreement(unittest.TestCase):
    def compare(self, names):
        """`names`: a file -> what it is called in the list."""
        refused = parser_refuses(names)
        for path, name in names.items():
            with self.subTest(name):
                schema, parser = schema_refuses(path), path in refused
                if schema and not parser:
                    self.fail("the schema refuses what the parser accepts:\n" + path.read_text())
                unseen = why_unseen(name)
                self.assertEqual(parser and not schema, unseen is not None,
                                 ("the schema sees it: take it off the list" if unseen else "the schema does not see it") + "\n" + path.read_text(errors="replace"))
        return refused

    def test_the_schema_is_one(self):
        jsonschema.Draft7Validator.check_schema(VALIDATOR.schema)

    def test_they_agree_on_the_corpus(self):
        files = {path: path.name for path in sorted((ROOT / "tests" / "testdata" / "config").glob("*.yml"))}
        refused = self.compare(files)
        self.assertEqual({path.name for path in refused}, {name for name in files.values() if name.startswith("invalid-")})

    def test_they_agree_on_the_samples(self):
        files = [ROOT / "config" / "batchslo.yml", *sorted((ROOT / "config" / "examples").glob("*.yml"))]
        self.assertEqual(self.compare({path: path.name for path in files}), set())

    def test_they_agree_on_each_case_of_each_key(self):
        with tempfile.TemporaryDirectory(prefix="batchslo-cases-") as folder:
            names = subprocess.run([CASES, folder], check=True, capture_output=True, text=True).stdout.splitlines()
            files = dict(zip(sorted(Path(folder).iterdir()), names))
            self.assertGreater(len(files), 700)
            self.compare(files)

    def test_each_line_of_the_list_is_of_use(self):
        with tempfile.TemporaryDirectory(prefix="batchslo-cases-") as folder:
            names = subprocess.run([CASES, folder], check=True, capture_output=True, text=True).stdout.splitlines()
        names += [path.name for path in (ROOT / "tests" / "testdata" / "config").glob("*.yml")]
        for pattern in ONLY_THE_PARSER:
            self.assertTrue(any(re.fullmatch(pattern, name) for name in names), pattern)


if __name__ == "__main__":
    main("jsonschema", importlib.metadata.version("jsonschema"))
