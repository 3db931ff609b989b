"""Session for iOS: Session.sqlite as its key opens it, with a write-ahead log.

CREATE TABLE: session-foundation/session-ios, _006_SMK_InitialSetupMigration.swift, as GRDB writes the tables that it describes; search tables and
indexes left out.
"""

from sqlite_sample import insert, with_wal

PLATFORM = "messengers"

T = 1_700_000_000_000  # 2023-11-14T22:13:20Z
DANA, ALICE = "05dd" + "0" * 60 + "d0", "05aa" + "0" * 60 + "a1"

SCHEMA = """
CREATE TABLE "contact" ("id" TEXT NOT NULL PRIMARY KEY, "isTrusted" BOOLEAN NOT NULL DEFAULT 0, "isApproved" BOOLEAN NOT NULL DEFAULT 0, "isBlocked" BOOLEAN NOT NULL DEFAULT 0, "didApproveMe" BOOLEAN NOT NULL DEFAULT 0, "hasBeenBlocked" BOOLEAN NOT NULL DEFAULT 0);
CREATE TABLE "profile" ("id" TEXT NOT NULL PRIMARY KEY, "name" TEXT NOT NULL, "nickname" TEXT, "profilePictureUrl" TEXT, "profilePictureFileName" TEXT, "profileEncryptionKey" BLOB);
CREATE TABLE "thread" ("id" TEXT NOT NULL PRIMARY KEY, "variant" INTEGER NOT NULL, "creationDateTimestamp" DOUBLE NOT NULL, "shouldBeVisible" BOOLEAN NOT NULL, "isPinned" BOOLEAN NOT NULL, "messageDraft" TEXT, "notificationSound" INTEGER, "mutedUntilTimestamp" DOUBLE, "onlyNotifyForMentions" BOOLEAN NOT NULL DEFAULT 0);
CREATE TABLE "closedGroup" ("threadId" TEXT NOT NULL PRIMARY KEY REFERENCES "thread"("id") ON DELETE CASCADE, "name" TEXT NOT NULL, "formationTimestamp" DOUBLE NOT NULL);
CREATE TABLE "groupMember" ("groupId" TEXT NOT NULL REFERENCES "thread"("id") ON DELETE CASCADE, "profileId" TEXT NOT NULL, "role" INTEGER NOT NULL);
CREATE TABLE "interaction" ("id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "serverHash" TEXT, "messageUuid" TEXT, "threadId" TEXT NOT NULL REFERENCES "thread"("id") ON DELETE CASCADE, "authorId" TEXT NOT NULL, "variant" INTEGER NOT NULL, "body" TEXT, "timestampMs" INTEGER NOT NULL, "receivedAtTimestampMs" INTEGER NOT NULL, "wasRead" BOOLEAN NOT NULL DEFAULT 0, "hasMention" BOOLEAN NOT NULL DEFAULT 0, "expiresInSeconds" DOUBLE, "expiresStartedAtMs" DOUBLE, "linkPreviewUrl" TEXT, "openGroupServerMessageId" INTEGER, "openGroupWhisperMods" BOOLEAN NOT NULL DEFAULT 0, "openGroupWhisperTo" TEXT, UNIQUE ("threadId", "authorId", "timestampMs"), UNIQUE ("threadId", "serverHash"), UNIQUE ("threadId", "messageUuid"), UNIQUE ("threadId", "openGroupServerMessageId"));
CREATE TABLE "attachment" ("id" TEXT NOT NULL PRIMARY KEY, "serverId" TEXT, "variant" INTEGER NOT NULL, "state" INTEGER NOT NULL, "contentType" TEXT NOT NULL, "byteCount" INTEGER NOT NULL DEFAULT 0, "creationTimestamp" DOUBLE, "sourceFilename" TEXT, "downloadUrl" TEXT, "localRelativeFilePath" TEXT, "width" INTEGER, "height" INTEGER, "duration" DOUBLE, "isVisualMedia" BOOLEAN NOT NULL DEFAULT 0, "isValid" BOOLEAN NOT NULL DEFAULT 0, "encryptionKey" BLOB, "digest" BLOB, "caption" TEXT);
CREATE TABLE "interactionAttachment" ("albumIndex" INTEGER NOT NULL, "interactionId" INTEGER NOT NULL REFERENCES "interaction"("id") ON DELETE CASCADE, "attachmentId" TEXT NOT NULL REFERENCES "attachment"("id") ON DELETE CASCADE);
"""


def message(db, number, variant, body, **values):
    at = T + (number - 1) * 10_000
    values = {"serverHash": f"hash-{number}", "authorId": DANA if variant == 1 else ALICE, **values}
    insert(db, '"interaction"', id=number, threadId=ALICE, variant=variant, body=body, timestampMs=at, receivedAtTimestampMs=at + 500,
           wasRead=1, **values)


def stored(db):
    for statement in SCHEMA.strip().split("\n"):
        db.execute(statement)
    insert(db, '"contact"', id=ALICE, isApproved=1, didApproveMe=1)
    insert(db, '"profile"', id=ALICE, name="alice m.", nickname="Alice")
    insert(db, '"profile"', id=DANA, name="dana")
    insert(db, '"thread"', id=ALICE, variant=0, creationDateTimestamp=T / 1000, shouldBeVisible=1, isPinned=0)
    message(db, 1, 0, "are you there")
    message(db, 2, 1, "helo", expiresInSeconds=86_400, expiresStartedAtMs=T + 11_000)
    message(db, 3, 0, "delete this")
    insert(db, '"attachment"', id="p-1", variant=0, state=2, contentType="image/jpeg", byteCount=4096, sourceFilename="lake.jpg",
           localRelativeFilePath="p-1/lake.jpg")
    insert(db, '"interactionAttachment"', albumIndex=0, interactionId=1, attachmentId="p-1")


def in_the_wal(db):
    db.execute("UPDATE interaction SET body = 'hello' WHERE id = 2")
    db.execute("DELETE FROM interaction WHERE id = 3")
    message(db, 4, 3, None)
    message(db, 5, 3000, None, serverHash=None)


def build(root):
    with_wal(root / "private/var/mobile/Containers/Shared/AppGroup/7D3F2E8C-2C99-4B5E-9A77-99C3E2A3F4F5/database/Session.sqlite", stored, in_the_wal)
