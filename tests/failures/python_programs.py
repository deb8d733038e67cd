"""Programs in Python that fail: name -> source, or files of a package with main.py."""
PROGRAMS = {
    "value_error": """
def load(path):
    rows = []
    if not rows:
        raise ValueError(f"no rows in '{path}' for 2026-03-01")

def main():
    load("items.csv")

main()
""",
    "key_error": """
config = {"team": "data"}
def consumer():
    return config["consumer"]
print("starting", flush=True)
consumer()
""",
    "chained_during": """
def parse(text):
    try:
        return int(text)
    except ValueError:
        return {}["fallback"]
parse("abc")
""",
    "chained_cause": """
class ImportFailed(Exception):
    pass

def fetch():
    raise ConnectionRefusedError(111, "Connection refused")

def run():
    try:
        fetch()
    except OSError as error:
        raise ImportFailed("import of ads stopped after 3 tries") from error
run()
""",
    "chained_three": """
def a():
    raise KeyError("x")
def b():
    try:
        a()
    except KeyError as error:
        raise ValueError("bad x") from error
def c():
    try:
        b()
    except ValueError:
        raise RuntimeError("step 3 failed")
c()
""",
    "group": """
def one():
    raise ValueError("no rows in part 1")
def two():
    raise OSError(28, "No space left on device")
def main():
    errors = []
    for part in (one, two):
        try:
            part()
        except Exception as error:
            errors.append(error)
    raise ExceptionGroup("2 of 9 parts failed", errors)
main()
""",
    "group_nested": """
def leaf(number):
    try:
        raise TypeError(f"leaf {number}")
    except TypeError as error:
        return error
raise ExceptionGroup("outer", [ExceptionGroup("inner", [leaf(1), leaf(2)]), ValueError("beside")])
""",
    "task_group": """
import asyncio
async def export(shard):
    await asyncio.sleep(0)
    if shard == 2:
        raise RuntimeError(f"shard {shard} is locked")
async def main():
    async with asyncio.TaskGroup() as group:
        for shard in range(4):
            group.create_task(export(shard))
asyncio.run(main())
""",
    "syntax_error": """
def main(:
    pass
""",
    "indentation_error": """
def main():
pass
""",
    "syntax_error_imported": {"main.py": "import steps\n", "steps.py": "total = (1 +\n"},
    "import_error": "import pandas_of_nobody as pd\n",
    "name_error": "def main():\n    prnt('hello')\nmain()\n",
    "recursion": "def down(n):\n    return down(n + 1)\ndown(0)\n",
    "assertion": "rows, expected = 3, 5\nassert rows == expected, f'{rows} rows, expected {expected}'\n",
    "assertion_bare": "assert 1 == 2\n",
    "custom_without_text": "class Stale(Exception):\n    pass\ndef check():\n    raise Stale\ncheck()\n",
    "several_lines": "def main():\n    raise ValueError('first line\\n  second line\\nthird: line')\nmain()\n",
    "in_library": "import json\ndef read():\n    return json.loads('{\"rows\": ')\nread()\n",
    "in_thread": "import threading\ndef work():\n    raise RuntimeError('worker 7 died')\nt = threading.Thread(target=work)\nt.start()\nt.join()\nraise SystemExit(1)\n",
    "subprocess": "import subprocess\nsubprocess.run(['sh', '-c', 'exit 3'], check=True)\n",
    "keyboard_interrupt": "def wait():\n    raise KeyboardInterrupt\nwait()\n",
    "system_exit": "import sys\nprint('3 of 10 partitions were written')\nsys.exit('partition 4: quota exceeded')\n",
    "logged_exception": """
import logging, sys
logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
def load():
    raise TimeoutError("the warehouse did not answer in 30 s")
try:
    load()
except TimeoutError:
    logging.getLogger("etl").exception("load failed")
    sys.exit(1)
""",
    "logged_json": """
import json, logging, sys
class Json(logging.Formatter):
    def format(self, record):
        out = {"severity": record.levelname, "message": record.getMessage(), "logger": record.name}
        if record.exc_info:
            out["exc_info"] = self.formatException(record.exc_info)
        return json.dumps(out)
handler = logging.StreamHandler()
handler.setFormatter(Json())
logging.basicConfig(handlers=[handler], level="INFO")
logging.info("read 100 rows")
def write():
    raise PermissionError(13, "Permission denied", "/mnt/out/items.csv")
try:
    write()
except PermissionError:
    logging.exception("write failed")
    sys.exit(1)
""",
    "interleaved": """
import logging, sys, traceback
logging.basicConfig(stream=sys.stderr, format="%(levelname)s:%(name)s:%(message)s", level="INFO")
def load():
    raise ValueError("no rows")
try:
    load()
except ValueError:
    for number, line in enumerate(traceback.format_exc().splitlines()):
        print(line, file=sys.stderr)
        logging.info("heartbeat %d of the other thread", number)
    sys.exit(1)
""",
    "handled_before": """
import sys, traceback
def first():
    raise OSError("cache is cold")
def second():
    raise LookupError("no model for 'ads'")
try:
    first()
except OSError:
    traceback.print_exc()
print("going on without the cache", file=sys.stderr)
second()
""",
    "unicode": "raise ValueError('取引 12345 が見つかりません: “x”')\n",
    "secret_in_url": "def connect(url):\n    raise ConnectionError(f'could not reach {url}')\nconnect('postgresql://slo:" + "hunter2-planted" + "@db.internal:5432/prod')\n",
}
