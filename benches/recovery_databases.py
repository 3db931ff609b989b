"""The three databases of recovery.py, built by the real SQLite: many deleted rows, none deleted, a long write-ahead log.

The table is `sms` as a handset has it (generate.py says from where), so that `parse` reads the files too. secure_delete is switched
off explicitly: Debian's build has it on, a handset's does not.
"""

import random
import shutil
import sqlite3
import string
from dataclasses import dataclass
from pathlib import Path

from generate import WORDS, schema

ROOT = Path(__file__).resolve().parent.parent
TELEPHONY = "data/user_de/0/com.android.providers.telephony/databases/mmssms.db"
MB = 1_000_000
# A row with its share of the page takes these bytes, measured: 210,000 rows with such bodies are 100 MB.
BYTES_OF_A_ROW = 476
BODY = range(213, 543)


@dataclass(frozen=True)
class Sizes:
    """How large the databases are to be."""

    rows: int
    deleted: int
    large_mb: int
    log_mb: int
    base_mb: int
    seed: int


def opened(database: Path) -> sqlite3.Connection:
    database.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(database, isolation_level=None)
    for pragma in ("page_size = 4096", "secure_delete = 0", "synchronous = OFF"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    assert connection.execute("PRAGMA secure_delete").fetchone() == (0,), "this SQLite overwrites what it deletes"
    return connection


def body(chance: random.Random) -> str:
    """Words, and a tail of letters by which every body is another."""
    words = " ".join(chance.choices(WORDS, k=200))[: chance.choice(BODY)]
    return f"{words} {''.join(chance.choices(string.ascii_lowercase, k=12))}"


def message(chance: random.Random, number: int) -> tuple:
    thread = chance.randrange(1, 301)
    date = 1_600_000_000_000 + number * 60_000 + chance.randrange(60_000)
    kind = chance.choice((1, 2))
    return number, thread, f"+1555{thread:07d}", date, date - 900 if kind == 1 else 0, 1, kind, body(chance)


INSERT = "INSERT INTO sms (_id, thread_id, address, date, date_sent, read, type, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


def filled(database: Path, count: int, chance: random.Random) -> sqlite3.Connection:
    connection = opened(database)
    for statement in schema(ROOT / "samples/android" / TELEPHONY):
        connection.execute(statement)
    connection.execute("BEGIN")
    connection.executemany(INSERT, (message(chance, number) for number in range(1, count + 1)))
    connection.execute("COMMIT")
    return connection


def with_deletions(folder: Path, sizes: Sizes) -> Path:
    """Half of the deletions are one run, which frees whole pages; half are single rows, which leave freeblocks."""
    database = folder / TELEPHONY
    chance = random.Random(sizes.seed)
    connection = filled(database, sizes.rows, chance)
    run = sizes.deleted // 2
    first = sizes.rows // 4
    connection.execute("DELETE FROM sms WHERE _id >= ? AND _id < ?", (first, first + run))
    left = [number for number in range(1, sizes.rows + 1) if not first <= number < first + run]
    connection.execute("BEGIN")
    connection.executemany("DELETE FROM sms WHERE _id = ?", ((number,) for number in chance.sample(left, sizes.deleted - run)))
    connection.execute("COMMIT")
    assert connection.execute("SELECT count(*) FROM sms").fetchone() == (sizes.rows - sizes.deleted,)
    assert connection.execute("PRAGMA freelist_count").fetchone()[0] > 0, "no page was freed"
    connection.close()
    return database


def without_deletions(folder: Path, sizes: Sizes) -> Path:
    database = folder / TELEPHONY
    filled(database, sizes.large_mb * MB // BYTES_OF_A_ROW, random.Random(sizes.seed + 1)).close()
    return database


def with_log(folder: Path, sizes: Sizes) -> Path:
    """Commits of one insertion, one change and one deletion each, none of them checkpointed."""
    database, building = folder / TELEPHONY, folder.parent / "building/x.db"
    chance = random.Random(sizes.seed + 2)
    count = sizes.base_mb * MB // BYTES_OF_A_ROW
    connection = filled(building, count, chance)
    for pragma in ("journal_mode = WAL", "wal_autocheckpoint = 0"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    log = building.with_name("x.db-wal")
    number = count
    while not log.exists() or log.stat().st_size < sizes.log_mb * MB:
        number += 1
        connection.execute("BEGIN")
        connection.execute(INSERT, message(chance, number))
        connection.execute("UPDATE sms SET body = ? WHERE _id = ?", (body(chance), chance.randrange(1, count)))
        connection.execute("DELETE FROM sms WHERE _id = ?", (chance.randrange(1, count),))
        connection.execute("COMMIT")
    # SQLite empties the log when its last connection closes.
    database.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(building, database)
    shutil.copy(log, database.with_name(f"{database.name}-wal"))
    connection.close()
    shutil.rmtree(building.parent)
    return database


def commits(log: Path) -> int:
    """How many commits a write-ahead log has: its frames that name a size of the database."""
    frame = 24 + 4096
    content = log.read_bytes()[32:]
    return sum(content[at + 4 : at + 8] != bytes(4) for at in range(0, len(content) - frame + 1, frame))


def made(work: Path, name: str, make, sizes: Sizes) -> Path:
    """A database of the work folder, built unless it is there in this size."""
    folder = work / name
    stamp = folder / "sizes"
    if not stamp.is_file() or stamp.read_text() != repr(sizes):
        shutil.rmtree(folder, ignore_errors=True)
        make(folder / "evidence", sizes)
        stamp.write_text(repr(sizes))
    return folder / "evidence" / TELEPHONY
