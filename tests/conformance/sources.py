"""The table of sources."""
from bigquery import BigQuery
from files import Files
from heartbeat import Heartbeat
from kubernetes import Kubernetes
from sql import Sql
from sqlite import Sqlite

ROWS = [Kubernetes, BigQuery, Sql, Sqlite, Files, Heartbeat]
