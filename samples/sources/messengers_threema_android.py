"""Threema for Android: threema4.db as its key opens it, with a write-ahead log.

CREATE TABLE: threema-ch/threema-android, app/src/main/java/ch/threema/storage/factories/{Message,GroupMessage,Contact,Group,
GroupMember}ModelFactory.java (getStatements), with the names of the columns from the models.
"""

from sqlite_sample import insert, with_wal

PLATFORM = "messengers"

T = 1_700_000_000_000  # 2023-11-14T22:13:20Z

BEFORE = "`id` INTEGER PRIMARY KEY AUTOINCREMENT , `uid` VARCHAR , `apiMessageId` VARCHAR , "
AFTER = "`isRead` SMALLINT , `isSaved` SMALLINT , `isQueued` TINYINT , `state` VARCHAR , `postedAtUtc` BIGINT , `createdAtUtc` BIGINT , `modifiedAtUtc` BIGINT , `isStatusMessage` SMALLINT ,`quotedMessageId` VARCHAR ,`messageContentsType` TINYINT ,`messageFlags` INT ,`deliveredAtUtc` DATETIME ,`readAtUtc` DATETIME ,`forwardSecurityMode` TINYINT DEFAULT 0 ,"
SCHEMA = f"""
CREATE TABLE `message`({BEFORE}`identity` VARCHAR , `outbox` SMALLINT , `type` INTEGER , `body` VARCHAR , `correlationId` VARCHAR , `caption` VARCHAR , {AFTER}`displayTags` TINYINT DEFAULT 0 ,`editedAtUtc` DATETIME ,`deletedAtUtc` DATETIME );
CREATE TABLE `m_group_message`({BEFORE}`groupId` INTEGER NOT NULL , `identity` VARCHAR , `outbox` SMALLINT , `type` INTEGER ,`correlationId` VARCHAR ,`body` VARCHAR ,`caption` VARCHAR ,{AFTER}`groupMessageStates` VARCHAR ,`displayTags` TINYINT DEFAULT 0 ,`editedAtUtc` DATETIME ,`deletedAtUtc` DATETIME );
CREATE TABLE `contacts` (`identity` VARCHAR ,`publicKey` BLOB ,`firstName` VARCHAR ,`lastName` VARCHAR ,`publicNickName` VARCHAR ,`verificationLevel` INTEGER ,`state` VARCHAR DEFAULT 'ACTIVE' NOT NULL ,`androidContactId` VARCHAR ,`featureLevel` INTEGER DEFAULT 0 NOT NULL ,`idColorIndex` INTEGER ,`avatarExpires` BIGINT,`isWork` TINYINT DEFAULT 0,`type` INT DEFAULT 0,`profilePicBlobID` BLOB DEFAULT NULL,`dateCreated` BIGINT DEFAULT 0,`lastUpdate` INTEGER,`acquaintanceLevel` TINYINT DEFAULT 0 NOT NULL,`isRestored` TINYINT DEFAULT 0,`isArchived` TINYINT DEFAULT 0,`readReceipts` TINYINT DEFAULT 0,`typingIndicators` TINYINT DEFAULT 0,`forwardSecurityState` TINYINT DEFAULT 0,`syncState` INTEGER NOT NULL DEFAULT 0,`jobTitle` VARCHAR DEFAULT NULL,`department` VARCHAR DEFAULT NULL,`notificationTriggerPolicyOverride` BIGINT DEFAULT NULL,PRIMARY KEY (`identity`) );
CREATE TABLE `m_group` (`id` INTEGER PRIMARY KEY AUTOINCREMENT , `apiGroupId` VARCHAR , `name` VARCHAR , `creatorIdentity` VARCHAR , `createdAt` VARCHAR , `lastUpdate` INTEGER, `synchronizedAt` BIGINT , `isArchived` TINYINT DEFAULT 0, `groupDesc` VARCHAR DEFAULT NULL, `changedGroupDescTimestamp` VARCHAR DEFAULT NULL, `colorIndex` INTEGER DEFAULT 0 NOT NULL, `userState` INTEGER DEFAULT 0 NOT NULL, `notificationTriggerPolicyOverride` BIGINT DEFAULT NULL );
CREATE TABLE `group_member` (`id` INTEGER PRIMARY KEY AUTOINCREMENT , `identity` VARCHAR , `groupId` INTEGER);
"""


def message(db, number, identity, body, outbox=0, table="message", **values):
    at = T + (number & 15) * 10_000 - 10_000
    values = {"type": 0, "postedAtUtc": at, "createdAtUtc": at + 400, "state": "READ" if outbox else None, **values}
    insert(db, table, id=number & 15, uid=f"uid-{number:x}", apiMessageId=f"{number:016x}", identity=identity, outbox=outbox,
           body=body, isRead=1, isSaved=1, isQueued=1, isStatusMessage=0, **values)


def stored(db):
    for statement in SCHEMA.strip().split("\n"):
        db.execute(statement)
    insert(db, "contacts", identity="ALICE001", publicKey=bytes(range(32)), firstName="Alice", lastName="Moreau",
           publicNickName="alice", verificationLevel=2, dateCreated=T)
    insert(db, "contacts", identity="BOGDAN02", publicKey=bytes(32), publicNickName="bogdan", verificationLevel=0, acquaintanceLevel=1)
    insert(db, "m_group", id=1, apiGroupId="1122334455667788", name="Trip", creatorIdentity="ALICE001", createdAt="2023-11-14T22:13:20.000")
    for member in ("ALICE001", "BOGDAN02"):
        insert(db, "group_member", identity=member, groupId=1)
    message(db, 0xA1, "ALICE001", "are you there", readAtUtc=T + 5_000)
    message(db, 0xA2, "ALICE001", "helo", outbox=1, quotedMessageId=f"{0xA1:016x}", deliveredAtUtc=T + 11_000, readAtUtc=T + 12_000)
    message(db, 0xA3, "ALICE001", "delete this")
    message(db, 0xB1, "BOGDAN02", "look", table="m_group_message", groupId=1)


def in_the_wal(db):
    db.execute("UPDATE message SET body = 'hello', editedAtUtc = ? WHERE id = 2", (T + 40_000,))
    db.execute("DELETE FROM message WHERE id = 3")
    message(db, 0xA4, "ALICE001", None, type=8, deletedAtUtc=T + 100_000)


def build(root):
    with_wal(root / "data/data/ch.threema.app/databases/threema4.db", stored, in_the_wal)
