"""Wire for Android: the database of a user as its key opens it, with a write-ahead log; and global-db.

CREATE TABLE: wireapp/kalium, data/persistence/src/commonMain/db_user/com/wire/kalium/persistence/{Messages,Users,Conversations,Members,
Reactions,Clients,Calls,MessageAttachments}.sq and db_global/…/Accounts.sq, as SQLDelight gives them to SQLite (without `AS Type`). Of SelfUser
only the column is published that its queries name.
"""

from sqlite_sample import insert, with_wal

PLATFORM = "messengers"

T = 1_700_000_000_000  # 2023-11-14T22:13:20Z

OF_MESSAGE = "message_id TEXT NOT NULL, conversation_id TEXT NOT NULL"
REFERENCE = "FOREIGN KEY (message_id, conversation_id) REFERENCES Message(id, conversation_id) ON DELETE CASCADE ON UPDATE CASCADE"
KEY = f"{REFERENCE}, PRIMARY KEY (message_id, conversation_id)"
SCHEMA = f"""
CREATE TABLE User (qualified_id TEXT NOT NULL PRIMARY KEY, name TEXT, handle TEXT, email TEXT, phone TEXT, accent_id INTEGER NOT NULL DEFAULT 0, team TEXT, connection_status TEXT NOT NULL DEFAULT 'NOT_CONNECTED', preview_asset_id TEXT, complete_asset_id TEXT, user_availability_status TEXT NOT NULL DEFAULT 'NONE', user_type TEXT NOT NULL DEFAULT 'STANDARD', bot_service TEXT, deleted INTEGER NOT NULL DEFAULT 0, incomplete_metadata INTEGER NOT NULL DEFAULT 0, expires_at INTEGER, defederated INTEGER NOT NULL DEFAULT 0, supported_protocols TEXT DEFAULT 'PROTEUS', active_one_on_one_conversation_id TEXT);
CREATE TABLE SelfUser (id TEXT NOT NULL PRIMARY KEY);
CREATE TABLE Conversation (qualified_id TEXT NOT NULL PRIMARY KEY, name TEXT, type TEXT NOT NULL, team_id TEXT, mls_group_id TEXT, mls_group_state TEXT NOT NULL, mls_epoch INTEGER DEFAULT 0 NOT NULL, mls_proposal_timer TEXT, protocol TEXT NOT NULL, muted_status TEXT DEFAULT "ALL_ALLOWED" NOT NULL, muted_time INTEGER DEFAULT 0 NOT NULL, creator_id TEXT NOT NULL, last_modified_date INTEGER NOT NULL, last_notified_date INTEGER, last_read_date INTEGER DEFAULT 0 NOT NULL, access_list TEXT NOT NULL, access_role_list TEXT NOT NULL, mls_last_keying_material_update_date INTEGER DEFAULT 0 NOT NULL, mls_cipher_suite TEXT NOT NULL, receipt_mode TEXT DEFAULT "DISABLED" NOT NULL, guest_room_link TEXT, message_timer INTEGER DEFAULT(NULL), user_message_timer INTEGER DEFAULT(NULL), incomplete_metadata INTEGER NOT NULL DEFAULT 0, mls_degraded_notified INTEGER NOT NULL DEFAULT 0, is_guest_password_protected INTEGER DEFAULT 0 NOT NULL, archived INTEGER NOT NULL DEFAULT 0, archived_date_time INTEGER, verification_status TEXT NOT NULL DEFAULT 'NOT_VERIFIED', proteus_verification_status TEXT NOT NULL DEFAULT 'NOT_VERIFIED', degraded_conversation_notified INTEGER NOT NULL DEFAULT 1, legal_hold_status TEXT NOT NULL DEFAULT 'DISABLED', is_channel INTEGER NOT NULL DEFAULT 0, channel_access TEXT DEFAULT NULL, channel_add_permission TEXT DEFAULT NULL, wire_cell TEXT, deleted_locally INTEGER NOT NULL DEFAULT 0, history_sharing_retention_seconds INTEGER NOT NULL DEFAULT 0 CHECK (history_sharing_retention_seconds >= 0));
CREATE TABLE Member (user TEXT NOT NULL, conversation TEXT NOT NULL, role TEXT NOT NULL, CONSTRAINT member_conv PRIMARY KEY (user, conversation) ON CONFLICT IGNORE, FOREIGN KEY (conversation) REFERENCES Conversation(qualified_id) ON DELETE CASCADE, FOREIGN KEY (user) REFERENCES User(qualified_id) ON DELETE CASCADE);
CREATE TABLE Client (user_id TEXT NOT NULL, id TEXT NOT NULL, device_type TEXT, is_valid INTEGER NOT NULL DEFAULT 1, is_verified INTEGER NOT NULL DEFAULT 0, client_type TEXT DEFAULT NULL, registration_date INTEGER DEFAULT NULL, label TEXT DEFAULT NULL, model TEXT DEFAULT NULL, last_active INTEGER DEFAULT NULL, mls_public_keys TEXT DEFAULT NULL, is_mls_capable INTEGER NOT NULL DEFAULT 0, is_async_notifications_capable INTEGER NOT NULL DEFAULT 0, FOREIGN KEY (user_id) REFERENCES User(qualified_id) ON DELETE CASCADE, PRIMARY KEY (user_id, id));
CREATE TABLE Message (id TEXT NOT NULL, content_type TEXT NOT NULL, conversation_id TEXT NOT NULL, creation_date INTEGER NOT NULL, sender_user_id TEXT NOT NULL, sender_client_id TEXT, status TEXT NOT NULL, last_edit_date INTEGER, visibility TEXT NOT NULL DEFAULT 'visible', expects_read_confirmation INTEGER NOT NULL DEFAULT(0), expire_after_millis INTEGER DEFAULT(NULL), self_deletion_end_date INTEGER DEFAULT(NULL), FOREIGN KEY (conversation_id) REFERENCES Conversation(qualified_id) ON DELETE CASCADE, FOREIGN KEY (sender_user_id) REFERENCES User(qualified_id), PRIMARY KEY (id, conversation_id));
CREATE TABLE MessageTextContent ({OF_MESSAGE}, text_body TEXT, quoted_message_id TEXT, is_quote_verified INTEGER, is_quoting_self INTEGER NOT NULL, {KEY});
CREATE TABLE MessageAssetContent ({OF_MESSAGE}, asset_size INTEGER NOT NULL, asset_name TEXT, asset_mime_type TEXT NOT NULL, asset_otr_key BLOB NOT NULL, asset_sha256 BLOB NOT NULL, asset_id TEXT NOT NULL, asset_token TEXT, asset_domain TEXT, asset_encryption_algorithm TEXT, asset_width INTEGER, asset_height INTEGER, asset_duration_ms INTEGER, asset_normalized_loudness BLOB, {KEY});
CREATE TABLE MessageConversationLocationContent ({OF_MESSAGE}, latitude REAL NOT NULL, longitude REAL NOT NULL, name TEXT, zoom INTEGER, {KEY});
CREATE TABLE MessageSystemContent ({OF_MESSAGE}, content_type TEXT NOT NULL, text_1 TEXT, integer_1 INTEGER, boolean_1 INTEGER, list_1 TEXT, enum_1 TEXT, blob_1 BLOB, {KEY});
CREATE TABLE Reaction ({OF_MESSAGE}, sender_id TEXT NOT NULL, emoji TEXT NOT NULL, date TEXT NOT NULL, {REFERENCE}, FOREIGN KEY (sender_id) REFERENCES User(qualified_id) ON DELETE CASCADE, PRIMARY KEY (message_id, conversation_id, sender_id, emoji));
CREATE TABLE Call (conversation_id TEXT NOT NULL, id TEXT NOT NULL, status TEXT NOT NULL, caller_id TEXT NOT NULL, conversation_type TEXT NOT NULL, created_at TEXT NOT NULL, type TEXT NOT NULL DEFAULT 'UNKNOWN', PRIMARY KEY (id, conversation_id));
"""
GLOBAL = "CREATE TABLE Accounts (id TEXT PRIMARY KEY NOT NULL, scim_external_id TEXT, subject TEXT, tenant TEXT, server_config_id TEXT NOT NULL, logout_reason TEXT, isPersistentWebSocketEnabled INTEGER NOT NULL DEFAULT 0, managed_by TEXT, nomad_service_url TEXT DEFAULT NULL, sso_identity_provider_id TEXT DEFAULT NULL)"


def of(kind, number):
    return f"{kind * 8}-0000-4000-8000-{number:012}@wire.com"


DANA, ALICE, BOGDAN = (of("a", number) for number in (1, 2, 3))
DIRECT, TRIP = of("c", 1), of("c", 2)


def message(db, number, conversation, sender, text=None, kind="TEXT", quoted=None, **values):
    name = f"00000000-0000-4000-8000-{number:012}"
    values = {"status": "SENT" if sender == DANA else "READ", "visibility": "VISIBLE", **values}
    insert(db, "Message", id=name, content_type=kind, conversation_id=conversation, creation_date=T + (number - 1) * 10_000,
           sender_user_id=sender, sender_client_id="c0ffee", **values)
    if text is not None:
        insert(db, "MessageTextContent", message_id=name, conversation_id=conversation, text_body=text, quoted_message_id=quoted, is_quoting_self=0)
    return name


def stored(db):
    for statement in SCHEMA.strip().split("\n"):
        db.execute(statement)
    insert(db, "User", qualified_id=DANA, name="Dana", handle="dana", email="dana@example.org", connection_status="NOT_CONNECTED")
    insert(db, "User", qualified_id=ALICE, name="Alice Moreau", handle="alicem", connection_status="ACCEPTED")
    insert(db, "User", qualified_id=BOGDAN, name="Bogdan", connection_status="BLOCKED")
    insert(db, "SelfUser", id=DANA)
    shared = {"mls_group_state": "PENDING_JOIN", "protocol": "PROTEUS", "access_list": "INVITE", "access_role_list": "TEAM_MEMBER", "mls_cipher_suite": "UNKNOWN"}
    insert(db, "Conversation", qualified_id=DIRECT, type="ONE_ON_ONE", creator_id=DANA, last_modified_date=T + 30_000, **shared)
    insert(db, "Conversation", qualified_id=TRIP, type="GROUP", name="Trip", creator_id=ALICE, last_modified_date=T + 60_000, muted_status="ALL_MUTED", **shared)
    for conversation, user in ((DIRECT, DANA), (DIRECT, ALICE), (TRIP, DANA), (TRIP, ALICE), (TRIP, BOGDAN)):
        insert(db, "Member", user=user, conversation=conversation, role="wire_member")
    insert(db, "Client", user_id=ALICE, id="c0ffee", device_type="Phone", model="Pixel 6", registration_date=T - 1_000)
    first = message(db, 1, DIRECT, ALICE, "are you there")
    message(db, 2, DIRECT, DANA, "helo", quoted=first)
    message(db, 3, DIRECT, ALICE, "delete this")
    message(db, 4, DIRECT, ALICE, "burn this", expire_after_millis=10_000, self_deletion_end_date=T + 60_000)
    insert(db, "Reaction", message_id=first, conversation_id=DIRECT, sender_id=DANA, emoji="❤️", date="2023-11-14T22:13:30.000Z")


def in_the_wal(db):
    second, third = (f"00000000-0000-4000-8000-{number:012}" for number in (2, 3))
    db.execute("UPDATE MessageTextContent SET text_body = 'hello' WHERE message_id = ?", (second,))
    db.execute("UPDATE Message SET last_edit_date = ? WHERE id = ?", (T + 40_000, second))
    db.execute("DELETE FROM MessageTextContent WHERE message_id = ?", (third,))
    db.execute("DELETE FROM Message WHERE id = ?", (third,))
    picture = message(db, 5, TRIP, ALICE, kind="ASSET")
    insert(db, "MessageAssetContent", message_id=picture, conversation_id=TRIP, asset_size=4096, asset_name="lake.jpg", asset_mime_type="image/jpeg",
           asset_otr_key=b"invented" * 4, asset_sha256=bytes(range(32)), asset_id="3-5-1", asset_width=640, asset_height=480)
    place = message(db, 6, TRIP, BOGDAN, kind="LOCATION")
    insert(db, "MessageConversationLocationContent", message_id=place, conversation_id=TRIP, latitude=48.5, longitude=2.25, name="Lake")
    renamed = message(db, 7, TRIP, ALICE, kind="CONVERSATION_RENAMED")
    insert(db, "MessageSystemContent", message_id=renamed, conversation_id=TRIP, content_type="CONVERSATION_RENAMED", text_1="Trip")
    gone = message(db, 8, DIRECT, ALICE, visibility="DELETED")
    insert(db, "MessageTextContent", message_id=gone, conversation_id=DIRECT, is_quoting_self=0)
    for number, (caller, status) in enumerate(((ALICE, "CLOSED"), (DANA, "MISSED")), 1):
        insert(db, "Call", conversation_id=DIRECT, id=f"call-{number}", status=status, caller_id=caller, conversation_type="ONE_ON_ONE",
               created_at=f"2023-11-14T22:1{number + 4}:00.000Z", type="ONE_ON_ONE")


def accounts(db):
    db.execute(GLOBAL)
    insert(db, "Accounts", id=DANA, server_config_id="1")


def logged_out(db):
    db.execute("UPDATE Accounts SET logout_reason = 'SELF_SOFT_LOGOUT' WHERE id = ?", (DANA,))


def build(root):
    folder = root / "data/data/com.wire/databases"
    with_wal(folder / "user-db-aaaaaaaa-0000-4000-8000-000000000001-wirecom", stored, in_the_wal)
    with_wal(folder / "global-db", accounts, logged_out)
