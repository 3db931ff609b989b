"""Makes the seeds of the fuzz target `sqlite` with the real SQLite: python3 fuzz/make_seeds.py [FOLDER]

Each seed is one input of the target (fuzz/inputs/sqlite.rs says how it is laid out) and holds invented rows. The seeds are kept in
the repository; run this again only to add one. Salts of a log and random numbers of a journal differ from run to run.
"""

import sqlite3
import struct
import sys
import tempfile
from pathlib import Path

MESSAGES = "CREATE TABLE message(id INTEGER PRIMARY KEY, sent INTEGER, sender TEXT, body TEXT, score REAL, attachment BLOB)"
PAIRS = "CREATE TABLE setting(space TEXT, name TEXT, value TEXT, number INTEGER, PRIMARY KEY(space, name)) WITHOUT ROWID"
WORDS = "bring the blue umbrella to the harbour before noon and say nothing of it".split()


class Scene:
    """A database under way, with everything that a phone's SQLite leaves behind switched on."""

    def __init__(self, folder: Path, page_size: int, **pragmas: str | int) -> None:
        self.path = folder / "x.db"
        self.db = sqlite3.connect(self.path, isolation_level=None)
        for name, value in {"page_size": page_size, **pragmas, "secure_delete": 0, "wal_autocheckpoint": 0}.items():
            self.run(f"PRAGMA {name} = {value}")

    def run(self, sql: str, *values: object) -> None:
        self.db.execute(sql, values).fetchall()

    def messages(self, count: int, first: int = 1, words: int = 5) -> None:
        """Rows whose values take every storage class and several widths."""
        self.run("BEGIN")
        for number in range(first, first + count):
            body = " ".join(WORDS[(number + at) % len(WORDS)] for at in range(words))
            attachment = bytes([number % 256]) * (number % 9) if number % 3 else None
            sender = ("+15550100", "ada", None)[number % 3]
            values = (number, 1_700_000_000_000 + number, sender, body, number / 4, attachment)
            self.run("INSERT INTO message VALUES(?, ?, ?, ?, ?, ?)", *values)
        self.run("COMMIT")

    def taken(self) -> bytes:
        """The files as they lie on disk now, as one input of the target."""
        main, wal, journal = (
            path.read_bytes() if (path := Path(f"{self.path}{suffix}")).exists() else b"" for suffix in ("", "-wal", "-journal")
        )
        return struct.pack("<II", len(main), len(wal)) + main + wal + journal


def freeblocks(scene: Scene) -> None:
    """Single and adjacent rows deleted within pages, one slot taken again in part."""
    scene.run(MESSAGES)
    scene.messages(40)
    scene.run("DELETE FROM message WHERE id % 5 = 0 OR id % 10 IN (3, 4)")
    scene.messages(2, first=100, words=1)


def freelist(scene: Scene) -> None:
    """Whole pages freed: a trunk and its leaves."""
    scene.run(MESSAGES)
    scene.messages(90)
    scene.run("DELETE FROM message WHERE id BETWEEN 10 AND 80")


def dropped(scene: Scene) -> None:
    """A dropped table beside one that stays, and an index."""
    scene.run("CREATE TABLE kept(a TEXT, b INT DEFAULT 7)")
    scene.run("CREATE INDEX by_a ON kept(a)")
    scene.run("INSERT INTO kept VALUES('stays', 1), ('stays too', NULL)")
    scene.run(MESSAGES)
    scene.messages(30)
    scene.run("DROP TABLE message")


def overflow(scene: Scene) -> None:
    """Rows that go on in overflow pages, one of them deleted."""
    scene.run(MESSAGES)
    scene.messages(3, words=180)
    scene.messages(4, first=10)
    scene.run("DELETE FROM message WHERE id = 2")


def without_rowid(scene: Scene) -> None:
    """A table in an index b-tree, with interior cells and deleted keys."""
    scene.run(PAIRS)
    for number in range(60):
        scene.run("INSERT INTO setting VALUES(?, ?, ?, ?)", "sys" if number % 2 else "app", f"name{number:03d}", WORDS[number % 14], number * 1000)
    scene.run("DELETE FROM setting WHERE number % 4000 = 0")


def altered(scene: Scene) -> None:
    """Short records under an added column, rewritten ones under a dropped column."""
    scene.run(MESSAGES)
    scene.messages(20)
    scene.run("ALTER TABLE message ADD COLUMN state TEXT DEFAULT 'new'")
    scene.run("INSERT INTO message(id, body, state) VALUES(50, 'after', 'sent')")
    scene.run("ALTER TABLE message DROP COLUMN sender")
    scene.run("DELETE FROM message WHERE id % 4 = 0")


def virtual(scene: Scene) -> None:
    """A search index with its shadow tables, a view, a trigger, generated columns."""
    scene.run("CREATE TABLE note(id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT, size INT AS (length(body)), half INT AS (size / 2) STORED)")
    scene.run("CREATE VIEW short AS SELECT * FROM note WHERE size < 9")
    scene.run("CREATE VIRTUAL TABLE search USING fts5(body)")
    scene.run("CREATE TRIGGER indexed AFTER INSERT ON note BEGIN INSERT INTO search(rowid, body) VALUES(new.id, new.body); END")
    for word in WORDS:
        scene.run("INSERT INTO note(body) VALUES(?)", word)
    scene.run("DELETE FROM search WHERE rowid = 3")
    scene.run("DELETE FROM note WHERE id = 3")


def logged(scene: Scene) -> None:
    """Several commits in the log over a checkpointed base."""
    scene.run(MESSAGES)
    scene.messages(10)
    scene.run("PRAGMA wal_checkpoint(TRUNCATE)")
    scene.run("DELETE FROM message WHERE id = 3")
    scene.run("UPDATE message SET body = 'changed' WHERE id = 5")
    scene.messages(2, first=20)


def restarted(scene: Scene) -> None:
    """A log begun anew over frames of an older generation, and a table dropped in it."""
    scene.run(PAIRS)
    logged(scene)
    scene.run("PRAGMA wal_checkpoint(RESTART)")
    scene.run("INSERT INTO setting VALUES('sys', 'only', 'one', 1)")
    scene.run("DELETE FROM message WHERE id = 7")


def persisted(scene: Scene) -> None:
    """A journal whose header is zeroed and whose pages are all there."""
    scene.run(MESSAGES)
    scene.messages(20)
    scene.run("DELETE FROM message WHERE id % 3 = 0")


def hot(scene: Scene) -> None:
    """A transaction that spilled into the file and never ended."""
    scene.run(MESSAGES)
    scene.messages(25)
    scene.run("PRAGMA cache_size = 1")
    scene.run("BEGIN")
    scene.run("UPDATE message SET body = body || ' and more'")


SEEDS = {
    "freeblocks": (freeblocks, 1024, {}),
    "freelist": (freelist, 512, {}),
    "dropped_table": (dropped, 512, {}),
    "overflow": (overflow, 512, {}),
    "overflow_page_1024": (overflow, 1024, {}),
    "without_rowid": (without_rowid, 512, {}),
    "altered": (altered, 512, {}),
    "virtual": (virtual, 512, {}),
    "auto_vacuum_full": (freelist, 512, {"auto_vacuum": 1}),
    "auto_vacuum_incremental": (freelist, 512, {"auto_vacuum": 2}),
    "utf16le": (freeblocks, 1024, {"encoding": "'UTF-16le'"}),
    "utf16be": (overflow, 512, {"encoding": "'UTF-16be'"}),
    "wal": (logged, 512, {"journal_mode": "WAL"}),
    "wal_restarted": (restarted, 512, {"journal_mode": "WAL"}),
    "wal_auto_vacuum": (logged, 512, {"auto_vacuum": 1, "journal_mode": "WAL"}),
    "journal_persist": (persisted, 512, {"journal_mode": "PERSIST"}),
    "journal_hot": (hot, 512, {}),
}


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent / "seeds/sqlite"
    folder.mkdir(parents=True, exist_ok=True)
    for name, (make, page_size, pragmas) in SEEDS.items():
        with tempfile.TemporaryDirectory() as work:
            scene = Scene(Path(work), page_size, **pragmas)
            make(scene)
            seed = scene.taken()
            scene.db.close()
        if len(seed) >= 16 * 1024:
            raise SystemExit(f"{name}: {len(seed)} bytes are too many")
        (folder / name).write_bytes(seed)
        print(f"{name:<24} {len(seed):6}")


if __name__ == "__main__":
    main()
