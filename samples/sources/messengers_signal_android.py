"""Signal for Android: signal.db as its key opens it, with a write-ahead log.

CREATE TABLE: signalapp/Signal-Android, SignalDatabaseMigrationRule.kt (SNAPSHOT_V286), word for word. Types: MessageTypes.java of the same.
"""

from sqlite_sample import insert, with_wal

PLATFORM = "messengers"

T = 1_700_000_000_000  # 2023-11-14T22:13:20Z
DANA, ALICE, BOGDAN, TRIP = 1, 2, 3, 4
INBOX, SENT = 0xA00014, 0xA00017  # secure, by Signal's own servers
GROUP_UPDATE, TIMER = 0x10000, 0x40000

SCHEMA = """
CREATE TABLE attachment (_id INTEGER PRIMARY KEY AUTOINCREMENT, message_id INTEGER, content_type TEXT, remote_key TEXT, remote_location TEXT, remote_digest BLOB, remote_incremental_digest BLOB, remote_incremental_digest_chunk_size INTEGER DEFAULT 0, cdn_number INTEGER DEFAULT 0, transfer_state INTEGER, transfer_file TEXT DEFAULT NULL, data_file TEXT, data_size INTEGER, data_random BLOB, file_name TEXT, fast_preflight_id TEXT, voice_note INTEGER DEFAULT 0, borderless INTEGER DEFAULT 0, video_gif INTEGER DEFAULT 0, quote INTEGER DEFAULT 0, width INTEGER DEFAULT 0, height INTEGER DEFAULT 0, caption TEXT DEFAULT NULL, sticker_pack_id TEXT DEFAULT NULL, sticker_pack_key DEFAULT NULL, sticker_id INTEGER DEFAULT -1, sticker_emoji STRING DEFAULT NULL, blur_hash TEXT DEFAULT NULL, transform_properties TEXT DEFAULT NULL, display_order INTEGER DEFAULT 0, upload_timestamp INTEGER DEFAULT 0, data_hash_start TEXT DEFAULT NULL, data_hash_end TEXT DEFAULT NULL, archive_cdn INTEGER DEFAULT NULL, archive_transfer_state INTEGER DEFAULT 0, thumbnail_file TEXT DEFAULT NULL, thumbnail_random BLOB DEFAULT NULL, thumbnail_restore_state INTEGER DEFAULT 0, attachment_uuid TEXT DEFAULT NULL, offload_restored_at INTEGER DEFAULT 0);
CREATE TABLE call (_id INTEGER PRIMARY KEY, call_id INTEGER NOT NULL, message_id INTEGER DEFAULT NULL REFERENCES message (_id) ON DELETE SET NULL, peer INTEGER NOT NULL REFERENCES recipient (_id) ON DELETE CASCADE, type INTEGER NOT NULL, direction INTEGER NOT NULL, event INTEGER NOT NULL, timestamp INTEGER NOT NULL, ringer INTEGER DEFAULT NULL, deletion_timestamp INTEGER DEFAULT 0, read INTEGER DEFAULT 1, local_joined INTEGER DEFAULT 0, group_call_active INTEGER DEFAULT 0, UNIQUE (call_id, peer) ON CONFLICT FAIL);
CREATE TABLE group_membership (_id INTEGER PRIMARY KEY, group_id TEXT NOT NULL REFERENCES groups (group_id) ON DELETE CASCADE, recipient_id INTEGER NOT NULL REFERENCES recipient (_id) ON DELETE CASCADE, endorsement BLOB DEFAULT NULL, UNIQUE(group_id, recipient_id));
CREATE TABLE groups (_id INTEGER PRIMARY KEY, group_id TEXT NOT NULL UNIQUE, recipient_id INTEGER NOT NULL UNIQUE REFERENCES recipient (_id) ON DELETE CASCADE, title TEXT DEFAULT NULL, avatar_id INTEGER DEFAULT 0, avatar_key BLOB DEFAULT NULL, avatar_content_type TEXT DEFAULT NULL, avatar_digest BLOB DEFAULT NULL, timestamp INTEGER DEFAULT 0, active INTEGER DEFAULT 1, mms INTEGER DEFAULT 0, master_key BLOB DEFAULT NULL, revision BLOB DEFAULT NULL, decrypted_group BLOB DEFAULT NULL, expected_v2_id TEXT UNIQUE DEFAULT NULL, unmigrated_v1_members TEXT DEFAULT NULL, distribution_id TEXT UNIQUE DEFAULT NULL, show_as_story_state INTEGER DEFAULT 0, last_force_update_timestamp INTEGER DEFAULT 0, group_send_endorsements_expiration INTEGER DEFAULT 0);
CREATE TABLE message (_id INTEGER PRIMARY KEY AUTOINCREMENT, date_sent INTEGER NOT NULL, date_received INTEGER NOT NULL, date_server INTEGER DEFAULT -1, thread_id INTEGER NOT NULL REFERENCES thread (_id) ON DELETE CASCADE, from_recipient_id INTEGER NOT NULL REFERENCES recipient (_id) ON DELETE CASCADE, from_device_id INTEGER, to_recipient_id INTEGER NOT NULL REFERENCES recipient (_id) ON DELETE CASCADE, type INTEGER NOT NULL, body TEXT, read INTEGER DEFAULT 0, ct_l TEXT, exp INTEGER, m_type INTEGER, m_size INTEGER, st INTEGER, tr_id TEXT, subscription_id INTEGER DEFAULT -1, receipt_timestamp INTEGER DEFAULT -1, has_delivery_receipt INTEGER DEFAULT 0, has_read_receipt INTEGER DEFAULT 0, viewed INTEGER DEFAULT 0, mismatched_identities TEXT DEFAULT NULL, network_failures TEXT DEFAULT NULL, expires_in INTEGER DEFAULT 0, expire_started INTEGER DEFAULT 0, notified INTEGER DEFAULT 0, quote_id INTEGER DEFAULT 0, quote_author INTEGER DEFAULT 0, quote_body TEXT DEFAULT NULL, quote_missing INTEGER DEFAULT 0, quote_mentions BLOB DEFAULT NULL, quote_type INTEGER DEFAULT 0, shared_contacts TEXT DEFAULT NULL, unidentified INTEGER DEFAULT 0, link_previews TEXT DEFAULT NULL, view_once INTEGER DEFAULT 0, reactions_unread INTEGER DEFAULT 0, reactions_last_seen INTEGER DEFAULT -1, remote_deleted INTEGER DEFAULT 0, mentions_self INTEGER DEFAULT 0, notified_timestamp INTEGER DEFAULT 0, server_guid TEXT DEFAULT NULL, message_ranges BLOB DEFAULT NULL, story_type INTEGER DEFAULT 0, parent_story_id INTEGER DEFAULT 0, export_state BLOB DEFAULT NULL, exported INTEGER DEFAULT 0, scheduled_date INTEGER DEFAULT -1, latest_revision_id INTEGER DEFAULT NULL REFERENCES message (_id) ON DELETE CASCADE, original_message_id INTEGER DEFAULT NULL REFERENCES message (_id) ON DELETE CASCADE, revision_number INTEGER DEFAULT 0, message_extras BLOB DEFAULT NULL, expire_timer_version INTEGER DEFAULT 1 NOT NULL);
CREATE TABLE reaction (_id INTEGER PRIMARY KEY, message_id INTEGER NOT NULL REFERENCES message (_id) ON DELETE CASCADE, author_id INTEGER NOT NULL REFERENCES recipient (_id) ON DELETE CASCADE, emoji TEXT NOT NULL, date_sent INTEGER NOT NULL, date_received INTEGER NOT NULL, UNIQUE(message_id, author_id) ON CONFLICT REPLACE);
CREATE TABLE recipient (_id INTEGER PRIMARY KEY AUTOINCREMENT, type INTEGER DEFAULT 0, e164 TEXT UNIQUE DEFAULT NULL, aci TEXT UNIQUE DEFAULT NULL, pni TEXT UNIQUE DEFAULT NULL CHECK (pni LIKE 'PNI:%'), username TEXT UNIQUE DEFAULT NULL, email TEXT UNIQUE DEFAULT NULL, group_id TEXT UNIQUE DEFAULT NULL, distribution_list_id INTEGER DEFAULT NULL, call_link_room_id TEXT DEFAULT NULL, registered INTEGER DEFAULT 0, unregistered_timestamp INTEGER DEFAULT 0, blocked INTEGER DEFAULT 0, hidden INTEGER DEFAULT 0, profile_key TEXT DEFAULT NULL, profile_key_credential TEXT DEFAULT NULL, profile_sharing INTEGER DEFAULT 0, profile_given_name TEXT DEFAULT NULL, profile_family_name TEXT DEFAULT NULL, profile_joined_name TEXT DEFAULT NULL, profile_avatar TEXT DEFAULT NULL, last_profile_fetch INTEGER DEFAULT 0, system_given_name TEXT DEFAULT NULL, system_family_name TEXT DEFAULT NULL, system_joined_name TEXT DEFAULT NULL, system_nickname TEXT DEFAULT NULL, system_photo_uri TEXT DEFAULT NULL, system_phone_label TEXT DEFAULT NULL, system_phone_type INTEGER DEFAULT -1, system_contact_uri TEXT DEFAULT NULL, system_info_pending INTEGER DEFAULT 0, notification_channel TEXT DEFAULT NULL, message_ringtone TEXT DEFAULT NULL, message_vibrate INTEGER DEFAULT 0, call_ringtone TEXT DEFAULT NULL, call_vibrate INTEGER DEFAULT 0, mute_until INTEGER DEFAULT 0, message_expiration_time INTEGER DEFAULT 0, sealed_sender_mode INTEGER DEFAULT 0, storage_service_id TEXT UNIQUE DEFAULT NULL, storage_service_proto TEXT DEFAULT NULL, mention_setting INTEGER DEFAULT 0, capabilities INTEGER DEFAULT 0, last_session_reset BLOB DEFAULT NULL, wallpaper BLOB DEFAULT NULL, wallpaper_uri TEXT DEFAULT NULL, about TEXT DEFAULT NULL, about_emoji TEXT DEFAULT NULL, extras BLOB DEFAULT NULL, groups_in_common INTEGER DEFAULT 0, avatar_color TEXT DEFAULT NULL, chat_colors BLOB DEFAULT NULL, custom_chat_colors_id INTEGER DEFAULT 0, badges BLOB DEFAULT NULL, needs_pni_signature INTEGER DEFAULT 0, reporting_token BLOB DEFAULT NULL, phone_number_sharing INTEGER DEFAULT 0, phone_number_discoverable INTEGER DEFAULT 0, pni_signature_verified INTEGER DEFAULT 0, nickname_given_name TEXT DEFAULT NULL, nickname_family_name TEXT DEFAULT NULL, nickname_joined_name TEXT DEFAULT NULL, note TEXT DEFAULT NULL, message_expiration_time_version INTEGER DEFAULT 1 NOT NULL);
CREATE TABLE thread (_id INTEGER PRIMARY KEY AUTOINCREMENT, date INTEGER DEFAULT 0, meaningful_messages INTEGER DEFAULT 0, recipient_id INTEGER NOT NULL UNIQUE REFERENCES recipient (_id) ON DELETE CASCADE, read INTEGER DEFAULT 1, type INTEGER DEFAULT 0, error INTEGER DEFAULT 0, snippet TEXT, snippet_type INTEGER DEFAULT 0, snippet_uri TEXT DEFAULT NULL, snippet_content_type TEXT DEFAULT NULL, snippet_extras TEXT DEFAULT NULL, unread_count INTEGER DEFAULT 0, archived INTEGER DEFAULT 0, status INTEGER DEFAULT 0, has_delivery_receipt INTEGER DEFAULT 0, has_read_receipt INTEGER DEFAULT 0, expires_in INTEGER DEFAULT 0, last_seen INTEGER DEFAULT 0, has_sent INTEGER DEFAULT 0, last_scrolled INTEGER DEFAULT 0, pinned_order INTEGER UNIQUE DEFAULT NULL, unread_self_mention_count INTEGER DEFAULT 0, active INTEGER DEFAULT 0, snippet_message_extras BLOB DEFAULT NULL, snippet_message_id INTEGER DEFAULT 0);
"""


def message(db, number, thread, sender, recipient, kind, body, **values):
    sent = T + number * 10_000
    values = {"date_received": sent + 500, "date_server": sent + 200, "read": 1, **values}
    insert(db, "message", _id=number, date_sent=sent, thread_id=thread, from_recipient_id=sender,
           to_recipient_id=recipient, type=kind, body=body, **values)


def people(db):
    insert(db, "recipient", _id=DANA, e164="+15550100", aci="11111111-1111-4111-8111-111111111111",
           profile_given_name="Dana", profile_joined_name="Dana")
    insert(db, "recipient", _id=ALICE, e164="+15550101", aci="22222222-2222-4222-8222-222222222222",
           pni="PNI:33333333-3333-4333-8333-333333333333", username="alice.01", registered=1,
           profile_given_name="Alice", profile_family_name="Moreau", profile_joined_name="Alice Moreau",
           system_joined_name="Alice (work)", note="from the gym")
    insert(db, "recipient", _id=BOGDAN, aci="44444444-4444-4444-8444-444444444444", blocked=1,
           profile_given_name="Bogdan", profile_joined_name="Bogdan")
    insert(db, "recipient", _id=TRIP, type=3, group_id="__signal_group__v2__!00aa")
    insert(db, "groups", _id=1, group_id="__signal_group__v2__!00aa", recipient_id=TRIP, title="Trip", timestamp=T)
    for member in (DANA, ALICE, BOGDAN):
        insert(db, "group_membership", group_id="__signal_group__v2__!00aa", recipient_id=member)


def stored(db):
    for statement in SCHEMA.strip().split("\n"):
        db.execute(statement)
    people(db)
    insert(db, "thread", _id=1, date=T + 60_000, recipient_id=ALICE, snippet="hello", active=1)
    insert(db, "thread", _id=2, date=T + 90_000, recipient_id=TRIP, archived=1, active=1)
    message(db, 1, 1, ALICE, DANA, INBOX, "are you there")
    message(db, 2, 1, DANA, ALICE, SENT, "helo", has_delivery_receipt=1, has_read_receipt=1, receipt_timestamp=T + 21_000)
    message(db, 3, 1, ALICE, DANA, INBOX, "delete this")
    message(db, 4, 1, ALICE, DANA, INBOX, "burn this", expires_in=604_800_000, expire_started=T + 41_000)
    message(db, 5, 2, BOGDAN, TRIP, INBOX, "look", quote_id=T + 10_000, quote_author=ALICE, quote_body="are you there")
    insert(db, "attachment", _id=1, message_id=5, content_type="image/jpeg", data_file="/data/user/0/org.thoughtcrime.securesms/app_parts/part1.mms",
           data_size=4096, file_name="lake.jpg", transfer_state=0)
    insert(db, "reaction", _id=1, message_id=1, author_id=DANA, emoji="👍", date_sent=T + 12_000, date_received=T + 12_000)
    insert(db, "call", _id=1, call_id=901, message_id=8, peer=ALICE, type=1, direction=1, event=1, timestamp=T + 80_000)
    insert(db, "call", _id=2, call_id=902, peer=BOGDAN, type=0, direction=0, event=3, timestamp=T + 85_000)


def in_the_wal(db):
    db.execute("UPDATE message SET body = 'hello' WHERE _id = 2")
    db.execute("DELETE FROM message WHERE _id = 3")
    message(db, 6, 1, ALICE, DANA, INBOX, None, remote_deleted=1)
    message(db, 7, 1, DANA, ALICE, SENT | TIMER, None, expires_in=604_800_000)
    message(db, 8, 1, DANA, ALICE, 11, None)
    message(db, 9, 2, BOGDAN, TRIP, INBOX | GROUP_UPDATE | 0x80000, None)


def build(root):
    with_wal(root / "data/data/org.thoughtcrime.securesms/databases/signal.db", stored, in_the_wal)
