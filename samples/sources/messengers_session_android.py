"""Session for Android: session.db as its key opens it, with a write-ahead log.

CREATE TABLE: session-foundation/session-android, SmsDatabase.java, MmsDatabase.kt, ThreadDatabase.java, SessionContactDatabase.kt, with
the names of the columns that these and MmsSmsColumns.java give; the generated columns are in them. `part_count`, `ct_l`, `exp`, `m_type`, `m_size`,
`st` and `tr_id` are the names that Signal, of which it is a fork, gives the columns of MmsDatabase.
"""

from sqlite_sample import insert, with_wal

PLATFORM = "messengers"

T = 1_700_000_000_000  # 2023-11-14T22:13:20Z
ALICE = "05aa" + "0" * 60 + "a1"
INBOX, SENT = 0xA00014, 0xA00017

SCHEMA = """
CREATE TABLE sms (_id integer PRIMARY KEY, thread_id INTEGER, address TEXT, address_device_id INTEGER DEFAULT 1, person INTEGER, date INTEGER, date_sent INTEGER, protocol INTEGER, read INTEGER DEFAULT 0, status INTEGER DEFAULT -1,type INTEGER, reply_path_present INTEGER, delivery_receipt_count INTEGER DEFAULT 0,subject TEXT, body TEXT, mismatched_identities TEXT DEFAULT NULL, service_center TEXT, subscription_id INTEGER DEFAULT -1, expires_in INTEGER DEFAULT 0, expire_started INTEGER DEFAULT 0, notified DEFAULT 0, read_receipt_count INTEGER DEFAULT 0, unidentified INTEGER DEFAULT 0, is_deleted GENERATED ALWAYS AS ((type & 31) IN (28, 19)) VIRTUAL);
CREATE TABLE mms (_id INTEGER PRIMARY KEY AUTOINCREMENT, thread_id INTEGER, date INTEGER, date_received INTEGER, msg_box INTEGER, read INTEGER DEFAULT 0, m_id TEXT, sub TEXT, sub_cs INTEGER, body TEXT, part_count INTEGER, ct_t TEXT, ct_l TEXT, address TEXT, address_device_id INTEGER, exp INTEGER, m_cls TEXT, m_type INTEGER, v INTEGER, m_size INTEGER, pri INTEGER, rr INTEGER, rpt_a INTEGER, resp_st INTEGER, st INTEGER, tr_id TEXT, retr_st INTEGER, retr_txt TEXT, retr_txt_cs INTEGER, read_status INTEGER, ct_cls INTEGER, resp_txt TEXT, d_tm INTEGER, delivery_receipt_count INTEGER DEFAULT 0, mismatched_identities TEXT DEFAULT NULL, network_failures TEXT DEFAULT NULL, d_rpt INTEGER, subscription_id INTEGER DEFAULT -1, expires_in INTEGER DEFAULT 0, expire_started INTEGER DEFAULT 0, notified INTEGER DEFAULT 0, read_receipt_count INTEGER DEFAULT 0, quote_id INTEGER DEFAULT 0, quote_author TEXT, quote_body TEXT, quote_attachment INTEGER DEFAULT -1, quote_missing INTEGER DEFAULT 0, shared_contacts TEXT, unidentified INTEGER DEFAULT 0, link_previews TEXT, is_deleted GENERATED ALWAYS AS ( (msg_box & 31) IN (28, 19) ) VIRTUAL);
CREATE TABLE thread (_id INTEGER PRIMARY KEY, date INTEGER DEFAULT 0, message_count INTEGER DEFAULT 0, recipient_ids TEXT, snippet TEXT, snippet_cs INTEGER DEFAULT 0, read INTEGER DEFAULT 1, type INTEGER DEFAULT 0, error INTEGER DEFAULT 0, snippet_type INTEGER DEFAULT 0, snippet_uri TEXT DEFAULT NULL, archived INTEGER DEFAULT 0, status INTEGER DEFAULT 0, delivery_receipt_count INTEGER DEFAULT 0, expires_in INTEGER DEFAULT 0, last_seen INTEGER DEFAULT 0, has_sent INTEGER DEFAULT 0, read_receipt_count INTEGER DEFAULT 0, unread_count INTEGER DEFAULT 0);
CREATE TABLE session_contact_database (session_id STRING PRIMARY KEY, name TEXT DEFAULT NULL, nickname TEXT DEFAULT NULL, profile_picture_url TEXT DEFAULT NULL, profile_picture_file_name TEXT DEFAULT NULL, profile_picture_encryption_key BLOB DEFAULT NULL, thread_id INTEGER DEFAULT -1, is_trusted INTEGER DEFAULT 0);
"""


def message(db, number, kind, body):
    at = T + (number - 1) * 10_000
    insert(db, "sms", _id=number, thread_id=1, address=ALICE, date=at + 500, date_sent=at, read=1, type=kind, body=body)


def stored(db):
    for statement in SCHEMA.strip().split("\n"):
        db.execute(statement)
    # Columns that migrations added behind the generated one.
    db.execute("ALTER TABLE sms ADD COLUMN reactions_unread INTEGER DEFAULT 0")
    db.execute("ALTER TABLE sms ADD COLUMN has_mention INTEGER DEFAULT 0")
    insert(db, "session_contact_database", session_id=ALICE, name="alice m.", nickname="Alice", thread_id=1, is_trusted=1)
    insert(db, "thread", _id=1, date=T + 60_000, message_count=5, recipient_ids=ALICE, snippet="look")
    message(db, 1, INBOX, "are you there")
    message(db, 2, SENT, "helo")
    message(db, 3, INBOX, "delete this")


def in_the_wal(db):
    db.execute("UPDATE sms SET body = 'hello' WHERE _id = 2")
    db.execute("DELETE FROM sms WHERE _id = 3")
    message(db, 4, 0xA00013, "This message was deleted")
    message(db, 5, 3, None)
    insert(db, "mms", _id=1, thread_id=1, date=T + 60_000, date_received=T + 60_500, msg_box=SENT, read=1, body="look", part_count=1,
           address=ALICE, expires_in=86_400_000, expire_started=T + 60_000, quote_id=T, quote_author=ALICE, quote_body="are you there")


def build(root):
    with_wal(root / "data/data/network.loki.messenger/databases/session.db", stored, in_the_wal)
