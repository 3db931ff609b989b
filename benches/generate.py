"""Makes a database of N text messages, as a handset's provider would: python3 benches/generate.py N FOLDER

The same N gives the same rows. The schema is that of the sample (samples/sources/android_telephony.py says where it is from).
"""

import random
import sqlite3
import sys
from pathlib import Path

WORDS = "the of and to in is you that it he was for on are as with his they I at be this have from".split()


def schema(sample: Path) -> list[str]:
    """The CREATE statements of the sample's table and indexes."""
    with sqlite3.connect(f"file:{sample}?mode=ro&immutable=1", uri=True) as db:
        rows = db.execute("SELECT sql FROM sqlite_schema WHERE tbl_name = 'sms' AND type = 'table'")
        return [sql for (sql,) in rows]


def rows(count: int):
    """Messages between one handset and 300 numbers, a minute apart."""
    chance = random.Random(1)
    for number in range(1, count + 1):
        date = 1_600_000_000_000 + number * 60_000 + chance.randrange(60_000)
        kind = chance.choice((1, 2))
        body = " ".join(chance.choices(WORDS, k=chance.randrange(3, 30)))
        thread = chance.randrange(1, 301)
        yield number, thread, f"+1555{thread:07d}", date, date - 900 if kind == 1 else 0, 1, kind, body


def main() -> None:
    count, folder = int(sys.argv[1]), Path(sys.argv[2])
    database = folder / "data/user_de/0/com.android.providers.telephony/databases/mmssms.db"
    database.parent.mkdir(parents=True)
    here = Path(__file__).resolve().parent.parent
    sample = here / "samples/android/data/user_de/0/com.android.providers.telephony/databases/mmssms.db"
    with sqlite3.connect(database) as db:
        for statement in schema(sample):
            db.execute(statement)
        db.executemany(
            "INSERT INTO sms (_id, thread_id, address, date, date_sent, read, type, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            rows(count),
        )


if __name__ == "__main__":
    main()
