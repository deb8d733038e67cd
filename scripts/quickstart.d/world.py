"""The folder that the quickstart lives in: a shop with four jobs, of which three have a fault."""
import json
import secrets
import shlex
import shutil
import time
from urllib.parse import quote

import jobs.table as table

MARK = ".batchslo-quickstart"  # only a folder with this in it is wiped
STATES = {"shop/orders": "met", "shop/prices": "missed", "shop/forecast": "missed", "shop/revenue": "unknown"}
WHY = {"shop/orders": "its table moves every few seconds",
       "shop/prices": "its runs end well, but its table is late: nothing was delivered to it",
       "shop/forecast": "its runs fail, with a Python traceback",
       "shop/revenue": "its source is down: nobody can tell, so it is not called missed"}
BROKEN_MODEL = {"orders": {"growth": 3, "weeks": 0}}
REPAIRED_MODEL = {"orders": {"growth": 3, "weeks": 4}}

CONFIG = """\
# One job's success is what its consumer sees: the table. Its runs are shown, and tell why.
sources:
  push: {{heartbeat: {{token: {{file: {token}}}}}}}
  shop: {{sql: {{url: {shop}, updated_at: loaded_at}}, poll_interval: 3s}}
  warehouse: {{sql: {{url: {warehouse}, updated_at: loaded_at}}, poll_interval: 3s}}
jobs:
  shop/orders: {{runs: {{source: push}}, output: shop/orders, success: outputs, within: 30s, team: sales}}
  shop/prices: {{runs: {{source: push}}, output: shop/prices, success: outputs, within: 30s, team: sales, consumer: the web shop}}
  shop/forecast: {{runs: {{source: push}}, output: shop/forecast, success: outputs, within: 30s, team: planning}}
  shop/revenue: {{runs: {{source: push}}, output: warehouse/revenue, success: outputs, within: 30s, team: finance}}
"""


def make(folder):
    """Begins afresh in `folder`."""
    if (folder / MARK).exists():
        shutil.rmtree(folder)
    for name in ("", "inbox", "disk", "spool"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()
    (folder / "token").touch(0o600)
    (folder / "token").write_text(secrets.token_hex(16))
    (folder / "model.json").write_text(json.dumps(BROKEN_MODEL) + "\n")
    for name, age in (("orders", 0), ("prices", 86400), ("forecast", 86400)):
        table.append(folder / "shop.db", name, [(int(time.time()) - age, 41)])
    write_config(folder)


def write_config(folder):
    def url(path):
        return json.dumps("sqlite://" + quote(str(path)))
    (folder / "config.yml").write_text(CONFIG.format(token=json.dumps(str(folder / "token")), shop=url(folder / "shop.db"),
                                                     warehouse=url(folder / "warehouse" / "warehouse.db")))


def is_foreign(folder):
    return folder.exists() and not (folder / MARK).exists() and (not folder.is_dir() or any(folder.iterdir()))


def hints(folder, binaries, url):
    """What to try: [(what for, the command)]."""
    where = shlex.quote(str(folder))
    return [("stop a job", "kill -STOP $(cat %s/orders.pid)" % where),
            ("let it go on", "kill -CONT $(cat %s/orders.pid)" % where),
            ("repair the late table", "echo 42 > %s/inbox/prices.csv" % where),
            ("repair the failing job", "echo '%s' > %s/model.json" % (json.dumps(REPAIRED_MODEL), where)),
            ("start the dead source", "ln -s disk %s/warehouse" % where),
            ("see the verdicts here", "%s/batchslo_exporter status --url %s" % (shlex.quote(str(binaries)), url))]
