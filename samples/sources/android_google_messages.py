# CREATE TABLEs: as Google Messages makes them from its table definitions at schema 60370 (MessagesTable, PartsTable,
# ParticipantsTable …; read in a decompilation, github.com/forgedordor/one 36086d6, defpackage/brdm.java and others; only
# the columns that the definition reads and their neighbours are filled; conversation_to_participants from the columns that
# its queries and its audit log name), and AOSP Messaging's, packages/apps/Messaging,
# src/com/android/messaging/datamodel/DatabaseHelper.java (github.com/LineageOS/android_packages_apps_Messaging).
"""bugle_db of Google Messages with an open write-ahead log, and of AOSP Messaging, from which it descends."""

from sqlite_sample import insert, with_wal, without_wal

PLATFORM = "android"

GOOGLE = """
CREATE TABLE android_metadata (locale TEXT);
CREATE TABLE conversations (_id INTEGER PRIMARY KEY AUTOINCREMENT, sms_thread_id INT DEFAULT(-1), name TEXT, name_is_automatic INTEGER DEFAULT(1), latest_message_id INT, snippet_text TEXT, subject_text TEXT, preview_uri TEXT, preview_content_type TEXT, show_draft INT DEFAULT(0), draft_snippet_text TEXT, draft_subject_text TEXT, draft_preview_uri TEXT, draft_preview_content_type TEXT, etouffee_default INT DEFAULT(0), archive_status INT DEFAULT(0), sort_timestamp INT DEFAULT(0), last_read_timestamp INT DEFAULT(0), icon TEXT, participant_contact_id INT DEFAULT(-1), participant_lookup_key TEXT, participant_normalized_destination TEXT, participant_comparable_destination TEXT, current_self_id TEXT, participant_count INT DEFAULT(0), notification_enabled INT DEFAULT(1), notification_sound_uri TEXT, notification_vibration INT DEFAULT(1), include_email_addr INT DEFAULT(0), sms_service_center TEXT, participant_id_list TEXT, source_type INT DEFAULT(0), rcs_session_id INT DEFAULT(-1), join_state INT DEFAULT(0), conv_type INT DEFAULT(0), send_mode INT DEFAULT(0), IS_ENTERPRISE INT DEFAULT(0), delete_timestamp INT DEFAULT(0), cms_id TEXT, rcs_group_id TEXT, rcs_conference_uri TEXT, has_been_e2ee INT DEFAULT(0), marked_as_unread INT DEFAULT(0), encryption_protocol INTEGER DEFAULT(0));
CREATE TABLE participants (_id INTEGER PRIMARY KEY AUTOINCREMENT, sub_id INT DEFAULT(-2), sim_slot_id INT DEFAULT(-1), normalized_destination TEXT, send_destination TEXT, display_destination TEXT, comparable_destination TEXT, country_code TEXT, full_name TEXT, first_name TEXT, profile_photo_uri TEXT, contact_id INT DEFAULT(-1), lookup_key TEXT, color_palette_index INT DEFAULT(-1), color_type INT DEFAULT(0), extended_color INT DEFAULT(0), blocked INT DEFAULT(0), subscription_name TEXT, subscription_color INT DEFAULT(0), contact_destination TEXT, participant_type INT DEFAULT(0), video_reachability INT DEFAULT(0), alias TEXT, is_spam INT DEFAULT(0), is_rcs_available INT DEFAULT(0), is_spam_source INT DEFAULT(0), cms_id TEXT, UNIQUE(normalized_destination,sub_id) ON CONFLICT FAIL);
CREATE TABLE messages (_id INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id INT, sender_id INT, sender_send_destination TEXT, msisdn_receiving_rcs_message TEXT, receiving_network_country TEXT, sent_timestamp INT DEFAULT(0), queue_insert_timestamp INT DEFAULT(0), received_timestamp INT DEFAULT(0), message_protocol INT DEFAULT(0), message_status INT DEFAULT(0), message_report_status INT DEFAULT(0), seen INT DEFAULT(0), read INT DEFAULT(0), sms_message_uri TEXT, sms_priority INT DEFAULT(0), sms_message_size INT DEFAULT(0), mms_subject TEXT, mms_transaction_id TEXT, mms_content_location TEXT, mms_expiry INT DEFAULT(0), rcs_expiry INT DEFAULT(0), mms_retrieve_text TEXT, raw_status INT DEFAULT(0), self_id INT, retry_start_timestamp INT DEFAULT(0), cloud_sync_id TEXT, rcs_message_id STRING, rcs_message_id_with_text_type TEXT, etouffee_status INT DEFAULT(0), verification_status INT DEFAULT(0), rcs_ui_status INT DEFAULT(0), is_hidden INT DEFAULT(0), rcs_remote_instance STRING, rcs_file_transfer_session_id INT DEFAULT(-1), sms_error_code INT DEFAULT(-1), sms_error_desc_map_name TEXT, original_rcs_message_id TEXT, custom_headers BLOB, group_private_participant INT REFERENCES participants(_id) ON DELETE CASCADE , original_message_id INT REFERENCES messages(_id) ON DELETE CASCADE , message_original_protocol INT DEFAULT(-1), encryption_protocol INT DEFAULT(0), FOREIGN KEY (conversation_id) REFERENCES conversations (_id) ON DELETE CASCADE FOREIGN KEY (sender_id) REFERENCES participants (_id) ON DELETE SET NULL FOREIGN KEY (self_id) REFERENCES participants (_id) ON DELETE SET NULL);
CREATE TABLE parts (_id INTEGER PRIMARY KEY AUTOINCREMENT, message_id INT, text TEXT, raw_text TEXT, uri TEXT, content_type TEXT, original_uri TEXT, storage_uri TEXT, width INT DEFAULT(-1), height INT DEFAULT(-1), timestamp INT, output_uri TEXT, target_size INT DEFAULT(0), processing_status INT DEFAULT(0), conversation_id INT NOT NULL, sticker_set_id INT DEFAULT(-1), sticker_id INT DEFAULT(-1), longitude REAL DEFAULT(0), latitude REAL DEFAULT(0), preview_content_uri TEXT, preview_content_type TEXT, fallback_uri TEXT, source INT DEFAULT(13), file_name TEXT, duration INT, file_size_bytes INT, local_cache_path TEXT, FOREIGN KEY (message_id) REFERENCES messages (_id) ON DELETE CASCADE FOREIGN KEY (conversation_id) REFERENCES conversations (_id) ON DELETE CASCADE);
CREATE TABLE conversation_participants (_id INTEGER PRIMARY KEY AUTOINCREMENT,conversation_id INT,participant_id INT,UNIQUE (conversation_id,participant_id) ON CONFLICT FAIL, FOREIGN KEY (conversation_id) REFERENCES conversations(_id) ON DELETE CASCADE FOREIGN KEY (participant_id) REFERENCES participants(_id));
CREATE TABLE conversation_to_participants (conversation_id INT NOT NULL, participant_id INT NOT NULL, rcs_group_join_status INT DEFAULT(0), last_modified_by_key TEXT, UNIQUE (conversation_id, participant_id));
CREATE TABLE message_replies (message_id INTEGER NOT NULL REFERENCES messages(_id) ON DELETE CASCADE , replied_to_message_id INTEGER REFERENCES messages(_id) ON DELETE SET NULL , replied_to_message_id_null_reason INT, replied_to_rcs_message_id TEXT);
CREATE TABLE message_reactions (_id INTEGER PRIMARY KEY AUTOINCREMENT, message_id INTEGER NOT NULL UNIQUE ON CONFLICT FAIL REFERENCES messages(_id) ON DELETE CASCADE , reactions_data BLOB, reacted_message_id INTEGER REFERENCES messages(_id) ON DELETE CASCADE , reaction INTEGER, applied_reaction BLOB, animation_effect BLOB);
CREATE TABLE cms_deleted_messages_buffer (_id INTEGER PRIMARY KEY AUTOINCREMENT, message_id INTEGER NOT NULL, conversation_id INTEGER NOT NULL, message_deletion_reason INT DEFAULT(0) NOT NULL, deletion_timestamp INTEGER NOT NULL);
CREATE UNIQUE INDEX index_messages_rcs_message_id ON messages(rcs_message_id, seen);
CREATE INDEX index_messages_ui_sort ON messages(conversation_id, received_timestamp);
CREATE INDEX index_parts_message_id ON parts(message_id);
"""

AOSP = """
CREATE TABLE android_metadata (locale TEXT);
CREATE TABLE conversations(_id INTEGER PRIMARY KEY AUTOINCREMENT, sms_thread_id INT DEFAULT(0), name TEXT, latest_message_id INT, snippet_text TEXT, subject_text TEXT, preview_uri TEXT, preview_content_type TEXT, show_draft INT DEFAULT(0), draft_snippet_text TEXT, draft_subject_text TEXT, draft_preview_uri TEXT, draft_preview_content_type TEXT, archive_status INT DEFAULT(0), sort_timestamp INT DEFAULT(0), last_read_timestamp INT DEFAULT(0), icon TEXT, participant_contact_id INT DEFAULT ( -1), participant_lookup_key TEXT, participant_normalized_destination TEXT, current_self_id TEXT, participant_count INT DEFAULT(0), notification_enabled INT DEFAULT(1), notification_sound_uri TEXT, notification_vibration INT DEFAULT(1), include_email_addr INT DEFAULT(0), sms_service_center TEXT ,IS_ENTERPRISE INT DEFAULT(0));
CREATE TABLE messages (_id INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id INT, sender_id INT, sent_timestamp INT DEFAULT(0), received_timestamp INT DEFAULT(0), message_protocol INT DEFAULT(0), message_status INT DEFAULT(0), seen INT DEFAULT(0), read INT DEFAULT(0), sms_message_uri TEXT, sms_priority INT DEFAULT(0), sms_message_size INT DEFAULT(0), mms_subject TEXT, mms_transaction_id TEXT, mms_content_location TEXT, mms_expiry INT DEFAULT(0), raw_status INT DEFAULT(0), self_id INT, retry_start_timestamp INT DEFAULT(0), FOREIGN KEY (conversation_id) REFERENCES conversations(_id) ON DELETE CASCADE FOREIGN KEY (sender_id) REFERENCES participants(_id) ON DELETE SET NULL FOREIGN KEY (self_id) REFERENCES participants(_id) ON DELETE SET NULL );
CREATE TABLE parts(_id INTEGER PRIMARY KEY AUTOINCREMENT,message_id INT,text TEXT,uri TEXT,content_type TEXT,width INT DEFAULT(-1),height INT DEFAULT(-1),timestamp INT, conversation_id INT NOT NULL,FOREIGN KEY (message_id) REFERENCES messages(_id) ON DELETE CASCADE FOREIGN KEY (conversation_id) REFERENCES conversations(_id) ON DELETE CASCADE );
CREATE TABLE participants(_id INTEGER PRIMARY KEY AUTOINCREMENT,sub_id INT DEFAULT(-2),sim_slot_id INT DEFAULT(-1),normalized_destination TEXT,send_destination TEXT,display_destination TEXT,full_name TEXT,first_name TEXT,profile_photo_uri TEXT, contact_id INT DEFAULT( -1), lookup_key STRING, blocked INT DEFAULT(0), subscription_name TEXT, subscription_color INT DEFAULT(0), contact_destination TEXT, UNIQUE (normalized_destination, sub_id) ON CONFLICT FAIL);
CREATE TABLE conversation_participants(_id INTEGER PRIMARY KEY AUTOINCREMENT,conversation_id INT,participant_id INT,UNIQUE (conversation_id,participant_id) ON CONFLICT FAIL, FOREIGN KEY (conversation_id) REFERENCES conversations(_id) ON DELETE CASCADE FOREIGN KEY (participant_id) REFERENCES participants(_id));
CREATE INDEX index_parts_message_id ON parts(message_id);
"""

# 2023-11-14T22:13:20Z
START = 1_700_000_000_000
SELF, ALICE, BOGDAN, UNKNOWN = 1, 2, 3, 4


def build(root):
    # Both apps open bugle_db with write-ahead logging.
    with_wal(root / "data/data/com.google.android.apps.messaging/databases/bugle_db", google, google_in_the_wal)
    without_wal(root / "data/data/com.android.messaging/databases/bugle_db", aosp, aosp_deletions)


def create(db, schema):
    for statement in schema.strip().split("\n"):
        db.execute(statement)
    insert(db, "android_metadata", locale="en_GB")


def people(db):
    insert(db, "participants", _id=SELF, sub_id=1, sim_slot_id=0, normalized_destination="+15550100", send_destination="+15550100", display_destination="(555) 010-0", subscription_name="SIM 1")
    insert(db, "participants", _id=ALICE, normalized_destination="+15550101", send_destination="555-0101", display_destination="(555) 010-1", full_name="Alice Moreau", first_name="Alice", contact_id=11, lookup_key="2r1-4A2E", contact_destination="+1 555-0101")
    insert(db, "participants", _id=BOGDAN, normalized_destination="+15550102", send_destination="+15550102", display_destination="(555) 010-2", full_name="Bogdan Petrov", first_name="Bogdan")
    insert(db, "participants", _id=UNKNOWN, normalized_destination="+15550199", send_destination="+15550199", display_destination="(555) 019-9", blocked=1)


def google(db):
    create(db, GOOGLE)
    people(db)
    db.execute("UPDATE participants SET is_rcs_available = 1, alias = 'rower' WHERE _id = ?", [ALICE])
    insert(db, "conversations", _id=1, sms_thread_id=1, name="Alice Moreau", latest_message_id=3, snippet_text="Yes 🚣", sort_timestamp=START + 120_000, last_read_timestamp=START + 120_000, participant_normalized_destination="+15550101", current_self_id="1", participant_count=1, rcs_session_id=5, has_been_e2ee=1)
    insert(db, "conversations", _id=2, sms_thread_id=3, name="Rowing club", latest_message_id=5, sort_timestamp=START + 300_000, current_self_id="1", participant_count=2, conv_type=2, rcs_group_id="g-1", rcs_conference_uri="sip:g-1@rcs.example.org", archive_status=1)
    insert(db, "conversations", _id=3, sms_thread_id=2, name=None, sort_timestamp=START + 400_000, participant_count=1)
    for conversation, participant in ((1, ALICE), (2, ALICE), (2, BOGDAN), (3, UNKNOWN)):
        insert(db, "conversation_participants", conversation_id=conversation, participant_id=participant)
        insert(db, "conversation_to_participants", conversation_id=conversation, participant_id=participant, rcs_group_join_status=int(conversation == 2))
    texts(db)
    files(db)
    insert(db, "cms_deleted_messages_buffer", message_id=99, conversation_id=1, message_deletion_reason=1, deletion_timestamp=START + 900_000)


def texts(db):
    message = lambda **row: insert(db, "messages", self_id=SELF, **row)
    part = lambda message, conversation, text: insert(db, "parts", message_id=message, conversation_id=conversation, text=text, content_type="text/plain", timestamp=START)
    message(_id=1, conversation_id=1, sender_id=ALICE, sent_timestamp=START, received_timestamp=START + 500, message_protocol=0, message_status=100, seen=1, read=1, sms_message_uri="content://sms/1", cloud_sync_id="c-1")
    part(1, 1, "are you there")
    message(_id=2, conversation_id=1, sender_id=ALICE, sender_send_destination="+15550101", sent_timestamp=START + 60_000, received_timestamp=START + 61_000, message_protocol=3, message_status=100, seen=1, read=0, rcs_message_id="Mx-2", rcs_remote_instance="urn:uuid:00000000-0000-4000-8000-000000000002", etouffee_status=1, encryption_protocol=1, msisdn_receiving_rcs_message="+15550100", receiving_network_country="us", custom_headers=bytes.fromhex("0a03616263"))
    part(2, 1, "Shall we row on Saturday?")
    message(_id=3, conversation_id=1, sender_id=SELF, sent_timestamp=START + 120_000, queue_insert_timestamp=START + 119_000, received_timestamp=START + 119_500, message_protocol=3, message_status=2, message_report_status=2, seen=1, read=1, rcs_message_id="Mx-3", original_rcs_message_id="Mx-3")
    part(3, 1, "Yes 🚣")
    insert(db, "message_replies", message_id=3, replied_to_message_id=2, replied_to_rcs_message_id="Mx-2")
    # A state above 9: added by Google, without a published meaning.
    message(_id=4, conversation_id=1, sender_id=SELF, sent_timestamp=START + 150_000, received_timestamp=START + 150_000, message_protocol=3, message_status=11, seen=1, read=1, rcs_message_id="Mx-4")
    part(4, 1, "A state that Google added")
    # The sender's row is gone: ON DELETE SET NULL.
    message(_id=8, conversation_id=3, sender_id=None, sent_timestamp=START + 399_000, received_timestamp=START + 400_000, message_protocol=0, message_status=100, sms_message_uri="content://sms/4")
    part(8, 3, "Your code is 481516")
    # No part at all: announced, not fetched.
    message(_id=9, conversation_id=3, sender_id=UNKNOWN, sent_timestamp=0, received_timestamp=START + 450_000, message_protocol=2, message_status=101, mms_content_location="http://mmsc.example.org/mms?id=3", mms_transaction_id="T3", mms_expiry=START + 900_000_000, sms_message_size=90_000, sms_message_uri="content://mms/3", is_hidden=1)


def files(db):
    message = lambda **row: insert(db, "messages", self_id=SELF, seen=1, read=1, **row)
    message(_id=5, conversation_id=2, sender_id=SELF, sent_timestamp=START + 300_000, received_timestamp=START + 300_000, message_protocol=1, message_status=1, mms_subject="Trip", sms_message_uri="content://mms/2", sms_error_code=0, raw_status=128)
    insert(db, "parts", message_id=5, conversation_id=2, text="Photos from the lake 🏞", content_type="text/plain", timestamp=START)
    insert(db, "parts", message_id=5, conversation_id=2, uri="content://com.google.android.apps.messaging.shared.datamodel.MmsFileProvider/image/1", content_type="image/jpeg", width=640, height=480, file_name="lake.jpg", latitude=46.9479, longitude=7.4474, file_size_bytes=50_000, local_cache_path="/data/user/0/com.google.android.apps.messaging/cache/mediascratchspace/lake.jpg", timestamp=START)
    message(_id=6, conversation_id=2, sender_id=SELF, sent_timestamp=START + 310_000, received_timestamp=START + 310_000, message_protocol=1, message_status=8, sms_error_code=38)
    insert(db, "parts", message_id=6, conversation_id=2, text="This one did not go out", content_type="text/plain", timestamp=START)
    message(_id=7, conversation_id=2, sender_id=BOGDAN, sent_timestamp=START + 320_000, received_timestamp=START + 320_400, message_protocol=3, message_status=100, rcs_message_id="Mx-7", original_message_id=5)
    insert(db, "parts", message_id=7, conversation_id=2, text="❤️", content_type="text/plain", timestamp=START)
    insert(db, "message_reactions", message_id=7, reactions_data=bytes.fromhex("0a020801"), reacted_message_id=5, reaction=2)


def google_in_the_wal(db):
    db.execute("UPDATE messages SET read = 1 WHERE _id = 2")
    db.execute("BEGIN")
    insert(db, "messages", _id=10, conversation_id=1, sender_id=ALICE, self_id=SELF, sent_timestamp=START + 600_000, received_timestamp=START + 601_000, message_protocol=3, message_status=100, rcs_message_id="Mx-10")
    insert(db, "parts", message_id=10, conversation_id=1, text="only in the log", content_type="text/plain", timestamp=START)
    db.execute("COMMIT")
    db.execute("BEGIN")
    db.execute("DELETE FROM parts WHERE message_id = 6")
    db.execute("DELETE FROM messages WHERE _id = 6")
    db.execute("COMMIT")


def aosp(db):
    create(db, AOSP)
    people(db)
    insert(db, "conversations", _id=1, sms_thread_id=1, name="Alice Moreau", latest_message_id=2, snippet_text="A draft", show_draft=1, draft_snippet_text="A draft", sort_timestamp=START + 30_000, participant_normalized_destination="+15550101", current_self_id="1", participant_count=1)
    insert(db, "conversation_participants", conversation_id=1, participant_id=ALICE)
    message = lambda **row: insert(db, "messages", conversation_id=1, self_id=SELF, seen=1, read=1, **row)
    part = lambda message, text: insert(db, "parts", message_id=message, conversation_id=1, text=text, content_type="text/plain", timestamp=START)
    message(_id=1, sender_id=ALICE, sent_timestamp=START, received_timestamp=START + 700, message_status=100, sms_message_uri="content://sms/1")
    part(1, "From AOSP Messaging")
    message(_id=2, sender_id=SELF, sent_timestamp=START + 30_000, received_timestamp=START + 30_000, message_status=3)
    part(2, "A draft")
    message(_id=3, sender_id=SELF, sent_timestamp=START + 20_000, received_timestamp=START + 20_000, message_status=1, sms_message_uri="content://sms/3", mms_subject="subject of a deleted message")
    part(3, "Deleted in AOSP Messaging")


def aosp_deletions(db):
    db.execute("DELETE FROM parts WHERE message_id = 3")
    db.execute("DELETE FROM messages WHERE _id = 3")
