"""Signal for iOS: signal.sqlite as its key opens it, with a write-ahead log.

CREATE TABLE: signalapp/Signal-iOS, SignalServiceKit/Resources/schema.sql, and `CallRecord` as its GRDBSchemaMigratorTest creates it.
"""

from sqlite_sample import insert, with_wal

PLATFORM = "messengers"

T = 1_700_000_000_000  # 2023-11-14T22:13:20Z
ALICE = "22222222-2222-4222-8222-222222222222"

SCHEMA = """
CREATE TABLE IF NOT EXISTS "model_TSThread" ("id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "recordType" INTEGER NOT NULL, "uniqueId" TEXT NOT NULL UNIQUE ON CONFLICT FAIL, "conversationColorName" TEXT NOT NULL, "creationDate" DOUBLE, "isArchived" INTEGER NOT NULL, "lastInteractionRowId" INTEGER NOT NULL, "messageDraft" TEXT, "mutedUntilDate" DOUBLE, "shouldThreadBeVisible" INTEGER NOT NULL, "contactPhoneNumber" TEXT, "contactUUID" TEXT, "groupModel" BLOB, "hasDismissedOffers" INTEGER, "isMarkedUnread" BOOLEAN NOT NULL DEFAULT 0, "lastVisibleSortIdOnScreenPercentage" DOUBLE NOT NULL DEFAULT 0, "lastVisibleSortId" INTEGER NOT NULL DEFAULT 0, "messageDraftBodyRanges" BLOB, "mentionNotificationMode" INTEGER NOT NULL DEFAULT 0, "mutedUntilTimestamp" INTEGER NOT NULL DEFAULT 0, "allowsReplies" BOOLEAN DEFAULT 0, "lastSentStoryTimestamp" INTEGER, "name" TEXT, "addresses" BLOB, "storyViewMode" INTEGER DEFAULT 0, "editTargetTimestamp" INTEGER, "lastDraftInteractionRowId" INTEGER DEFAULT 0, "lastDraftUpdateTimestamp" INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS "model_TSInteraction" ("id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "recordType" INTEGER NOT NULL, "uniqueId" TEXT NOT NULL UNIQUE ON CONFLICT FAIL, "receivedAtTimestamp" INTEGER NOT NULL, "timestamp" INTEGER NOT NULL, "uniqueThreadId" TEXT NOT NULL, "deprecated_attachmentIds" BLOB, "authorId" TEXT, "authorPhoneNumber" TEXT, "authorUUID" TEXT, "body" TEXT, "callType" INTEGER, "configurationDurationSeconds" INTEGER, "configurationIsEnabled" INTEGER, "contactShare" BLOB, "createdByRemoteName" TEXT, "createdInExistingGroup" INTEGER, "customMessage" TEXT, "envelopeData" BLOB, "errorType" INTEGER, "expireStartedAt" INTEGER, "expiresAt" INTEGER, "expiresInSeconds" INTEGER, "groupMetaMessage" INTEGER, "hasLegacyMessageState" INTEGER, "hasSyncedTranscript" INTEGER, "wasNotCreatedLocally" INTEGER, "isLocalChange" INTEGER, "isViewOnceComplete" INTEGER, "isViewOnceMessage" INTEGER, "isVoiceMessage" INTEGER, "legacyMessageState" INTEGER, "legacyWasDelivered" INTEGER, "linkPreview" BLOB, "messageId" TEXT, "messageSticker" BLOB, "messageType" INTEGER, "mostRecentFailureText" TEXT, "preKeyBundle" BLOB, "protocolVersion" INTEGER, "quotedMessage" BLOB, "read" INTEGER, "recipientAddress" BLOB, "recipientAddressStates" BLOB, "sender" BLOB, "serverTimestamp" INTEGER, "deprecated_sourceDeviceId" INTEGER, "storedMessageState" INTEGER, "storedShouldStartExpireTimer" INTEGER, "unregisteredAddress" BLOB, "verificationState" INTEGER, "wasReceivedByUD" INTEGER, "infoMessageUserInfo" BLOB, "wasRemotelyDeleted" BOOLEAN, "bodyRanges" BLOB, "offerType" INTEGER, "serverDeliveryTimestamp" INTEGER, "eraId" TEXT, "hasEnded" BOOLEAN, "creatorUuid" TEXT, "joinedMemberUuids" BLOB, "wasIdentityVerified" BOOLEAN, "paymentCancellation" BLOB, "paymentNotification" BLOB, "paymentRequest" BLOB, "viewed" BOOLEAN, "serverGuid" TEXT, "storyAuthorUuidString" TEXT, "storyTimestamp" INTEGER, "isGroupStoryReply" BOOLEAN DEFAULT 0, "storyReactionEmoji" TEXT, "giftBadge" BLOB, "editState" INTEGER DEFAULT 0, "archivedPaymentInfo" BLOB, "expireTimerVersion" INTEGER, "isSmsMessageRestoredFromBackup" BOOLEAN DEFAULT 0);
CREATE TABLE IF NOT EXISTS "model_SignalRecipient" ("id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "recordType" INTEGER NOT NULL, "uniqueId" TEXT NOT NULL UNIQUE ON CONFLICT FAIL, "devices" BLOB NOT NULL, "recipientPhoneNumber" TEXT, "recipientUUID" TEXT, "unregisteredAtTimestamp" INTEGER, "pni" TEXT, "isPhoneNumberDiscoverable" BOOLEAN);
CREATE TABLE IF NOT EXISTS "model_OWSUserProfile" ("id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "recordType" INTEGER NOT NULL, "uniqueId" TEXT NOT NULL UNIQUE ON CONFLICT FAIL, "avatarFileName" TEXT, "avatarUrlPath" TEXT, "profileKey" BLOB, "profileName" TEXT, "recipientPhoneNumber" TEXT, "recipientUUID" TEXT, "familyName" TEXT, "lastFetchDate" DOUBLE, "lastMessagingDate" DOUBLE, "bio" TEXT, "bioEmoji" TEXT, "profileBadgeInfo" BLOB, "isStoriesCapable" BOOLEAN NOT NULL DEFAULT 0, "canReceiveGiftBadges" BOOLEAN NOT NULL DEFAULT 0, "isPniCapable" BOOLEAN NOT NULL DEFAULT 0, "isPhoneNumberShared" BOOLEAN);
CREATE TABLE IF NOT EXISTS "model_SignalAccount" ("id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "recordType" INTEGER NOT NULL, "uniqueId" TEXT NOT NULL UNIQUE ON CONFLICT FAIL, "contact" BLOB, "contactAvatarHash" BLOB, "contactAvatarJpegData" BLOB, "multipleAccountLabelText" TEXT NOT NULL, "recipientPhoneNumber" TEXT, "recipientUUID" TEXT, "cnContactId" TEXT, "givenName" TEXT NOT NULL DEFAULT '', "familyName" TEXT NOT NULL DEFAULT '', "nickname" TEXT NOT NULL DEFAULT '', "fullName" TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS "model_OWSReaction" ("id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "recordType" INTEGER NOT NULL, "uniqueId" TEXT NOT NULL UNIQUE ON CONFLICT FAIL, "emoji" TEXT NOT NULL, "reactorE164" TEXT, "reactorUUID" TEXT, "receivedAtTimestamp" INTEGER NOT NULL, "sentAtTimestamp" INTEGER NOT NULL, "uniqueMessageId" TEXT NOT NULL, "read" BOOLEAN NOT NULL DEFAULT 0);
CREATE TABLE "CallRecord" ("id" INTEGER PRIMARY KEY NOT NULL, "callId" TEXT NOT NULL, "interactionRowId" INTEGER NOT NULL UNIQUE REFERENCES "model_TSInteraction"("id") ON DELETE CASCADE, "threadRowId" INTEGER NOT NULL REFERENCES "model_TSThread"("id") ON DELETE RESTRICT, "type" INTEGER NOT NULL, "direction" INTEGER NOT NULL, "status" INTEGER NOT NULL, "timestamp" INTEGER NOT NULL, "groupCallRingerAci" BLOB, "unreadStatus" INTEGER NOT NULL DEFAULT 0, "callEndedTimestamp" INTEGER NOT NULL DEFAULT 0);
"""


def message(db, number, kind, body, **values):
    at = T + (number - 1) * 10_000
    author = {"authorUUID": ALICE, "authorPhoneNumber": "+15550101"} if kind == 19 else {}
    insert(db, '"model_TSInteraction"', id=number, recordType=kind, uniqueId=f"I-{number}", receivedAtTimestamp=at + 500, timestamp=at,
           uniqueThreadId="T-1", body=body, read=1, **author, **values)


def stored(db):
    for statement in SCHEMA.strip().split("\n"):
        db.execute(statement)
    insert(db, '"model_TSThread"', id=1, recordType=2, uniqueId="T-1", conversationColorName="blue", creationDate=T / 1000, isArchived=0,
           lastInteractionRowId=2, shouldThreadBeVisible=1, contactUUID=ALICE, contactPhoneNumber="+15550101")
    insert(db, '"model_SignalRecipient"', id=1, recordType=31, uniqueId="R-1", devices=b"", recipientPhoneNumber="+15550101", recipientUUID=ALICE)
    insert(db, '"model_SignalAccount"', id=1, recordType=30, uniqueId="A-1", multipleAccountLabelText="", recipientPhoneNumber="+15550101",
           recipientUUID=ALICE, fullName="Alice (work)", givenName="Alice")
    insert(db, '"model_OWSUserProfile"', id=1, recordType=41, uniqueId="P-1", profileName="Alice", recipientUUID=ALICE)
    message(db, 1, 19, "are you there")
    message(db, 2, 21, "helo", storedMessageState=2)
    message(db, 3, 19, "delete this")
    message(db, 4, 19, "burn this", expiresInSeconds=60, expireStartedAt=T + 30_000, expiresAt=T + 90_000)
    insert(db, '"model_OWSReaction"', id=1, recordType=36, uniqueId="E-1", emoji="👍", reactorUUID=ALICE, receivedAtTimestamp=T + 1_500,
           sentAtTimestamp=T + 1_000, uniqueMessageId="I-1")


def in_the_wal(db):
    db.execute("UPDATE model_TSInteraction SET body = 'hello' WHERE id = 2")
    db.execute("DELETE FROM model_TSInteraction WHERE id = 3")
    message(db, 5, 10, None, messageType=3)
    insert(db, '"CallRecord"', id=1, callId="18446744073709551615", interactionRowId=5, threadRowId=1, type=1, direction=1, status=1,
           timestamp=T + 80_000, callEndedTimestamp=T + 180_000)


def build(root):
    with_wal(root / "private/var/mobile/Containers/Shared/AppGroup/6C2E1D7B-1B88-4A4D-8F66-88B2D1F2E3E4/grdb/signal.sqlite", stored, in_the_wal)
