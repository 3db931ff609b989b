"""Teleguard for Android: teleguard_database.db with a write-ahead log.

No source of the app is public. Tables and columns are those that abrignoni/ALEAPP reads (scripts/artifacts/teleguard.py); types are what the
values that it describes need.
"""

from sqlite_sample import insert, with_wal

PLATFORM = "messengers"

T = 1_700_000_000_000  # 2023-11-14T22:13:20Z
SCHEMA = """
CREATE TABLE service (serverId TEXT);
CREATE TABLE contacts (lastActivityTime INTEGER, serverId TEXT, alias TEXT, type TEXT, color INTEGER, avatar BLOB, options TEXT, info TEXT, lastVisitTime INTEGER, personalId TEXT);
CREATE TABLE messages (id TEXT, chatId TEXT, createDate INTEGER, userTime INTEGER, type TEXT, sender TEXT, receiver TEXT, content TEXT, metadata TEXT, status TEXT, isEdited INTEGER);
"""


def message(db, number, sender, text, kind="TEXT", metadata=None):
    insert(db, "messages", id=f"m{number}", chatId="TGALICE", createDate=T + (number - 1) * 10_000, userTime=T + (number - 1) * 10_000, type=kind,
           sender=sender, receiver="TGALICE" if sender == "TGDANA" else "TGDANA", content=text, metadata=metadata, status="READ", isEdited=0)


def stored(db):
    for statement in SCHEMA.strip().split("\n"):
        db.execute(statement)
    insert(db, "service", serverId="TGDANA")
    insert(db, "contacts", serverId="TGALICE", alias="Alice", type="USER", personalId="ALC-123", lastActivityTime=T)
    for number, sender, text in ((1, "TGALICE", "are you there"), (2, "TGDANA", "helo"), (3, "TGALICE", "delete this")):
        message(db, number, sender, text)
    message(db, 4, "TGALICE", "", "MEDIA", '{"files":{"a1":"lake.jpg"}}')


def in_the_wal(db):
    db.execute("UPDATE messages SET content = 'hello', isEdited = 1 WHERE id = 'm2'")
    db.execute("DELETE FROM messages WHERE id = 'm3'")


def build(root):
    with_wal(root / "data/data/ch.swisscows.messenger.teleguardapp/app_flutter/teleguard_database.db", stored, in_the_wal)
