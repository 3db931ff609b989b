"""Silent Phone for Android: repo_store_enc.db as its key opens it, with a write-ahead log.

CREATE TABLE: SilentCircle/libzina, appRepository/AppRepository.cpp. JSON: SilentCircle/silent-phone-android,
com.silentcircle.messaging.model.json.{JSONEventAdapter,JSONConversationAdapter,JSONContactAdapter}.
"""

import json

from sqlite_sample import insert, with_wal

PLATFORM = "messengers"

T = 1_700_000_000_000  # 2023-11-14T22:13:20Z

SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations(name VARCHAR NOT NULL PRIMARY KEY, since TIMESTAMP, nextMsgNumber UNSIGNED INTEGER, state INTEGER, data BLOB);
CREATE TABLE IF NOT EXISTS events (eventid VARCHAR NOT NULL, inserted TIMESTAMP, msgNumber UNSIGNED INTEGER, state INTEGER, data BLOB,convName VARCHAR NOT NULL, PRIMARY KEY(eventid, convName), FOREIGN KEY(convName) REFERENCES conversations(name));
CREATE TABLE IF NOT EXISTS objects (objectid VARCHAR NOT NULL, inserted TIMESTAMP, state INTEGER, data BLOB,event VARCHAR NOT NULL, conv VARCHAR NOT NULL, PRIMARY KEY(objectid, event), FOREIGN KEY(event, conv) REFERENCES events(eventid, convName));
CREATE TABLE IF NOT EXISTS attachmentStatus (msgId VARCHAR NOT NULL, status INTEGER, PRIMARY KEY(msgId));
"""


def blob(**members):
    return json.dumps(members, separators=(",", ":")).encode()


def event(number, kind, sender=None, text=None, **more):
    more = {"burn_notice": 259_200, "state": 5, "delivery_time": 0, **more} if sender else more
    named = {"sender": sender, **more} if sender else more
    return blob(type=kind, conversation_id="alice", id=f"e{number}", text=text, time=T + (number - 1) * 10_000, **named)


def add(db, number, data):
    insert(db, "events", eventid=f"e{number}", inserted=str(T // 1000 + (number - 1) * 10), msgNumber=number, state=0, data=data, convName="alice")


def stored(db):
    for statement in SCHEMA.strip().split("\n"):
        db.execute(statement)
    partner = {"username": "alice", "alias": "alice@example.org", "display_name": "Alice Moreau", "is_validated": True}
    conversation = blob(id="alice", partner=partner, burn_delay=259_200, burn_notice=True, last_modified=T + 40_000, unsent_text="see you")
    insert(db, "conversations", name="alice", since=str(T // 1000), nextMsgNumber=6, state=0, data=conversation)
    add(db, 1, event(1, "INCOMING_MESSAGE", "alice", "are you there"))
    add(db, 2, event(2, "OUTGOING_MESSAGE", "dana", "hello", state=3))
    add(db, 3, event(3, "INCOMING_MESSAGE", "alice", "delete this"))
    add(db, 4, event(4, "PHONE_MESSAGE", "alice", "", call_type=1, call_duration=31, call_time=T + 30_000))


def in_the_wal(db):
    delivered = event(2, "OUTGOING_MESSAGE", "dana", "hello", delivery_time=T + 13_000)
    db.execute("UPDATE events SET data = ? WHERE eventid = 'e2'", (delivered,))
    db.execute("DELETE FROM events WHERE eventid = 'e3'")
    add(db, 5, event(5, "INFO_EVENT", text="", info_tag=1, info_details="burn time changed"))


def build(root):
    with_wal(root / "data/data/com.silentcircle.silentphone2/databases/repo_store_enc.db", stored, in_the_wal)
