"""Real SQLite files in the states in which a handset is seized: with an unfinished write-ahead log, or after a rollback."""

import shutil
import sqlite3
import tempfile
from pathlib import Path


def with_wal(target, base, later, page_size=4096, auto_vacuum=1):
    """`base` ends up in the main file, `later` only in the -wal: the copy is taken while the connection is open."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / target.name
        connection = _open(path, page_size, auto_vacuum)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        _in_one_transaction(connection, base)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        later(connection)
        _copy(path, target)
        _copy(path.with_name(path.name + "-wal"), target.with_name(target.name + "-wal"))
        connection.close()


def without_wal(target, base, later=None, page_size=4096, auto_vacuum=1):
    """A database with a rollback journal that was closed; what `later` deletes stays behind in its pages."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / target.name
        connection = _open(path, page_size, auto_vacuum)
        connection.execute("PRAGMA journal_mode = DELETE")
        _in_one_transaction(connection, base)
        if later:
            later(connection)
        connection.close()
        _copy(path, target)


def insert(connection, table, **values):
    """One row; columns that are not named take their default."""
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))


def _open(path, page_size, auto_vacuum):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA page_size = {page_size}")
    connection.execute(f"PRAGMA auto_vacuum = {auto_vacuum}")
    connection.execute("PRAGMA secure_delete = OFF")
    # The collations that Android adds to SQLite.
    for name in ("LOCALIZED", "PHONEBOOK"):
        connection.create_collation(name, lambda a, b: (a > b) - (a < b))
    return connection


def _in_one_transaction(connection, work):
    connection.execute("BEGIN")
    work(connection)
    connection.execute("COMMIT")


def _copy(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
