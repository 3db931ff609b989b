"""WhatsApp (schema of 2022 to 2026) and WhatsApp Business (schema before 2022) of Dana Reyes; all people are invented.

CREATE TABLE of: [1] frozenspider/chat-history-manager, crates/loaders/resources/test/whatsapp-android_2026-01/{msgstore,wa}.sql
[2] ElDavoo/wa-crypt-tools, tests/res/msgstore.db (2022) [3] a public dump of msgstore.db of 2026 (jid_map and what came after 2022)
[4] frozenspider/chat-history-manager, …/whatsapp-android_2023-10/wa.sql [5] Kethen, Migrator.java, newdbstring (chat_list, 2018)
[6] the SQL that WhatsApp itself runs (wa_block_list, wa_group_admin_settings, wa_group_descriptions in ContactsDatabaseHelper)
"""

import base64
import hashlib
import shutil
import sqlite3
from pathlib import Path

PLATFORM = "android"

T = 1_700_000_000_000  # 2023-11-14T22:13:20Z
MINUTE = 60_000

DANA = "15550100@s.whatsapp.net"
ALICE = "15550101@s.whatsapp.net"
BOGDAN = "15550102@s.whatsapp.net"
CHIARA = "15550103@s.whatsapp.net"
UNKNOWN = "15550199@s.whatsapp.net"
CHIARA_LID = "880000000000103@lid"
GROUP = "120363000000000001@g.us"
STATUS = "status@broadcast"

MSGSTORE = """
CREATE TABLE call_log (    _id                              INTEGER PRIMARY KEY AUTOINCREMENT,    jid_row_id                       INTEGER,    from_me                          INTEGER,    call_id                          TEXT,    transaction_id                   INTEGER,    timestamp                        INTEGER,    video_call                       INTEGER,    duration                         INTEGER,    call_result                      INTEGER,    bytes_transferred                INTEGER,    group_jid_row_id                 INTEGER NOT NULL DEFAULT 0,    is_joinable_group_call           INTEGER,    call_creator_device_jid_row_id   INTEGER NOT NULL DEFAULT 0, call_random_id TEXT, call_link_row_id INTEGER NOT NULL DEFAULT 0, is_dnd_mode_on INTEGER, call_type INTEGER, offer_silence_reason INTEGER, scheduled_id TEXT, telecom_uuid TEXT);
CREATE TABLE chat (_id INTEGER PRIMARY KEY AUTOINCREMENT,jid_row_id INTEGER UNIQUE,hidden INTEGER,subject TEXT,created_timestamp INTEGER,display_message_row_id INTEGER,last_message_row_id INTEGER,last_read_message_row_id INTEGER,last_read_receipt_sent_message_row_id INTEGER,last_important_message_row_id INTEGER,archived INTEGER,sort_timestamp INTEGER,mod_tag INTEGER,gen REAL,spam_detection INTEGER,unseen_earliest_message_received_time INTEGER,unseen_message_count INTEGER,unseen_missed_calls_count INTEGER,unseen_row_count INTEGER,plaintext_disabled INTEGER,vcard_ui_dismissed INTEGER,change_number_notified_message_row_id INTEGER,show_group_description INTEGER,ephemeral_expiration INTEGER,last_read_ephemeral_message_row_id INTEGER,ephemeral_setting_timestamp INTEGER, unseen_important_message_count INTEGER NOT NULL DEFAULT 0, ephemeral_disappearing_messages_initiator INTEGER, group_type INTEGER NOT NULL DEFAULT 0, last_message_reaction_row_id INTEGER, last_seen_message_reaction_row_id INTEGER, unseen_message_reaction_count INTEGER, growth_lock_level INTEGER, growth_lock_expiration_ts INTEGER, last_read_message_sort_id INTEGER, display_message_sort_id INTEGER, last_message_sort_id INTEGER, last_read_receipt_sent_message_sort_id INTEGER, has_new_community_admin_dialog_been_acknowledged INTEGER NOT NULL DEFAULT 0, history_sync_progress INTEGER, ephemeral_displayed_exemptions INTEGER, chat_lock INTEGER, unseen_comment_message_count INTEGER, chat_origin TEXT, participation_status INTEGER, account_jid_row_id INTEGER, chat_encryption_state INTEGER, group_member_count INTEGER, limited_sharing INTEGER, limited_sharing_setting_timestamp INTEGER, is_contact INTEGER);
CREATE TABLE jid (_id INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, server TEXT NOT NULL, agent INTEGER, device INTEGER, type INTEGER, raw_string TEXT);
CREATE TABLE message (_id INTEGER PRIMARY KEY AUTOINCREMENT, chat_row_id INTEGER NOT NULL, from_me INTEGER NOT NULL, key_id TEXT NOT NULL, sender_jid_row_id INTEGER, status INTEGER, broadcast INTEGER, recipient_count INTEGER, participant_hash TEXT, origination_flags INTEGER, origin INTEGER, timestamp INTEGER, received_timestamp INTEGER, receipt_server_timestamp INTEGER, message_type INTEGER, text_data TEXT, starred INTEGER, lookup_tables INTEGER, sort_id INTEGER NOT NULL DEFAULT 0 , message_add_on_flags INTEGER, view_mode INTEGER, translated_text TEXT, view_replies_thread_id INTEGER);
CREATE TABLE message_quoted_location (message_row_id INTEGER PRIMARY KEY, latitude REAL, longitude REAL, place_name TEXT, place_address TEXT, url TEXT, thumbnail BLOB);
CREATE TABLE message_quoted_vcard (_id INTEGER PRIMARY KEY AUTOINCREMENT, message_row_id INTEGER, vcard TEXT);
CREATE TABLE message_external_ad_content (message_row_id INTEGER PRIMARY KEY, title TEXT, body TEXT, media_type INTEGER, thumbnail_url TEXT, full_thumbnail BLOB, micro_thumbnail BLOB, media_url TEXT, source_type TEXT, source_id TEXT, source_url TEXT, render_larger_thumbnail BOOLEAN, show_ad_attribution BOOLEAN);
CREATE TABLE pay_transaction (_id INTEGER PRIMARY KEY AUTOINCREMENT, message_row_id INTEGER, remote_jid_row_id INTEGER, key_id TEXT, interop_id TEXT, id TEXT, timestamp INTEGER, status INTEGER, error_code TEXT, sender_jid_row_id INTEGER, receiver_jid_row_id INTEGER, type INTEGER, currency_code TEXT, amount_1000, credential_id TEXT, methods TEXT, bank_transaction_id TEXT, metadata TEXT, init_timestamp INTEGER, request_key_id TEXT, country TEXT, version INTEGER, future_data BLOB, service_id INTEGER, background_id TEXT);
CREATE TABLE message_system_business_state (message_row_id INTEGER PRIMARY KEY, privacy_message_type INTEGER NOT NULL, business_name TEXT);
CREATE TABLE message_system_initial_privacy_provider(message_row_id INTEGER PRIMARY KEY, privacy_provider INTEGER NOT NULL DEFAULT 0, verified_biz_name TEXT, biz_state_id INTEGER);
CREATE TABLE message_edit_info (message_row_id INTEGER PRIMARY KEY, original_key_id TEXT NOT NULL, edited_timestamp INTEGER NOT NULL, sender_timestamp INTEGER NOT NULL);
CREATE TABLE message_forwarded(message_row_id INTEGER PRIMARY KEY, forward_score INTEGER, forward_origin INTEGER);
CREATE TABLE message_location (message_row_id INTEGER PRIMARY KEY, chat_row_id INTEGER, latitude REAL, longitude REAL, place_name TEXT, place_address TEXT, url TEXT, live_location_share_duration INTEGER, live_location_sequence_number INTEGER, live_location_final_latitude REAL, live_location_final_longitude REAL, live_location_final_timestamp INTEGER, map_download_status INTEGER);
CREATE TABLE message_media (  message_row_id INTEGER PRIMARY KEY, chat_row_id INTEGER, autotransfer_retry_enabled INTEGER, multicast_id TEXT, media_job_uuid TEXT, transferred INTEGER, transcoded INTEGER, file_path TEXT, file_size INTEGER, suspicious_content INTEGER, trim_from INTEGER, trim_to INTEGER, face_x INTEGER, face_y INTEGER, media_key BLOB, media_key_timestamp INTEGER, width INTEGER, height INTEGER, has_streaming_sidecar INTEGER, gif_attribution INTEGER, thumbnail_height_width_ratio REAL, direct_path TEXT, first_scan_sidecar BLOB, first_scan_length INTEGER, message_url TEXT, mime_type TEXT, file_length INTEGER, media_name TEXT, file_hash TEXT, media_duration INTEGER, page_count INTEGER, enc_file_hash TEXT, partial_media_hash TEXT, partial_media_enc_hash TEXT, is_animated_sticker INTEGER, original_file_hash TEXT, mute_video INTEGER DEFAULT 0, media_caption TEXT, media_upload_handle TEXT, sticker_flags INTEGER, raw_transcription_text TEXT, first_viewed_timestamp INTEGER, doodle_id TEXT, media_source_type INTEGER, accessibility_label TEXT, media_transcode_quality INTEGER DEFAULT 0, metadata_url TEXT, motion_photo_presentation_offset_ms INTEGER, qr_url TEXT);
CREATE TABLE message_quoted (    message_row_id             INTEGER PRIMARY KEY AUTOINCREMENT,    chat_row_id                INTEGER NOT NULL,    parent_message_chat_row_id INTEGER NOT NULL,    from_me                    INTEGER NOT NULL,    sender_jid_row_id          INTEGER,    key_id                     TEXT    NOT NULL,    timestamp                  INTEGER,    message_type               INTEGER,    origin                     INTEGER,    text_data                  TEXT,    payment_transaction_id     TEXT,    lookup_tables              INTEGER, quoted_source INTEGER, quoted_type INTEGER);
CREATE TABLE message_revoked (message_row_id INTEGER PRIMARY KEY, revoked_key_id TEXT NOT NULL, admin_jid_row_id INTEGER, revoke_timestamp INTEGER);
CREATE TABLE message_system (message_row_id INTEGER PRIMARY KEY, action_type INTEGER NOT NULL);
CREATE TABLE message_system_block_contact (message_row_id INTEGER PRIMARY KEY, is_blocked INTEGER);
CREATE TABLE message_system_chat_participant (message_row_id INTEGER, user_jid_row_id INTEGER);
CREATE TABLE message_system_group (message_row_id INTEGER PRIMARY KEY, is_me_joined INTEGER);
CREATE TABLE message_system_number_change (message_row_id INTEGER PRIMARY KEY, old_jid_row_id INTEGER, new_jid_row_id INTEGER);
CREATE TABLE message_ui_elements(_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, message_row_id INTEGER NOT NULL, element_type INTEGER, element_content TEXT);
CREATE TABLE message_vcard (_id  INTEGER PRIMARY KEY AUTOINCREMENT, message_row_id INTEGER, vcard TEXT);
CREATE TABLE props (_id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE, value TEXT);
"""  # [1]

MSGSTORE_2022 = """
CREATE TABLE receipt_user(_id INTEGER PRIMARY KEY AUTOINCREMENT,message_row_id INTEGER NOT NULL,receipt_user_jid_row_id INTEGER NOT NULL,receipt_timestamp INTEGER,read_timestamp INTEGER,played_timestamp INTEGER);
CREATE TABLE message_add_on (_id INTEGER PRIMARY KEY AUTOINCREMENT, chat_row_id INTEGER, from_me INTEGER, key_id TEXT NOT NULL, sender_jid_row_id INTEGER, parent_message_row_id INTEGER, timestamp INTEGER, status INTEGER, message_add_on_type INTEGER);
CREATE TABLE message_add_on_reaction (message_add_on_row_id INTEGER PRIMARY KEY, reaction TEXT, sender_timestamp INTEGER);
CREATE TABLE message_ephemeral_setting (message_row_id INTEGER PRIMARY KEY, setting_duration INTEGER, setting_reason INTEGER, user_jid_row_id_csv TEXT);
CREATE TABLE call_log_participant_v2 (    _id             INTEGER PRIMARY KEY AUTOINCREMENT,    call_log_row_id INTEGER,    jid_row_id      INTEGER,    call_result     INTEGER);
CREATE TABLE missed_call_logs (_id INTEGER PRIMARY KEY AUTOINCREMENT, message_row_id INTEGER, timestamp INTEGER, video_call INTEGER, group_jid_row_id INTEGER NOT NULL DEFAULT 0, is_joinable_group_call INTEGER);
CREATE TABLE message_text (message_row_id INTEGER PRIMARY KEY, description TEXT, page_title TEXT, url TEXT, font_style INTEGER, text_color INTEGER, background_color INTEGER, preview_type INTEGER, invite_link_group_type INTEGER NOT NULL DEFAULT 0);
CREATE TABLE message_template (message_row_id             INTEGER PRIMARY KEY, content_text_data          TEXT NOT NULL, footer_text_data           TEXT, template_id                TEXT, csat_trigger_expiration_ts INTEGER);
CREATE TABLE message_group_invite (message_row_id INTEGER PRIMARY KEY, group_jid_row_id INTEGER NOT NULL, admin_jid_row_id INTEGER NOT NULL, group_name TEXT, invite_code TEXT, expiration INTEGER, invite_time INTEGER, expired INTEGER, group_type INTEGER NOT NULL DEFAULT 0);
CREATE TABLE message_view_once_media (message_row_id INTEGER PRIMARY KEY, state INTEGER NOT NULL );
CREATE TABLE message_mentions (_id INTEGER PRIMARY KEY AUTOINCREMENT, message_row_id INTEGER, jid_row_id INTEGER);
CREATE TABLE message_quoted_media (message_row_id INTEGER PRIMARY KEY, media_job_uuid TEXT, transferred INTEGER, file_path TEXT, file_size INTEGER, media_key BLOB, media_key_timestamp INTEGER, width INTEGER, height INTEGER, direct_path TEXT, message_url TEXT, mime_type TEXT, file_length INTEGER, media_name TEXT, file_hash TEXT, media_duration INTEGER, page_count INTEGER, enc_file_hash TEXT, thumbnail BLOB);
CREATE TABLE message_system_value_change (message_row_id INTEGER PRIMARY KEY, old_data TEXT);
CREATE TABLE message_system_device_change (message_row_id INTEGER PRIMARY KEY, device_added_count INTEGER, device_removed_count INTEGER);
CREATE TABLE message_system_linked_group_call(message_row_id INTEGER PRIMARY KEY, call_id TEXT, is_video_call INTEGER);
CREATE TABLE message_order (message_row_id INTEGER PRIMARY KEY, order_id TEXT,thumbnail BLOB,order_title TEXT,item_count INTEGER,status INTEGER,surface INTEGER,message TEXT,seller_jid INTEGER,token TEXT,currency_code TEXT,total_amount_1000 INTEGER);
CREATE TABLE message_product (message_row_id INTEGER PRIMARY KEY, business_owner_jid INTEGER, product_id TEXT, title TEXT, description TEXT, currency_code TEXT, amount_1000 INTEGER, retailer_id TEXT, url TEXT, product_image_count INTEGER, sale_amount_1000 INTEGER, body TEXT, footer Text);
"""  # [2]

MSGSTORE_2026 = """
CREATE TABLE jid_map(lid_row_id INTEGER PRIMARY KEY NOT NULL,jid_row_id INTEGER NOT NULL,sort_id INTEGER);
CREATE TABLE message_ephemeral(message_row_id INTEGER PRIMARY KEY,duration INTEGER NOT NULL,expire_timestamp INTEGER NOT NULL,keep_in_chat INTEGER NOT NULL DEFAULT 0,ephemeral_trigger INTEGER,ephemeral_initiated_by_me INTEGER, after_read_duration INTEGER);
CREATE TABLE group_participant_user(_id INTEGER PRIMARY KEY AUTOINCREMENT,group_jid_row_id INTEGER NOT NULL,user_jid_row_id INTEGER NOT NULL,rank INTEGER,pending INTEGER,add_timestamp INTEGER,label TEXT, join_method INTEGER, group_history_send_state INTEGER);
CREATE TABLE group_past_participant_user(_id INTEGER PRIMARY KEY AUTOINCREMENT,group_jid_row_id INTEGER NOT NULL,user_jid_row_id INTEGER NOT NULL,is_leave INTEGER NOT NULL,timestamp INTEGER);
CREATE TABLE message_poll_option(_id INTEGER PRIMARY KEY AUTOINCREMENT,message_row_id INTEGER,option_sha256 TEXT,option_name TEXT,vote_total INTEGER,option_hash TEXT);
CREATE TABLE message_add_on_poll_vote_selected_option(_id INTEGER PRIMARY KEY AUTOINCREMENT,message_add_on_row_id INTEGER,message_poll_option_id INTEGER);
CREATE TABLE message_event(message_row_id INTEGER PRIMARY KEY,is_canceled INTEGER DEFAULT 0,name TEXT NOT NULL,description TEXT,location_latitude REAL,location_longitude REAL,location_name TEXT,location_address TEXT,join_link TEXT,start_time DATETIME NOT NULL,end_time DATETIME,chat_row_id INTEGER,event_state INTEGER NOT NULL DEFAULT 0,allow_extra_guests INTEGER,is_schedule_call INTEGER, has_reminder INTEGER, reminder_offset_sec INTEGER, show_upcoming_banner INTEGER);
CREATE TABLE message_call_log(message_row_id INTEGER PRIMARY KEY,call_log_row_id INTEGER);
CREATE TABLE call_link(_id INTEGER PRIMARY KEY AUTOINCREMENT,token TEXT NOT NULL,creator_jid_row_id INTEGER NOT NULL DEFAULT 0);
CREATE TABLE call_unknown_caller(call_log_row_id INTEGER PRIMARY KEY);
"""  # [3]

WA = """
CREATE TABLE wa_contacts(_id INTEGER PRIMARY KEY AUTOINCREMENT,jid TEXT NOT NULL,is_whatsapp_user BOOLEAN NOT NULL,status TEXT,status_timestamp INTEGER,number TEXT,raw_contact_id INTEGER,display_name TEXT,phone_type INTEGER,phone_label TEXT,photo_ts INTEGER,thumb_ts INTEGER,photo_id_timestamp INTEGER,given_name TEXT,family_name TEXT,wa_name TEXT,sort_name TEXT,nickname TEXT,company TEXT,title TEXT,status_autodownload_disabled INTEGER,keep_timestamp INTEGER,is_spam_reported INTEGER,is_sidelist_synced BOOLEAN DEFAULT 0,is_business_synced BOOLEAN DEFAULT 0,disappearing_mode_duration INTEGER,disappearing_mode_timestamp LONG,history_sync_initial_phash TEXT,is_starred BOOLEAN,is_wa_created_contact BOOLEAN,sync_policy INTEGER,status_emoji TEXT,is_contact_synced INTEGER,is_reachable INTEGER, external_user_state INTEGER, disappearing_mode_support_disabled INTEGER);
CREATE TABLE wa_vnames(_id INTEGER PRIMARY KEY AUTOINCREMENT,jid TEXT NOT NULL,serial INTEGER NOT NULL,issuer TEXT NOT NULL,expires INTEGER,verified_name TEXT NOT NULL,industry TEXT,city TEXT,country TEXT,verified_level INTEGER,identity_unconfirmed_since INTEGER,cert_blob BLOB,host_storage INTEGER DEFAULT 0,actual_actors INTEGER DEFAULT 0,privacy_mode_ts INTEGER DEFAULT 0);
CREATE TABLE wa_block_list (jid TEXT NOT NULL);
CREATE TABLE wa_group_admin_settings (jid TEXT NOT NULL, restrict_mode BOOLEAN NOT NULL, announcement_group BOOLEAN NOT NULL DEFAULT 0, no_frequently_forwarded BOOLEAN NOT NULL DEFAULT 0, ephemeral_duration INTEGER DEFAULT NULL, creator_jid TEXT, in_app_support BOOLEAN NOT NULL DEFAULT 0, is_suspended BOOLEAN, group_state INTEGER NOT NULL DEFAULT 0, require_membership_approval BOOLEAN NOT NULL DEFAULT 0, member_add_mode INTEGER NOT NULL DEFAULT 0,incognito BOOLEAN,is_pending_requests_banner_acknowledged BOOLEAN NOT NULL DEFAULT 0);
CREATE TABLE wa_group_descriptions (jid TEXT NOT NULL, description TEXT NOT NULL, description_id INTEGER, description_time INTEGER, description_setter_jid TEXT NOT NULL, description_id_string TEXT NOT NULL DEFAULT '');
"""  # [1] [4] [6]

OLD_COLUMNS = "(_id INTEGER PRIMARY KEY AUTOINCREMENT, key_remote_jid TEXT NOT NULL, key_from_me INTEGER, key_id TEXT NOT NULL, status INTEGER, needs_push INTEGER, data TEXT, timestamp INTEGER, media_url TEXT, media_mime_type TEXT, media_wa_type TEXT, media_size INTEGER, media_name TEXT, media_caption TEXT, media_hash TEXT, media_duration INTEGER, origin INTEGER, latitude REAL, longitude REAL, thumb_image TEXT, remote_resource TEXT, received_timestamp INTEGER, send_timestamp INTEGER, receipt_server_timestamp INTEGER, receipt_device_timestamp INTEGER, read_device_timestamp INTEGER, played_device_timestamp INTEGER, raw_data BLOB, recipient_count INTEGER, participant_hash TEXT, starred INTEGER, quoted_row_id INTEGER, mentioned_jids TEXT, multicast_id TEXT, edit_version INTEGER, media_enc_hash TEXT, payment_transaction_id TEXT, forwarded INTEGER, preview_type INTEGER, send_count INTEGER, lookup_tables INTEGER, future_message_type INTEGER, message_add_on_flags INTEGER)"

MSGSTORE_OLD = f"""
CREATE TABLE props (_id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE, value TEXT);
CREATE TABLE messages {OLD_COLUMNS};
CREATE TABLE messages_quotes {OLD_COLUMNS};
CREATE TABLE messages_vcards (_id INTEGER PRIMARY KEY AUTOINCREMENT, message_row_id INTEGER, sender_jid TEXT, chat_jid TEXT, vcard TEXT);
CREATE TABLE receipts(_id INTEGER PRIMARY KEY AUTOINCREMENT, key_remote_jid TEXT NOT NULL, key_id TEXT NOT NULL, remote_resource TEXT, receipt_device_timestamp INTEGER, read_device_timestamp INTEGER, played_device_timestamp INTEGER);
CREATE TABLE group_participants (_id INTEGER PRIMARY KEY AUTOINCREMENT, gjid TEXT NOT NULL, jid TEXT NOT NULL, admin INTEGER, pending INTEGER, sent_sender_key INTEGER);
CREATE TABLE jid (_id INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, server TEXT NOT NULL, agent INTEGER, device INTEGER, type INTEGER, raw_string TEXT);
CREATE TABLE message_media (  message_row_id INTEGER PRIMARY KEY, chat_row_id INTEGER, autotransfer_retry_enabled INTEGER, multicast_id TEXT, media_job_uuid TEXT, transferred INTEGER, transcoded INTEGER, file_path TEXT, file_size INTEGER, suspicious_content INTEGER, trim_from INTEGER, trim_to INTEGER, face_x INTEGER, face_y INTEGER, media_key BLOB, media_key_timestamp INTEGER, width INTEGER, height INTEGER, has_streaming_sidecar INTEGER, gif_attribution INTEGER, thumbnail_height_width_ratio REAL, direct_path TEXT, first_scan_sidecar BLOB, first_scan_length INTEGER, message_url TEXT, mime_type TEXT, file_length INTEGER, media_name TEXT, file_hash TEXT, media_duration INTEGER, page_count INTEGER, enc_file_hash TEXT, partial_media_hash TEXT, partial_media_enc_hash TEXT, is_animated_sticker INTEGER, original_file_hash TEXT, mute_video INTEGER DEFAULT 0);
CREATE TABLE message_revoked (message_row_id INTEGER PRIMARY KEY,revoked_key_id TEXT NOT NULL,admin_jid_row_id INTEGER);
CREATE TABLE message_ephemeral(message_row_id INTEGER PRIMARY KEY, duration INTEGER NOT NULL, expire_timestamp INTEGER NOT NULL);
CREATE TABLE chat_list (_id INTEGER PRIMARY KEY AUTOINCREMENT, key_remote_jid TEXT UNIQUE, message_table_id INTEGER, subject TEXT, creation INTEGER, last_read_message_table_id INTEGER, last_read_receipt_sent_message_table_id INTEGER, archived INTEGER, sort_timestamp INTEGER, mod_tag INTEGER, gen REAL, my_messages INTEGER, plaintext_disabled BOOLEAN, last_message_table_id INTEGER, unseen_message_count INTEGER, unseen_missed_calls_count INTEGER, unseen_row_count INTEGER, vcard_ui_dismissed INTEGER);
"""  # [2] [5]

WA_OLD = """
CREATE TABLE wa_contacts(_id INTEGER PRIMARY KEY AUTOINCREMENT,jid TEXT NOT NULL,is_whatsapp_user BOOLEAN NOT NULL,status TEXT,status_timestamp INTEGER,number TEXT,raw_contact_id INTEGER,display_name TEXT,phone_type INTEGER,phone_label TEXT,unseen_msg_count INTEGER,photo_ts INTEGER,thumb_ts INTEGER,photo_id_timestamp INTEGER,given_name TEXT,family_name TEXT,wa_name TEXT,sort_name TEXT,nickname TEXT,company TEXT,title TEXT,status_autodownload_disabled INTEGER,keep_timestamp INTEGER,is_spam_reported INTEGER,is_sidelist_synced BOOLEAN DEFAULT 0,is_business_synced BOOLEAN DEFAULT 0,disappearing_mode_duration INTEGER,disappearing_mode_timestamp LONG,history_sync_initial_phash TEXT, is_starred BOOLEAN);
"""  # [4]

PREFERENCES = """<?xml version='1.0' encoding='utf-8' standalone='yes' ?>
<map>
    <string name="registration_jid">15550100</string>
    <string name="ph">5550100</string>
    <string name="cc">1</string>
    <string name="push_name">Dana R.</string>
    <string name="my_current_status">Busy &amp; happy</string>
    <long name="client_server_time_diff" value="12" />
    <boolean name="gdrive_backup_prompt" value="true" />
</map>
"""


def sha256(content: bytes) -> str:
    """The base64 form in which WhatsApp stores a SHA-256."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def insert(connection, table, **values):
    """One row, its columns by name."""
    columns, marks = ", ".join(values), ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(values.values()))


def opened(path: Path, schema: str) -> sqlite3.Connection:
    """A new database in WAL mode that is checkpointed by hand only. Android builds SQLite with SQLITE_SECURE_DELETE.

    WhatsApp's own pages have 4096 bytes; with so many tables of few rows, half of that keeps the sample small.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        old.unlink(missing_ok=True)
    connection = sqlite3.connect(path.with_name(path.name + ".building"), isolation_level=None)
    connection.executescript("PRAGMA page_size=2048; PRAGMA secure_delete=ON; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;")
    connection.executescript(schema)
    return connection


def closed(connection: sqlite3.Connection, path: Path):
    """Copies database and WAL as they are on a running handset, without the shared memory file."""
    building = path.with_name(path.name + ".building")
    shutil.copyfile(building, path)
    shutil.copyfile(building.with_name(building.name + "-wal"), path.with_name(path.name + "-wal"))
    connection.close()
    for left in path.parent.glob(building.name + "*"):
        left.unlink()


def checkpointed(connection: sqlite3.Connection):
    """All that was written so far goes to the main file; the WAL starts again."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def add_jids(connection):
    types = {"s.whatsapp.net": 0, "g.us": 1, "broadcast": 5, "lid": 18}
    for number, raw in enumerate([DANA, ALICE, BOGDAN, CHIARA, UNKNOWN, GROUP, STATUS, CHIARA_LID], start=1):
        user, server = raw.split("@")
        insert(connection, "jid", _id=number, user=user, server=server, agent=0, device=0, type=types[server], raw_string=raw)


def add_chats(connection):
    insert(connection, "chat", _id=1, jid_row_id=2, hidden=0, created_timestamp=T - 90 * MINUTE, archived=0, sort_timestamp=T + 40 * MINUTE, unseen_message_count=0, ephemeral_expiration=0, chat_lock=0)
    insert(connection, "chat", _id=2, jid_row_id=6, hidden=0, subject="Trip to the lake", created_timestamp=T - 60 * MINUTE, archived=1, sort_timestamp=T + 30 * MINUTE, unseen_message_count=2, ephemeral_expiration=86400, group_type=0)
    insert(connection, "chat", _id=3, jid_row_id=5, hidden=1, created_timestamp=T + 9 * MINUTE, archived=0, sort_timestamp=T + 10 * MINUTE, unseen_message_count=1)
    insert(connection, "chat", _id=4, jid_row_id=7, hidden=0, archived=0, sort_timestamp=T + 21 * MINUTE)
    insert(connection, "chat", _id=5, jid_row_id=8, hidden=0, archived=0, sort_timestamp=T + 12 * MINUTE, chat_lock=1)
    insert(connection, "jid_map", lid_row_id=8, jid_row_id=4, sort_id=1)
    for user, rank, added in ((1, 2, T - 60 * MINUTE), (2, 0, T - 59 * MINUTE), (3, 0, T - 59 * MINUTE), (8, 0, T - 58 * MINUTE)):
        insert(connection, "group_participant_user", group_jid_row_id=6, user_jid_row_id=user, rank=rank, pending=0, add_timestamp=added)
    insert(connection, "group_past_participant_user", group_jid_row_id=6, user_jid_row_id=4, is_leave=1, timestamp=T + 2 * MINUTE)


def message(connection, row, chat, key, at, kind=0, text=None, **more):
    """One row of table message; `more` overrides what an incoming text would hold."""
    values = dict(_id=row, chat_row_id=chat, from_me=0, key_id=key, sender_jid_row_id=0, status=0, broadcast=0, recipient_count=0,
                  origination_flags=0, origin=0, timestamp=at, received_timestamp=at + 1500, receipt_server_timestamp=-1,
                  message_type=kind, text_data=text, starred=0, lookup_tables=0, message_add_on_flags=0, sort_id=row)
    values.update(more)
    insert(connection, "message", **values)


def add_direct_messages(connection):
    insert(connection, "message", _id=1, chat_row_id=-1, from_me=0, key_id="-1", status=-1)
    message(connection, 2, 1, "A002", T, text="are you thre", starred=1)
    message(connection, 3, 1, "A003", T + MINUTE, text="on my way 🚲", from_me=1, status=13, receipt_server_timestamp=T + MINUTE + 300)
    insert(connection, "receipt_user", message_row_id=3, receipt_user_jid_row_id=2, receipt_timestamp=T + 2 * MINUTE, read_timestamp=T + 3 * MINUTE, played_timestamp=-1)
    insert(connection, "message_quoted", message_row_id=3, chat_row_id=1, parent_message_chat_row_id=1, from_me=0, sender_jid_row_id=0, key_id="A002", timestamp=T, message_type=0, text_data="are you thre")
    message(connection, 4, 1, "A004", T + 4 * MINUTE, kind=1, text="the lake", message_add_on_flags=1)
    insert(connection, "message_media", message_row_id=4, chat_row_id=1, media_job_uuid="3f2504e0-4f89-11d3-9a0c-0305e82c3301", transferred=1, file_path="Media/WhatsApp Images/IMG-20231114-WA0001.jpg", file_size=2048, media_key=b"\x11" * 32, width=1600, height=1200, direct_path="/v/t62.7118-24/sample", message_url="https://mmg.example.org/v/sample.enc", mime_type="image/jpeg", file_length=2048, file_hash=sha256(b"lake"), enc_file_hash=sha256(b"lake.enc"), original_file_hash=sha256(b"lake.original"), media_duration=0, first_viewed_timestamp=T + 5 * MINUTE)
    insert(connection, "message_add_on", _id=1, chat_row_id=1, from_me=1, key_id="R001", parent_message_row_id=4, timestamp=T + 5 * MINUTE, status=13, message_add_on_type=56)
    insert(connection, "message_add_on_reaction", message_add_on_row_id=1, reaction="👍", sender_timestamp=T + 5 * MINUTE)
    message(connection, 5, 1, "A005", T + 6 * MINUTE, kind=9, from_me=1, status=5)
    insert(connection, "message_media", message_row_id=5, chat_row_id=1, transferred=1, file_path="Media/WhatsApp Documents/Sent/route.pdf", file_size=512, mime_type="application/pdf", file_length=512, media_name="route.pdf", file_hash=sha256(b"route"), media_caption="the way there", page_count=1)
    insert(connection, "receipt_user", message_row_id=5, receipt_user_jid_row_id=2, receipt_timestamp=T + 7 * MINUTE, read_timestamp=-1, played_timestamp=-1)
    message(connection, 6, 1, "A006", T + 8 * MINUTE, kind=15)
    insert(connection, "message_revoked", message_row_id=6, revoked_key_id="A006OLD", revoke_timestamp=T + 9 * MINUTE)
    message(connection, 7, 1, "A007", T + 10 * MINUTE, kind=42, from_me=1, status=4)
    insert(connection, "message_media", message_row_id=7, chat_row_id=1, transferred=1, file_path="Media/WhatsApp Images/Private/IMG-20231114-WA0002.jpg", mime_type="image/jpeg", file_length=4096, width=800, height=600)
    insert(connection, "message_view_once_media", message_row_id=7, state=0)
    message(connection, 8, 3, "U001", T + 10 * MINUTE, text="look at https://example.org/offer", translated_text="schau https://example.org/offer")
    insert(connection, "message_text", message_row_id=8, description="an offer", page_title="Offer", url="https://example.org/offer")
    message(connection, 9, 5, "L001", T + 11 * MINUTE, text="from a hidden number", sender_jid_row_id=8)
    insert(connection, "message_ephemeral", message_row_id=9, duration=86400, expire_timestamp=T + 11 * MINUTE + 86_400_000, keep_in_chat=1)
    message(connection, 10, 5, "L002", T + 12 * MINUTE, kind=2, sender_jid_row_id=8)
    insert(connection, "message_media", message_row_id=10, chat_row_id=5, transferred=1, file_path="Media/WhatsApp Voice Notes/202346/PTT-20231114-WA0003.opus", file_size=900, mime_type="audio/ogg; codecs=opus", file_length=900, media_duration=7, file_hash=sha256(b"voice"), raw_transcription_text="see you tomorrow")


def add_group_messages(connection):
    sent = dict(from_me=1, recipient_count=2)
    message(connection, 11, 2, "G001", T - 60 * MINUTE, kind=7, text="Trip to the lake", from_me=1, sender_jid_row_id=1, status=6)
    insert(connection, "message_system", message_row_id=11, action_type=11)
    insert(connection, "message_system_group", message_row_id=11, is_me_joined=1)
    message(connection, 12, 2, "G002", T - 59 * MINUTE, kind=7, from_me=1, sender_jid_row_id=1, status=6)
    insert(connection, "message_system", message_row_id=12, action_type=12)
    for user in (2, 3, 4):
        insert(connection, "message_system_chat_participant", message_row_id=12, user_jid_row_id=user)
    message(connection, 13, 2, "G003", T + 13 * MINUTE, text="@15550101 who drives?", status=5, origination_flags=1, message_add_on_flags=1, **sent)
    insert(connection, "message_edit_info", message_row_id=13, original_key_id="G003OLD", edited_timestamp=T + 14 * MINUTE, sender_timestamp=T + 14 * MINUTE - 800)
    insert(connection, "message_forwarded", message_row_id=13, forward_score=1)
    insert(connection, "message_mentions", message_row_id=13, jid_row_id=2)
    insert(connection, "receipt_user", message_row_id=13, receipt_user_jid_row_id=2, receipt_timestamp=T + 15 * MINUTE, read_timestamp=T + 16 * MINUTE, played_timestamp=-1)
    insert(connection, "receipt_user", message_row_id=13, receipt_user_jid_row_id=3, receipt_timestamp=T + 17 * MINUTE, read_timestamp=-1, played_timestamp=-1)
    insert(connection, "message_add_on", _id=2, chat_row_id=2, from_me=0, key_id="R002", sender_jid_row_id=3, parent_message_row_id=13, timestamp=T + 18 * MINUTE, status=0, message_add_on_type=56)
    insert(connection, "message_add_on_reaction", message_add_on_row_id=2, reaction="❤️", sender_timestamp=T + 18 * MINUTE)
    insert(connection, "message_add_on", _id=90, chat_row_id=2, from_me=0, key_id="R003", sender_jid_row_id=8, parent_message_row_id=13, timestamp=T + 19 * MINUTE, status=0, message_add_on_type=56)
    insert(connection, "message_add_on_reaction", message_add_on_row_id=90, reaction="🚣", sender_timestamp=T + 19 * MINUTE)
    message(connection, 14, 2, "G004", T + 19 * MINUTE, kind=5, sender_jid_row_id=5)
    insert(connection, "message_location", message_row_id=14, chat_row_id=2, latitude=46.9479, longitude=7.4474, place_name="Boat house", place_address="Shore Road 1", url="https://maps.example.org/boat-house")
    message(connection, 15, 2, "G005", T + 20 * MINUTE, kind=4, text="2 contacts", sender_jid_row_id=3)
    for name, number in (("Alice Moreau", "+15550101"), ("Chiara Lindt", "+15550103")):
        insert(connection, "message_vcard", message_row_id=15, vcard=f"BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nTEL:{number}\nEND:VCARD")
    message(connection, 16, 2, "G006", T + 21 * MINUTE, kind=66, text="Which day?", sender_jid_row_id=2)
    for option, votes in (("Saturday", 2), ("Sunday", 1)):
        insert(connection, "message_poll_option", message_row_id=16, option_name=option, vote_total=votes)
    for row, voter, from_me, options in ((3, 3, 0, (1, 2)), (4, 0, 1, (1,))):
        insert(connection, "message_add_on", _id=row, chat_row_id=2, from_me=from_me, key_id=f"V{row:03}", sender_jid_row_id=voter, parent_message_row_id=16, timestamp=T + (20 + row) * MINUTE, status=0, message_add_on_type=67)
        for option in options:
            insert(connection, "message_add_on_poll_vote_selected_option", message_add_on_row_id=row, message_poll_option_id=option)
    message(connection, 17, 2, "G007", T + 22 * MINUTE, kind=16, sender_jid_row_id=3)
    insert(connection, "message_location", message_row_id=17, chat_row_id=2, latitude=46.95, longitude=7.45, live_location_share_duration=900, live_location_final_latitude=46.96, live_location_final_longitude=7.46, live_location_final_timestamp=T + 37 * MINUTE)
    message(connection, 18, 2, "G008", T + 23 * MINUTE, text="me", sender_jid_row_id=3)
    insert(connection, "message_quoted", message_row_id=18, chat_row_id=2, parent_message_chat_row_id=2, from_me=1, sender_jid_row_id=0, key_id="G003", timestamp=T + 13 * MINUTE, message_type=1, text_data="@15550101 who drives?")
    insert(connection, "message_quoted_media", message_row_id=18, file_path="Media/WhatsApp Images/Sent/car.jpg", mime_type="image/jpeg", file_hash=sha256(b"car"))
    message(connection, 19, 4, "S001", T + 21 * MINUTE, kind=1, text="sunset", sender_jid_row_id=2)
    insert(connection, "message_media", message_row_id=19, chat_row_id=4, transferred=0, file_size=0, mime_type="image/jpeg", file_length=77, file_hash=sha256(b"sunset"))


def add_rare_messages(connection):
    message(connection, 20, 3, "U002", T + 24 * MINUTE, kind=27)
    insert(connection, "message_template", message_row_id=20, content_text_data="Your code is 123456", footer_text_data="Do not share it")
    insert(connection, "message_external_ad_content", message_row_id=20, title="Win a boat", body="Only today", source_url="https://ads.example.org/boat")
    message(connection, 21, 3, "U003", T + 25 * MINUTE, kind=24, text="join us")
    insert(connection, "message_group_invite", message_row_id=21, group_jid_row_id=6, admin_jid_row_id=5, group_name="Trip to the lake", invite_code="SAMPLECODE", expiration=T // 1000)
    message(connection, 22, 3, "U004", T + 26 * MINUTE, kind=44)
    insert(connection, "message_order", message_row_id=22, order_title="Two tickets", message="please", item_count=2)
    insert(connection, "pay_transaction", message_row_id=22, id="PAY-1", status=405, currency_code="EUR", amount_1000=25000)
    message(connection, 23, 3, "U005", T + 27 * MINUTE, kind=23)
    insert(connection, "message_product", message_row_id=23, title="Ticket", description="Boat ride")
    insert(connection, "message_quoted", message_row_id=23, chat_row_id=3, parent_message_chat_row_id=3, from_me=0, key_id="U000", timestamp=T, message_type=5)
    insert(connection, "message_quoted_location", message_row_id=23, latitude=46.9479, longitude=7.4474, place_name="Boat house")
    insert(connection, "message_quoted_vcard", message_row_id=23, vcard="BEGIN:VCARD\nVERSION:3.0\nFN:Chiara Lindt\nEND:VCARD")
    message(connection, 24, 2, "G009", T + 28 * MINUTE, kind=92, sender_jid_row_id=2)
    insert(connection, "message_event", message_row_id=24, name="Departure", description="at the station", location_name="Pier 2", join_link="https://call.example.org/1", start_time=T + 600 * MINUTE, end_time=T + 660 * MINUTE)
    message(connection, 25, 3, "U006", T + 29 * MINUTE, kind=85)
    insert(connection, "message_ui_elements", message_row_id=25, element_type=6, element_content='{"description":"Line 1"}')
    message(connection, 26, 1, "A008", T + 30 * MINUTE, kind=90)
    insert(connection, "message_call_log", message_row_id=26, call_log_row_id=1)
    message(connection, 27, 1, "A009", T + 31 * MINUTE, kind=10)
    insert(connection, "missed_call_logs", message_row_id=27, timestamp=T + 31 * MINUTE, video_call=1)
    for row, action, table, values in (
        (28, 1, "message_system_value_change", {"old_data": "Trip"}),
        (29, 28, "message_system_number_change", {"old_jid_row_id": 5, "new_jid_row_id": 3}),
        (30, 58, "message_system_block_contact", {"is_blocked": 1}),
        (31, 57, "message_system_device_change", {"device_added_count": 1, "device_removed_count": 0}),
        (32, 59, "message_ephemeral_setting", {"setting_duration": 86400}),
        (36, 46, "message_system_business_state", {"privacy_message_type": 1, "business_name": "Petrov Repairs"}),
        (33, 70, "message_system_linked_group_call", {"call_id": "call:SAMPLE3", "is_video_call": 0}),
    ):
        message(connection, row, 2, f"Y{row:03}", T + row * MINUTE, kind=7, sender_jid_row_id=2, status=6)
        insert(connection, "message_system", message_row_id=row, action_type=action)
        insert(connection, table, message_row_id=row, **values)
    message(connection, 34, 1, "A010", T + 34 * MINUTE, text="delete this")


def add_calls(connection):
    insert(connection, "call_log", _id=1, jid_row_id=2, from_me=0, call_id="call:SAMPLE1", transaction_id=-1, timestamp=T + 30 * MINUTE, video_call=0, duration=95, call_result=5, bytes_transferred=40960, call_type=0)
    insert(connection, "call_log", _id=2, jid_row_id=5, from_me=0, call_id="call:SAMPLE2", transaction_id=-1, timestamp=T + 31 * MINUTE, video_call=1, duration=0, call_result=2, bytes_transferred=0, is_dnd_mode_on=1, offer_silence_reason=1)
    insert(connection, "call_unknown_caller", call_log_row_id=2)
    insert(connection, "call_log", _id=3, jid_row_id=8, from_me=1, call_id="call:SAMPLE3", transaction_id=-1, timestamp=T + 33 * MINUTE, video_call=0, duration=60, call_result=5, bytes_transferred=1024, group_jid_row_id=6, is_joinable_group_call=1, call_creator_device_jid_row_id=1, call_link_row_id=1, scheduled_id="plan-1")
    insert(connection, "call_link", _id=1, token="sampletoken", creator_jid_row_id=1)
    for user, result in ((2, 5), (3, 2), (8, 5)):
        insert(connection, "call_log_participant_v2", call_log_row_id=3, jid_row_id=user, call_result=result)
    insert(connection, "call_log", _id=4, jid_row_id=3, from_me=1, call_id="call:SAMPLE4", transaction_id=-1, timestamp=T + 35 * MINUTE, video_call=0, duration=0, call_result=4, bytes_transferred=0)


def build_msgstore(path: Path):
    connection = opened(path, MSGSTORE + MSGSTORE_2022 + MSGSTORE_2026)
    connection.execute("BEGIN")
    insert(connection, "props", key="user_push_name", value="Dana R.")
    insert(connection, "props", key="fts_ready", value="5")
    for add in (add_jids, add_chats, add_direct_messages, add_group_messages, add_rare_messages, add_calls):
        add(connection)
    connection.execute("COMMIT")
    checkpointed(connection)
    connection.execute("UPDATE message SET text_data = 'are you there' WHERE _id = 2")
    connection.execute("DELETE FROM message WHERE _id = 34")
    message(connection, 35, 1, "A011", T + 40 * MINUTE, text="only in the log")
    connection.execute("UPDATE chat SET subject = 'Trip to the sea' WHERE _id = 2")
    connection.execute("DELETE FROM call_log WHERE _id = 4")
    closed(connection, path)


def build_wa(path: Path):
    connection = opened(path, WA)
    connection.execute("BEGIN")
    insert(connection, "wa_contacts", _id=1, jid=ALICE, is_whatsapp_user=1, status="At the lake", status_timestamp=T - 1000 * MINUTE, number="+15550101", raw_contact_id=11, display_name="Alice Moreau", given_name="Alice", family_name="Moreau", wa_name="ally", sort_name="Alice Moreau", nickname="Al", company="Example Boats", title="Skipper")
    insert(connection, "wa_contacts", _id=2, jid=BOGDAN, is_whatsapp_user=1, number="+15550102", raw_contact_id=12, display_name="Bogdan", wa_name="bp")
    insert(connection, "wa_contacts", _id=3, jid=CHIARA, is_whatsapp_user=1, wa_name="Chiara L.")
    insert(connection, "wa_contacts", _id=4, jid=GROUP, is_whatsapp_user=1, display_name="Trip to the lake")
    insert(connection, "wa_contacts", _id=5, jid=STATUS, is_whatsapp_user=1)
    insert(connection, "wa_contacts", _id=6, jid="880000000000104@lid", is_whatsapp_user=1, wa_name="hidden one")
    insert(connection, "wa_contacts", _id=7, jid="15550107@s.whatsapp.net", is_whatsapp_user=0, number="+15550107", display_name="Old Neighbour")
    insert(connection, "wa_contacts", _id=8, jid=CHIARA_LID, is_whatsapp_user=1)
    insert(connection, "wa_vnames", jid=BOGDAN, serial=1, issuer="smb:wa", verified_name="Petrov Repairs")
    insert(connection, "wa_block_list", jid=UNKNOWN)
    insert(connection, "wa_group_admin_settings", jid=GROUP, restrict_mode=0, creator_jid=DANA)
    insert(connection, "wa_group_descriptions", jid=GROUP, description="Saturday, nine o'clock", description_setter_jid=ALICE)
    connection.execute("COMMIT")
    checkpointed(connection)
    connection.execute("UPDATE wa_contacts SET display_name = 'Bogdan Petrov' WHERE _id = 2")
    connection.execute("DELETE FROM wa_contacts WHERE _id = 7")
    closed(connection, path)


def old(connection, row, jid, key, at, kind="0", table="messages", **more):
    """One row of table messages as an incoming text, with what `more` says."""
    values = dict(_id=row, key_remote_jid=jid, key_from_me=0, key_id=key, status=0, needs_push=0, timestamp=at, media_wa_type=kind,
                  media_size=0, media_duration=0, latitude=0.0, longitude=0.0, received_timestamp=at + 900, send_timestamp=-1,
                  receipt_server_timestamp=-1, receipt_device_timestamp=-1, read_device_timestamp=-1, played_device_timestamp=-1,
                  recipient_count=0, starred=0, quoted_row_id=0, forwarded=0)
    values.update(more)
    insert(connection, table, **values)


def add_old_messages(connection):
    old(connection, 1, "-1", "-1", 0, kind="-1", status=-1)
    old(connection, 2, ALICE, "B001", T, data="is the boat free")
    old(connection, 3, ALICE, "B002", T + MINUTE, data="it is", key_from_me=1, status=13, receipt_server_timestamp=T + MINUTE + 200, receipt_device_timestamp=T + 2 * MINUTE, read_device_timestamp=T + 3 * MINUTE, quoted_row_id=1, starred=1)
    old(connection, 1, ALICE, "B001", T, table="messages_quotes", data="is the boat free", remote_resource=ALICE)
    old(connection, 4, ALICE, "B003", T + 4 * MINUTE, kind="1", media_mime_type="image/jpeg", media_size=1234, media_caption="boat", media_hash=sha256(b"boat"), media_url="https://mmg.example.org/d/boat.enc", media_name="boat.jpg")
    insert(connection, "message_media", message_row_id=4, file_path="Media/WhatsApp Business Images/IMG-20231114-WA0009.jpg", width=640, height=480)
    old(connection, 5, GROUP, "B004", T + 5 * MINUTE, kind="5", remote_resource=UNKNOWN, latitude=46.9479, longitude=7.4474, media_name="Boat house")
    old(connection, 6, GROUP, "B005", T + 6 * MINUTE, data="all aboard", key_from_me=1, status=5, recipient_count=2, forwarded=1, mentioned_jids=ALICE, edit_version=0)
    for user, read in ((ALICE, T + 8 * MINUTE), (BOGDAN, -1)):
        insert(connection, "receipts", key_remote_jid=GROUP, key_id="B005", remote_resource=user, receipt_device_timestamp=T + 7 * MINUTE, read_device_timestamp=read, played_device_timestamp=-1)
    old(connection, 7, GROUP, "B006", T + 9 * MINUTE, status=6, key_from_me=1, media_size=12, remote_resource=BOGDAN, data="")
    old(connection, 8, ALICE, "B007", T + 10 * MINUTE, kind="8", media_caption="video", media_duration=61)
    old(connection, 9, ALICE, "B008", T + 11 * MINUTE, kind="10", media_caption="audio", status=6)
    old(connection, 10, ALICE, "B009", T + 12 * MINUTE, kind="15", edit_version=7)
    insert(connection, "message_revoked", message_row_id=10, revoked_key_id="B009OLD")
    old(connection, 11, ALICE, "B010", T + 13 * MINUTE, kind="4", media_name="Bogdan Petrov")
    insert(connection, "messages_vcards", message_row_id=11, vcard="BEGIN:VCARD\nVERSION:3.0\nFN:Bogdan Petrov\nTEL:+15550102\nEND:VCARD")
    old(connection, 12, ALICE, "B011", T + 14 * MINUTE, kind="2", key_from_me=1, status=8, media_mime_type="audio/ogg", media_size=300, media_duration=5, played_device_timestamp=T + 15 * MINUTE)
    insert(connection, "message_ephemeral", message_row_id=12, duration=604800, expire_timestamp=T + 14 * MINUTE + 604_800_000)
    old(connection, 13, ALICE, "B012", T + 16 * MINUTE, data="forget this")


def build_old_msgstore(path: Path):
    connection = opened(path, MSGSTORE_OLD)
    connection.execute("BEGIN")
    add_jids(connection)
    insert(connection, "props", key="user_push_name", value="Dana's boats")
    add_old_messages(connection)
    insert(connection, "chat_list", key_remote_jid=ALICE, archived=0, sort_timestamp=T + 16 * MINUTE)
    insert(connection, "chat_list", key_remote_jid=GROUP, subject="Boat owners", creation=T - 500 * MINUTE, archived=1, sort_timestamp=T + 9 * MINUTE)
    insert(connection, "chat_list", key_remote_jid="0@s.whatsapp.net", archived=0)
    for user, admin in ((ALICE, 1), (BOGDAN, 0)):
        insert(connection, "group_participants", gjid=GROUP, jid=user, admin=admin, pending=0)
    connection.execute("COMMIT")
    checkpointed(connection)
    connection.execute("UPDATE messages SET data = 'is the boat still free' WHERE _id = 2")
    connection.execute("DELETE FROM messages WHERE _id = 13")
    closed(connection, path)


def build_old_wa(path: Path):
    connection = opened(path, WA_OLD)
    insert(connection, "wa_contacts", jid=ALICE, is_whatsapp_user=1, number="+15550101", display_name="Alice (boats)")
    checkpointed(connection)
    connection.execute("UPDATE wa_contacts SET wa_name = 'ally' WHERE _id = 1")
    closed(connection, path)


def build(root: Path):
    """Writes both apps' files below `root`."""
    whatsapp, business = root / "data/data/com.whatsapp", root / "data/data/com.whatsapp.w4b"
    build_msgstore(whatsapp / "databases/msgstore.db")
    build_wa(whatsapp / "databases/wa.db")
    build_old_msgstore(business / "databases/msgstore.db")
    build_old_wa(business / "databases/wa.db")
    preferences = whatsapp / "shared_prefs/com.whatsapp_preferences_light.xml"
    preferences.parent.mkdir(parents=True, exist_ok=True)
    preferences.write_text(PREFERENCES, encoding="utf-8")
