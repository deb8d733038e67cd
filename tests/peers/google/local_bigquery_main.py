"""Starts local-bigquery without a network: the extensions of its DuckDB come from packages, not from a download.

usage: local_bigquery_main.py EXTENSIONS serve ...    EXTENSIONS/v<version of DuckDB>/linux_amd64/*.duckdb_extension
"""
import sys

import duckdb

extensions = sys.argv.pop(1)
connect = duckdb.connect


def connect_without_download(*arguments, config=None, **more):
    config = dict(config or {})
    zone = config.pop("TimeZone", None)
    connection = connect(*arguments, config={**config, "extension_directory": extensions}, **more)
    connection.execute("LOAD icu; LOAD ducklake; LOAD spatial")
    if zone:
        connection.execute("SET GLOBAL TimeZone='%s'" % zone)
    return connection


duckdb.connect = connect_without_download
from local_bigquery.cli import main  # noqa: E402

sys.exit(main())
