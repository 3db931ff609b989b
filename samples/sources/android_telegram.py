"""Telegram for Android: cache4.db with a write-ahead log.

CREATE TABLE: DrKLO/Telegram, TMessagesProj/src/main/java/org/telegram/messenger/MessagesStorage.java (createTables). TL objects:
TLRPC.java and TL_legacy_message.java of the same, as abrignoni/ALEAPP telegramAndroid.py lists them.
"""

import struct

from sqlite_sample import insert, with_wal

PLATFORM = "android"

T = 1_700_000_000  # 2023-11-14T22:13:20Z
DANA, ALICE, BOGDAN, GROUP = 5550100, 5550101, 5550102, 77001

SCHEMA = """
CREATE TABLE messages_v2(mid INTEGER, uid INTEGER, read_state INTEGER, send_state INTEGER, date INTEGER, data BLOB, out INTEGER, ttl INTEGER, media INTEGER, replydata BLOB, imp INTEGER, mention INTEGER, forwards INTEGER, replies_data BLOB, thread_reply_id INTEGER, is_channel INTEGER, reply_to_message_id INTEGER, custom_params BLOB, group_id INTEGER, reply_to_story_id INTEGER, PRIMARY KEY(mid, uid));
CREATE INDEX uid_mid_read_out_idx_messages_v2 ON messages_v2(uid, mid, read_state, out);
CREATE TABLE user_contacts_v7(key TEXT PRIMARY KEY, uid INTEGER, fname TEXT, sname TEXT, imported INTEGER);
CREATE TABLE user_phones_v7(key TEXT, phone TEXT, sphone TEXT, deleted INTEGER, PRIMARY KEY (key, phone));
CREATE TABLE dialogs(did INTEGER PRIMARY KEY, date INTEGER, unread_count INTEGER, last_mid INTEGER, inbox_max INTEGER, outbox_max INTEGER, last_mid_i INTEGER, unread_count_i INTEGER, pts INTEGER, date_i INTEGER, pinned INTEGER, flags INTEGER, folder_id INTEGER, data BLOB, unread_reactions INTEGER, last_mid_group INTEGER, ttl_period INTEGER, unread_poll_votes INTEGER);
CREATE TABLE users(uid INTEGER PRIMARY KEY, name TEXT, status INTEGER, data BLOB);
CREATE TABLE chats(uid INTEGER PRIMARY KEY, name TEXT, data BLOB);
"""


def words(*numbers):
    return b"".join(struct.pack("<I", number & 0xFFFFFFFF) for number in numbers)


def text(value):
    raw = value.encode()
    head = bytes([len(raw)]) if len(raw) < 254 else b"\xfe" + len(raw).to_bytes(3, "little")
    return (head + raw).ljust(-(-len(head + raw) // 4) * 4, b"\0")


def user(number):
    return words(0x59511722) + struct.pack("<q", number)


def chat(number):
    return words(0x36C6019A) + struct.pack("<q", number)


def plain(mid, peer, date, body, out=False, sender=None, extra_flags=0, between=b"", behind=b""):
    """TL_message of layer 195 (0x96fdbbe9), which has two numbers of flags."""
    flags = (2 if out else 0) | (0x100 if sender else 0) | extra_flags
    return words(0x96FDBBE9, flags, 0, mid) + (sender or b"") + peer + between + words(date) + text(body) + behind


def row(db, mid, uid, date, data, out=0, **values):
    insert(db, "messages_v2", mid=mid, uid=uid, read_state=3, send_state=0, date=date, data=data, out=out, ttl=0, is_channel=0, **values)


def stored(db):
    for statement in SCHEMA.strip().split("\n"):
        db.execute(statement)
    insert(db, "users", uid=ALICE, name="alice moreau;;;alicem", status=T)
    insert(db, "users", uid=BOGDAN, name="bogdan petrov", status=-100)
    insert(db, "chats", uid=GROUP, name="Trip")
    insert(db, "dialogs", did=ALICE, date=T + 60, unread_count=0, last_mid=4, pinned=0, folder_id=0)
    insert(db, "dialogs", did=-GROUP, date=T + 200, unread_count=1, last_mid=8, pinned=1, folder_id=1)
    insert(db, "user_contacts_v7", key="3r1", uid=ALICE, fname="Alice", sname="Moreau", imported=1)
    insert(db, "user_phones_v7", key="3r1", phone="+1 555 0101", sphone="15550101", deleted=0)
    row(db, 1, ALICE, T, plain(1, user(ALICE), T, "are you there", sender=user(ALICE)))
    row(db, 2, ALICE, T + 10, plain(2, user(ALICE), T + 10, "helo", out=True, sender=user(DANA)), out=1)
    row(db, 3, ALICE, T + 20, plain(3, user(ALICE), T + 20, "delete this", sender=user(ALICE)))
    reply = words(0xAFBC09DB, 16, 1)
    row(db, 4, ALICE, T + 30, plain(4, user(ALICE), T + 30, "yes", out=True, sender=user(DANA), extra_flags=8, between=reply), out=1)
    row(db, 5, -GROUP, T + 40, plain(5, chat(GROUP), T + 40, "look", sender=user(BOGDAN), extra_flags=0x200,
        behind=words(0x695150D7, 1) + bytes(16)), media=1)


def in_the_wal(db):
    edited = plain(2, user(ALICE), T + 10, "hello", out=True, sender=user(DANA), extra_flags=0x8000, behind=words(T + 50))
    db.execute("UPDATE messages_v2 SET data = ? WHERE mid = 2", (edited,))
    db.execute("DELETE FROM messages_v2 WHERE mid = 3")
    call = words(0x2B085862, 2 | 0x100, 6) + user(DANA) + user(ALICE) + words(T + 60, 0x80E11A7F, 3) + struct.pack("<q", 42)
    row(db, 6, ALICE, T + 60, call + words(0x57ADC690, 95), out=1)
    forward = words(0x4E4DF4BB, 32) + text("Someone") + words(T - 1000)
    row(db, 7, -GROUP, T + 70, plain(7, chat(GROUP), T + 70, "passed on", sender=user(BOGDAN), extra_flags=4, between=forward))
    title = words(0x2B085862, 0x100, 8) + user(BOGDAN) + chat(GROUP) + words(T + 80, 0xB5A1CE5A) + text("Trip to the lake")
    row(db, 8, -GROUP, T + 80, title)


def build(root):
    with_wal(root / "data/data/org.telegram.messenger/files/cache4.db", stored, in_the_wal)
