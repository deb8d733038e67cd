"""What the jobs share: a SQLite table that rows are added to."""
import sqlite3


def append(path, name, rows):
    database = sqlite3.connect(path, timeout=10)
    with database:
        database.execute("CREATE TABLE IF NOT EXISTS %s (loaded_at INTEGER, amount INTEGER)" % name)
        database.executemany("INSERT INTO %s VALUES (?, ?)" % name, rows)
        database.execute("DELETE FROM %s WHERE loaded_at < ?" % name, [rows[-1][0] - 3600])
    database.close()
