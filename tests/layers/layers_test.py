"""Includes go one way, and a library's headers stand only in the folders of its row (exporter/README.md)."""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAY_INCLUDE = {
    "core": set(), "net": {"core"}, "sql": {"core"},
    "config": {"net", "sql", "core"}, "store": {"net", "sql", "core"}, "sources": {"net", "sql", "core"}, "web": {"core"},
    "cli": {"web", "sources", "store", "config", "net", "sql", "core"},
    "app": {"cli", "web", "sources", "store", "config", "net", "sql", "core"},
    "wrapper": set(),
}
HOMES = {
    r"prometheus/": {"web"}, r"httplib\.h": {"web"}, r"curl/": {"net"}, r"nlohmann/": {"sources", "web", "net", "cli"},
    r"simdjson": {"sources"}, r"spdlog/": {"app"}, r"yaml-cpp/": {"config"}, r"date/": {"core"}, r"soci/": {"sql"},
    r"(sqlite3|libpq-fe|mysql|errmsg)\.h": {"sql"}, r"CLI/": {"cli", "app"}, r"openssl/": {"net", "web", "sources", "wrapper"},
    r"re2/": {"core", "sources"}, r"pugixml": {"sources", "net"}, r"zlib\.h": {"web", "net"}, r"crypt\.h": {"web"},
}


def faults():
    for path in sorted((ROOT / "exporter").rglob("*.[hc]*")):
        if path.suffix not in (".h", ".cc"):
            continue
        folder = path.relative_to(ROOT / "exporter").parts[0]
        for number, line in enumerate(path.read_text().splitlines(), 1):
            where = f"{path.relative_to(ROOT)}:{number}"
            own = re.match(r'#include "exporter/(\w+)/', line)
            if own and own[1] != folder and own[1] not in MAY_INCLUDE[folder]:
                yield f"{where}: {folder}/ must not include {own[1]}/"
            library = re.match(r"#include <(.+)>", line)
            for pattern, homes in HOMES.items():
                if library and re.match(pattern, library[1]) and folder not in homes:
                    yield f"{where}: <{library[1]}> belongs to {', '.join(sorted(homes))}"


def oracle():
    """The simulation's judge knows nothing of what it judges."""
    for path in sorted((ROOT / "tests/sim/oracle").glob("*.[hc]*")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            own = re.match(r'#include "(?!tests/sim/oracle/)', line)
            if own or re.match(r"#include <.*[/.]", line):
                yield f"{path.relative_to(ROOT)}:{number}: the oracle includes only itself and the standard library"


def twins():
    """Two types of one name in one namespace link to either: the linker says nothing."""
    seen = {}
    for path in sorted((ROOT / "exporter").rglob("*.h")):
        if path.relative_to(ROOT / "exporter").parts[0] == "wrapper":
            continue  # a program of its own
        for name in re.findall(r"^(?:class|struct|enum class) (\w+)(?= final| :| \{)", path.read_text(), re.M):
            if name in seen:
                yield f"{path.relative_to(ROOT)}: {name} is a type of {seen[name]} already"
            seen[name] = path.relative_to(ROOT)


def main():
    found = [*faults(), *oracle(), *twins()]
    for fault in found:
        print(fault)
    files = sum(1 for _ in (ROOT / "exporter").rglob("*.cc"))
    assert files > 40, "the walk found too few files to mean anything"
    sys.exit(1 if found else 0)


main()
