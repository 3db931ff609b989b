# CREATE TABLE blocked: packages/providers/BlockedNumberProvider, src/com/android/providers/blockednumber/
# BlockedNumberDatabaseHelper.java (Android 7 to 16).
"""blockednumbers.db with an open write-ahead log."""

from sqlite_sample import insert, with_wal

PLATFORM = "android"

SCHEMA = """
CREATE TABLE android_metadata (locale TEXT);
CREATE TABLE blocked (_id INTEGER PRIMARY KEY AUTOINCREMENT,original_number TEXT NOT NULL UNIQUE,e164_number TEXT);
CREATE INDEX blocked_number_idx_original ON blocked (original_number);
CREATE INDEX blocked_number_idx_e164 ON blocked (e164_number);
"""


def build(root):
    with_wal(root / "data/user_de/0/com.android.providers.blockednumber/databases/blockednumbers.db", blocked, in_the_wal)


def blocked(db):
    for statement in SCHEMA.strip().split("\n"):
        db.execute(statement)
    insert(db, "android_metadata", locale="en_GB")
    insert(db, "blocked", _id=1, original_number="555-0199")
    insert(db, "blocked", _id=2, original_number="+15550103", e164_number="+15550103")


def in_the_wal(db):
    db.execute("UPDATE blocked SET e164_number = '+15550199' WHERE _id = 1")
    db.execute("DELETE FROM blocked WHERE _id = 2")
    insert(db, "blocked", _id=3, original_number="offers@example.org")
