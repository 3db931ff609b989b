"""Conversations: `history` with a write-ahead log.

CREATE TABLE: DatabaseBackend.java (onCreate, version 48) of kalli-st/conversations at 06b2043b240ec9a04e691ee79990df9d69f9f7f1, with the names
of the columns from the entities.
"""

from sqlite_sample import insert, with_wal

PLATFORM = "messengers"

T = 1_700_000_000_000  # 2023-11-14T22:13:20Z

SCHEMA = """
create table accounts(uuid TEXT PRIMARY KEY,username TEXT,server TEXT,password TEXT,display_name TEXT, status TEXT,status_message TEXT,rosterversion TEXT,options NUMBER, avatar TEXT, keys TEXT, hostname TEXT, resource TEXT,port NUMBER DEFAULT 5222);
create table conversations (uuid TEXT PRIMARY KEY, name TEXT, contactUuid TEXT, accountUuid TEXT, contactJid TEXT, created NUMBER, status NUMBER, mode NUMBER, attributes TEXT, FOREIGN KEY(accountUuid) REFERENCES accounts(uuid) ON DELETE CASCADE);
create table messages( uuid TEXT PRIMARY KEY, conversationUuid TEXT, timeSent NUMBER, counterpart TEXT, trueCounterpart TEXT,body TEXT, encryption NUMBER, status NUMBER,type NUMBER, relativeFilePath TEXT, serverMsgId TEXT, axolotl_fingerprint TEXT, carbon INTEGER, edited TEXT, read NUMBER DEFAULT 1, oob INTEGER, errorMsg TEXT,readByMarkers TEXT,markable NUMBER DEFAULT 0,deleted NUMBER DEFAULT 0,bodyLanguage TEXT,remoteMsgId TEXT, FOREIGN KEY(conversationUuid) REFERENCES conversations(uuid) ON DELETE CASCADE);
create table contacts(accountUuid TEXT, servername TEXT, systemname TEXT,presence_name TEXT,jid TEXT,pgpkey TEXT,photouri TEXT,options NUMBER,systemaccount NUMBER, avatar TEXT, last_presence TEXT, last_time NUMBER, groups TEXT, FOREIGN KEY(accountUuid) REFERENCES accounts(uuid) ON DELETE CASCADE, UNIQUE(accountUuid, jid) ON CONFLICT REPLACE);
"""


def message(db, number, chat, counterpart, body, status=0, **values):
    values = {"type": 0, "encryption": 5, **values}
    insert(db, "messages", uuid=f"m-{number}", conversationUuid=chat, timeSent=T + (number - 1) * 10_000, counterpart=counterpart,
           body=body, status=status, **values)


def stored(db):
    for statement in SCHEMA.strip().split("\n"):
        db.execute(statement)
    insert(db, "accounts", uuid="a-1", username="dana", server="example.org", password="invented", options=64, rosterversion="1")
    insert(db, "contacts", accountUuid="a-1", servername="alice", systemname="Alice Moreau", jid="alice@example.org", options=1)
    insert(db, "conversations", uuid="c-1", accountUuid="a-1", contactJid="alice@example.org", created=T, status=0, mode=0, attributes="{}")
    insert(db, "conversations", uuid="c-2", name="Trip", accountUuid="a-1", contactJid="trip@rooms.example.org", created=T, status=1, mode=1)
    message(db, 1, "c-1", "alice@example.org/phone", "are you there")
    message(db, 2, "c-1", "alice@example.org", "helo", status=2)
    message(db, 3, "c-1", "alice@example.org/phone", "delete this")
    message(db, 4, "c-2", "trip@rooms.example.org/bo", "look", trueCounterpart="bogdan@example.org")


def in_the_wal(db):
    db.execute("UPDATE messages SET body = 'hello', status = 8 WHERE uuid = 'm-2'")
    db.execute("DELETE FROM messages WHERE uuid = 'm-3'")
    message(db, 5, "c-1", "alice@example.org", "true:95000", status=2, type=6, encryption=0)


def build(root):
    with_wal(root / "data/data/eu.siacs.conversations/databases/history", stored, in_the_wal)
