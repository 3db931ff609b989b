# Schema origins: iOS 17/18 `sms.db`: kch/imsg-grep, lib/messages.rb (the `.schema` printed after __END__; chat.db of
# macOS 15, the twin of iOS 18); iOS 9.2.1 and 6.1.6: richinfante/iphonebackuptools, schemas/messages/iOS9.2.1.sql and
# iOS6.1.6.sql; iOS 5: ND91Assistant backup tool, IosCreateDBSQL.cpp, CreateMessageDBSQL (also printed by
# toffer/iphone-sms-backup). The triggers are left out: they call functions that only Messages has.
"""Messages (`sms.db`) of four handsets: iOS 18 (`ios`, WAL), iOS 9 (`ios9`), iOS 6 (`ios6`) and iOS 5 (`ios5`), the last three
with a rollback journal here so that deleted rows lie in freeblocks of the main file. iOS itself keeps them in WAL mode.
"""

import plistlib
import shutil
import sqlite3
from pathlib import Path

from message_values import app_payload, link_payload, summary, typedstream

PLATFORM = "ios"

# 2023-11-14T22:13:20Z in seconds since 2001-01-01.
BASE = 1_700_000_000 - 978_307_200
SMS_DB = "private/var/mobile/Library/SMS/sms.db"

OWNER = "+15550100"
ALICE, BOGDAN, CHIARA, UNKNOWN = "+15550101", "+15550102", "+15550103", "+15550199"
CHIARA_MAIL = "chiara.lindt@example.org"

SCHEMA_18 = """
CREATE TABLE _SqliteDatabaseProperties (key TEXT, value TEXT, UNIQUE(key));
CREATE TABLE deleted_messages (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, guid TEXT NOT NULL);
CREATE TABLE chat_handle_join (chat_id INTEGER REFERENCES chat (ROWID) ON DELETE CASCADE, handle_id INTEGER REFERENCES handle (ROWID) ON DELETE CASCADE, UNIQUE(chat_id, handle_id));
CREATE TABLE sync_deleted_messages (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, guid TEXT NOT NULL, recordID TEXT );
CREATE TABLE handle (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, id TEXT NOT NULL, country TEXT, service TEXT NOT NULL, uncanonicalized_id TEXT, person_centric_id TEXT, UNIQUE (id, service) );
CREATE TABLE sync_deleted_chats (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, guid TEXT NOT NULL, recordID TEXT,timestamp INTEGER);
CREATE TABLE message_attachment_join (message_id INTEGER REFERENCES message (ROWID) ON DELETE CASCADE, attachment_id INTEGER REFERENCES attachment (ROWID) ON DELETE CASCADE, UNIQUE(message_id, attachment_id));
CREATE TABLE chat_message_join (chat_id INTEGER REFERENCES chat (ROWID) ON DELETE CASCADE, message_id INTEGER REFERENCES message (ROWID) ON DELETE CASCADE, message_date INTEGER DEFAULT 0, PRIMARY KEY (chat_id, message_id));
CREATE TABLE message (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, text TEXT, replace INTEGER DEFAULT 0, service_center TEXT, handle_id INTEGER DEFAULT 0, subject TEXT, country TEXT, attributedBody BLOB, version INTEGER DEFAULT 0, type INTEGER DEFAULT 0, service TEXT, account TEXT, account_guid TEXT, error INTEGER DEFAULT 0, date INTEGER, date_read INTEGER, date_delivered INTEGER, is_delivered INTEGER DEFAULT 0, is_finished INTEGER DEFAULT 0, is_emote INTEGER DEFAULT 0, is_from_me INTEGER DEFAULT 0, is_empty INTEGER DEFAULT 0, is_delayed INTEGER DEFAULT 0, is_auto_reply INTEGER DEFAULT 0, is_prepared INTEGER DEFAULT 0, is_read INTEGER DEFAULT 0, is_system_message INTEGER DEFAULT 0, is_sent INTEGER DEFAULT 0, has_dd_results INTEGER DEFAULT 0, is_service_message INTEGER DEFAULT 0, is_forward INTEGER DEFAULT 0, was_downgraded INTEGER DEFAULT 0, is_archive INTEGER DEFAULT 0, cache_has_attachments INTEGER DEFAULT 0, cache_roomnames TEXT, was_data_detected INTEGER DEFAULT 0, was_deduplicated INTEGER DEFAULT 0, is_audio_message INTEGER DEFAULT 0, is_played INTEGER DEFAULT 0, date_played INTEGER, item_type INTEGER DEFAULT 0, other_handle INTEGER DEFAULT 0, group_title TEXT, group_action_type INTEGER DEFAULT 0, share_status INTEGER DEFAULT 0, share_direction INTEGER DEFAULT 0, is_expirable INTEGER DEFAULT 0, expire_state INTEGER DEFAULT 0, message_action_type INTEGER DEFAULT 0, message_source INTEGER DEFAULT 0, associated_message_guid TEXT, associated_message_type INTEGER DEFAULT 0, balloon_bundle_id TEXT, payload_data BLOB, expressive_send_style_id TEXT, associated_message_range_location INTEGER DEFAULT 0, associated_message_range_length INTEGER DEFAULT 0, time_expressive_send_played INTEGER, message_summary_info BLOB, ck_sync_state INTEGER DEFAULT 0, ck_record_id TEXT, ck_record_change_tag TEXT, destination_caller_id TEXT, is_corrupt INTEGER DEFAULT 0, reply_to_guid TEXT, sort_id INTEGER, is_spam INTEGER DEFAULT 0, has_unseen_mention INTEGER DEFAULT 0, thread_originator_guid TEXT, thread_originator_part TEXT, syndication_ranges TEXT, synced_syndication_ranges TEXT, was_delivered_quietly INTEGER DEFAULT 0, did_notify_recipient INTEGER DEFAULT 0, date_retracted INTEGER DEFAULT 0, date_edited INTEGER DEFAULT 0, was_detonated INTEGER DEFAULT 0, part_count INTEGER, is_stewie INTEGER DEFAULT 0, is_sos INTEGER DEFAULT 0, is_critical INTEGER DEFAULT 0, bia_reference_id TEXT DEFAULT NULL, is_kt_verified INTEGER DEFAULT 0, fallback_hash TEXT DEFAULT NULL, associated_message_emoji TEXT DEFAULT NULL, is_pending_satellite_send INTEGER DEFAULT 0, needs_relay INTEGER DEFAULT 0, schedule_type INTEGER DEFAULT 0, schedule_state INTEGER DEFAULT 0, sent_or_received_off_grid INTEGER DEFAULT 0, date_recovered INTEGER DEFAULT 0);
CREATE TABLE chat (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, style INTEGER, state INTEGER, account_id TEXT, properties BLOB, chat_identifier TEXT, service_name TEXT, room_name TEXT, account_login TEXT, is_archived INTEGER DEFAULT 0, last_addressed_handle TEXT, display_name TEXT, group_id TEXT, is_filtered INTEGER DEFAULT 0, successful_query INTEGER, engram_id TEXT, server_change_token TEXT, ck_sync_state INTEGER DEFAULT 0, original_group_id TEXT, last_read_message_timestamp INTEGER DEFAULT 0, cloudkit_record_id TEXT, last_addressed_sim_id TEXT, is_blackholed INTEGER DEFAULT 0, syndication_date INTEGER DEFAULT 0, syndication_type INTEGER DEFAULT 0, is_recovered INTEGER DEFAULT 0, is_deleting_incoming_messages INTEGER DEFAULT 0);
CREATE TABLE attachment (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, created_date INTEGER DEFAULT 0, start_date INTEGER DEFAULT 0, filename TEXT, uti TEXT, mime_type TEXT, transfer_state INTEGER DEFAULT 0, is_outgoing INTEGER DEFAULT 0, user_info BLOB, transfer_name TEXT, total_bytes INTEGER DEFAULT 0, is_sticker INTEGER DEFAULT 0, sticker_user_info BLOB, attribution_info BLOB, hide_attachment INTEGER DEFAULT 0, ck_sync_state INTEGER DEFAULT 0, ck_server_change_token_blob BLOB, ck_record_id TEXT, original_guid TEXT UNIQUE NOT NULL, is_commsafety_sensitive INTEGER DEFAULT 0, emoji_image_content_identifier TEXT DEFAULT NULL, emoji_image_short_description TEXT DEFAULT NULL, preview_generation_state INTEGER DEFAULT 0);
CREATE TABLE chat_recoverable_message_join (chat_id INTEGER REFERENCES chat (ROWID) ON DELETE CASCADE, message_id INTEGER REFERENCES message (ROWID) ON DELETE CASCADE, delete_date INTEGER, ck_sync_state INTEGER DEFAULT 0, PRIMARY KEY (chat_id, message_id), CHECK (delete_date != 0));
CREATE TABLE unsynced_removed_recoverable_messages (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, chat_guid TEXT NOT NULL, message_guid TEXT NOT NULL, part_index INTEGER);
CREATE TABLE recoverable_message_part (chat_id INTEGER REFERENCES chat (ROWID) ON DELETE CASCADE, message_id INTEGER REFERENCES message (ROWID) ON DELETE CASCADE, part_index INTEGER, delete_date INTEGER, part_text BLOB NOT NULL, ck_sync_state INTEGER DEFAULT 0, PRIMARY KEY (chat_id, message_id, part_index), CHECK (delete_date != 0));
"""

SCHEMA_9 = """
CREATE TABLE _SqliteDatabaseProperties (key TEXT, value TEXT, UNIQUE(key));
CREATE TABLE message (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, text TEXT, replace INTEGER DEFAULT 0, service_center TEXT, handle_id INTEGER DEFAULT 0, subject TEXT, country TEXT, attributedBody BLOB, version INTEGER DEFAULT 0, type INTEGER DEFAULT 0, service TEXT, account TEXT, account_guid TEXT, error INTEGER DEFAULT 0, date INTEGER, date_read INTEGER, date_delivered INTEGER, is_delivered INTEGER DEFAULT 0, is_finished INTEGER DEFAULT 0, is_emote INTEGER DEFAULT 0, is_from_me INTEGER DEFAULT 0, is_empty INTEGER DEFAULT 0, is_delayed INTEGER DEFAULT 0, is_auto_reply INTEGER DEFAULT 0, is_prepared INTEGER DEFAULT 0, is_read INTEGER DEFAULT 0, is_system_message INTEGER DEFAULT 0, is_sent INTEGER DEFAULT 0, has_dd_results INTEGER DEFAULT 0, is_service_message INTEGER DEFAULT 0, is_forward INTEGER DEFAULT 0, was_downgraded INTEGER DEFAULT 0, is_archive INTEGER DEFAULT 0, cache_has_attachments INTEGER DEFAULT 0, cache_roomnames TEXT, was_data_detected INTEGER DEFAULT 0, was_deduplicated INTEGER DEFAULT 0, is_audio_message INTEGER DEFAULT 0, is_played INTEGER DEFAULT 0, date_played INTEGER, item_type INTEGER DEFAULT 0, other_handle INTEGER DEFAULT 0, group_title TEXT, group_action_type INTEGER DEFAULT 0, share_status INTEGER DEFAULT 0, share_direction INTEGER DEFAULT 0, is_expirable INTEGER DEFAULT 0, expire_state INTEGER DEFAULT 0, message_action_type INTEGER DEFAULT 0, message_source INTEGER DEFAULT 0);
CREATE TABLE chat (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, style INTEGER, state INTEGER, account_id TEXT, properties BLOB, chat_identifier TEXT, service_name TEXT, room_name TEXT, account_login TEXT, is_archived INTEGER DEFAULT 0, last_addressed_handle TEXT, display_name TEXT, group_id TEXT, is_filtered INTEGER DEFAULT 0, successful_query INTEGER DEFAULT 1);
CREATE TABLE attachment (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, created_date INTEGER DEFAULT 0, start_date INTEGER DEFAULT 0, filename TEXT, uti TEXT, mime_type TEXT, transfer_state INTEGER DEFAULT 0, is_outgoing INTEGER DEFAULT 0, user_info BLOB, transfer_name TEXT, total_bytes INTEGER DEFAULT 0);
CREATE TABLE handle (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, id TEXT NOT NULL, country TEXT, service TEXT NOT NULL, uncanonicalized_id TEXT, UNIQUE (id, service));
CREATE TABLE message_attachment_join (message_id INTEGER REFERENCES message (ROWID) ON DELETE CASCADE, attachment_id INTEGER REFERENCES attachment (ROWID) ON DELETE CASCADE, UNIQUE(message_id, attachment_id));
CREATE TABLE chat_handle_join (chat_id INTEGER REFERENCES chat (ROWID) ON DELETE CASCADE, handle_id INTEGER REFERENCES handle (ROWID) ON DELETE CASCADE, UNIQUE(chat_id, handle_id));
CREATE TABLE chat_message_join (chat_id INTEGER REFERENCES chat (ROWID) ON DELETE CASCADE, message_id INTEGER REFERENCES message (ROWID) ON DELETE CASCADE, PRIMARY KEY (chat_id, message_id));
CREATE TABLE deleted_messages (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, guid TEXT NOT NULL);
"""

SCHEMA_6 = """
CREATE TABLE _SqliteDatabaseProperties (key TEXT, value TEXT, UNIQUE(key));
CREATE TABLE message (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, text TEXT, replace INTEGER DEFAULT 0, service_center TEXT, handle_id INTEGER DEFAULT 0, subject TEXT, country TEXT, attributedBody BLOB, version INTEGER DEFAULT 0, type INTEGER DEFAULT 0, service TEXT, account TEXT, account_guid TEXT, error INTEGER DEFAULT 0, date INTEGER, date_read INTEGER, date_delivered INTEGER, is_delivered INTEGER DEFAULT 0, is_finished INTEGER DEFAULT 0, is_emote INTEGER DEFAULT 0, is_from_me INTEGER DEFAULT 0, is_empty INTEGER DEFAULT 0, is_delayed INTEGER DEFAULT 0, is_auto_reply INTEGER DEFAULT 0, is_prepared INTEGER DEFAULT 0, is_read INTEGER DEFAULT 0, is_system_message INTEGER DEFAULT 0, is_sent INTEGER DEFAULT 0, has_dd_results INTEGER DEFAULT 0, is_service_message INTEGER DEFAULT 0, is_forward INTEGER DEFAULT 0, was_downgraded INTEGER DEFAULT 0, is_archive INTEGER DEFAULT 0, cache_has_attachments INTEGER DEFAULT 0, cache_roomnames TEXT, was_data_detected INTEGER DEFAULT 0, was_deduplicated INTEGER DEFAULT 0);
CREATE TABLE chat (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, style INTEGER, state INTEGER, account_id TEXT, properties BLOB, chat_identifier TEXT, service_name TEXT, room_name TEXT, account_login TEXT, is_archived INTEGER DEFAULT 0, last_addressed_handle TEXT);
CREATE TABLE attachment (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, created_date INTEGER DEFAULT 0, start_date INTEGER DEFAULT 0, filename TEXT, uti TEXT, mime_type TEXT, transfer_state INTEGER DEFAULT 0, is_outgoing INTEGER DEFAULT 0);
CREATE TABLE handle (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, id TEXT NOT NULL, country TEXT, service TEXT NOT NULL, uncanonicalized_id TEXT, UNIQUE (id, service));
CREATE TABLE message_attachment_join (message_id INTEGER REFERENCES message (ROWID) ON DELETE CASCADE, attachment_id INTEGER REFERENCES attachment (ROWID) ON DELETE CASCADE, UNIQUE(message_id, attachment_id));
CREATE TABLE chat_handle_join (chat_id INTEGER REFERENCES chat (ROWID) ON DELETE CASCADE, handle_id INTEGER REFERENCES handle (ROWID) ON DELETE CASCADE, UNIQUE(chat_id, handle_id));
CREATE TABLE chat_message_join (chat_id INTEGER REFERENCES chat (ROWID) ON DELETE CASCADE, message_id INTEGER REFERENCES message (ROWID) ON DELETE CASCADE, PRIMARY KEY (chat_id, message_id));
"""

SCHEMA_5 = """
CREATE TABLE _SqliteDatabaseProperties (key TEXT, value TEXT, UNIQUE(key));
CREATE TABLE group_member (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, group_id INTEGER, address TEXT, country TEXT);
CREATE TABLE madrid_attachment (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, attachment_guid TEXT, created_date INTEGER, start_date INTEGER, filename TEXT, uti_type TEXT, mime_type TEXT, transfer_state INTEGER, is_incoming INTEGER, message_id INTEGER);
CREATE TABLE madrid_chat (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, style INTEGER, state INTEGER, account_id TEXT, properties BLOB, chat_identifier TEXT, service_name TEXT, guid TEXT, room_name TEXT, account_login TEXT, participants BLOB);
CREATE TABLE message (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, address TEXT, date INTEGER, text TEXT, flags INTEGER, replace INTEGER, svc_center TEXT, group_id INTEGER, association_id INTEGER, height INTEGER, UIFlags INTEGER, version INTEGER, subject TEXT, country TEXT, headers BLOB, recipients BLOB, read INTEGER, madrid_attributedBody BLOB, madrid_handle TEXT, madrid_version INTEGER, madrid_guid TEXT, madrid_type INTEGER, madrid_roomname TEXT, madrid_service TEXT, madrid_account TEXT, madrid_account_guid TEXT, madrid_flags INTEGER, madrid_attachmentInfo BLOB, madrid_url TEXT, madrid_error INTEGER, is_madrid INTEGER, madrid_date_read INTEGER, madrid_date_delivered INTEGER);
CREATE TABLE msg_group (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, type INTEGER, newest_message INTEGER, unread_count INTEGER, hash INTEGER);
CREATE TABLE msg_pieces (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, message_id INTEGER, data BLOB, part_id INTEGER, preview_part INTEGER, content_type TEXT, height INTEGER, version INTEGER, flags INTEGER, content_id TEXT, content_loc TEXT, headers BLOB);
"""


def guid(number):
    """An invented message GUID that shows its row."""
    return f"5A3D0000-0000-4000-8000-{number:012d}"


def ns(seconds):
    """Nanoseconds since 2001-01-01, `seconds` after BASE: the unit since iOS 11."""
    return (BASE + seconds) * 1_000_000_000


def edited_summary():
    """Part 0 was edited twice: the original, the first and the present text, oldest first."""
    texts = [("Bring the blue bgag", 250), ("Bring the blue bag", 290), ("Bring the blue bag and the keys", 320)]
    versions = [{"d": float(BASE + at), "t": typedstream(text)} for text, at in texts]
    return summary(amc=1, ust=True, ep=[0], ec={"0": versions}, otr={"0": {"lo": 0, "le": 19}})


def retracted_summary():
    """Part 0 was unsent."""
    return summary(amc=1, ust=True, rp=[0], otr={"0": {"lo": 0, "le": 22}})


def insert(db, table, **columns):
    names = ", ".join(columns)
    marks = ", ".join("?" * len(columns))
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(columns.values()))


def message(db, number, chat=None, at=0, **columns):
    """One row of `message` in iOS 18 with what every row has, and its place in `chat`."""
    row = {"ROWID": number, "guid": guid(number), "service": "iMessage", "account": "P:" + OWNER,
           "account_guid": "7D1C0000-0000-4000-8000-000000000001", "date": ns(at), "date_read": 0, "date_delivered": 0,
           "is_finished": 1, "destination_caller_id": OWNER, "version": 10, "part_count": 1}
    row.update(columns)
    insert(db, "message", **row)
    if chat is not None:
        insert(db, "chat_message_join", chat_id=chat, message_id=number, message_date=row["date"])


def handles_and_chats(db):
    for number, (address, service) in enumerate([(ALICE, "iMessage"), (ALICE, "SMS"), (BOGDAN, "iMessage"), (CHIARA, "RCS"),
                                                 (UNKNOWN, "SMS"), (CHIARA_MAIL, "iMessage")], start=1):
        insert(db, "handle", ROWID=number, id=address, country="us", service=service,
               uncanonicalized_id="(555) 010-1" if number == 1 else None,
               person_centric_id="9B00AA11" if address in (CHIARA, CHIARA_MAIL) else None)
    properties = plistlib.dumps({"numberOfTimesRespondedtoThread": 3}, fmt=plistlib.FMT_BINARY)
    chats = [
        (1, "iMessage;-;" + ALICE, 45, ALICE, "iMessage", None, None, [1]),
        (2, "iMessage;+;chat831204557", 43, "chat831204557", "iMessage", "chat831204557", "Lake trip", [1, 3, 6]),
        (3, "SMS;-;" + UNKNOWN, 45, UNKNOWN, "SMS", None, None, [5]),
        (4, "RCS;-;" + CHIARA, 45, CHIARA, "RCS", None, None, [4]),
        (5, "SMS;-;" + BOGDAN, 45, BOGDAN, "SMS", None, None, []),
    ]
    for number, name, style, identifier, service, room, title, members in chats:
        insert(db, "chat", ROWID=number, guid=name, style=style, state=3, properties=properties if number == 1 else None,
               chat_identifier=identifier, service_name=service, room_name=room, account_login="P:" + OWNER,
               last_addressed_handle=OWNER, display_name=title, group_id=f"6B2E0000-0000-4000-8000-00000000000{number}",
               is_archived=1 if number == 5 else 0, is_filtered=1 if number == 3 else 0,
               last_read_message_timestamp=ns(600) if number == 2 else 0)
        for member in members:
            insert(db, "chat_handle_join", chat_id=number, handle_id=member)


def plain_messages(db):
    """Texts in both forms, every service, an unknown sender, a missing handle row, a failed and an edited message."""
    message(db, 1, 1, 0, handle_id=1, text="Are you coming to the lake?", attributedBody=typedstream("Are you coming to the lake?"),
            is_read=1, is_delivered=1, date_read=ns(30))
    message(db, 2, 1, 60, handle_id=1, is_from_me=1, attributedBody=typedstream("Yes 🎣 see you at eight, Zoë"), is_sent=1,
            is_delivered=1, is_read=1, date_delivered=ns(61), date_read=ns(70))
    message(db, 3, 1, 250, handle_id=1, is_from_me=1, attributedBody=typedstream("Bring the blue bag and the keys"), is_sent=1,
            is_delivered=1, date_delivered=ns(251), date_edited=ns(320), message_summary_info=edited_summary())
    message(db, 4, 1, 330, handle_id=1, is_from_me=1, is_sent=1, is_delivered=1, date_edited=ns(345), date_retracted=ns(345),
            message_summary_info=retracted_summary())
    message(db, 8, 1, 400, handle_id=1, text="Still the old jetty?", thread_originator_guid=guid(1), thread_originator_part="0:0:27",
            reply_to_guid=guid(4), is_read=1, is_delivered=1)
    message(db, 11, 3, 700, handle_id=5, service="SMS", text="Your code is 4471", is_delivered=1)
    message(db, 12, 4, 710, handle_id=4, service="RCS", text="Tickets are booked", is_read=1, is_delivered=1, date_read=ns(711))
    insert(db, "chat_message_join", chat_id=1, message_id=12, message_date=ns(710))
    message(db, 13, 3, 720, handle_id=99, service="SMS", text="Sent from a handle that is gone", is_delivered=1)
    message(db, 20, 1, 800, handle_id=1, text="https://lake.example.org/map", balloon_bundle_id="com.apple.messages.URLBalloonProvider",
            payload_data=link_payload(), expressive_send_style_id="com.apple.MobileSMS.expressivesend.impact", is_read=1)
    message(db, 27, 1, 810, handle_id=1, text="\ufffc", payload_data=app_payload(), is_read=1,
            balloon_bundle_id="com.apple.messages.MSMessageExtensionBalloonPlugin:0000000000:org.example.boats")
    message(db, 28, 1, 820, handle_id=1, balloon_bundle_id="com.apple.Handwriting.HandwritingProvider", payload_data=b"\x08\x01\x12\x04ink!", is_read=1)
    message(db, 23, 1, 830, handle_id=1, is_from_me=1, text="Can you hear me?", error=22, subject="Harbour")
    message(db, 25, 1, 840, handle_id=1, text="delete this one", is_delivered=1)


def group_messages(db):
    """A group: one in, one out with a picture, its changes of members, name and photo, a location, a kept recording."""
    message(db, 9, 2, 500, handle_id=3, text="I bring the boat", is_read=1, is_delivered=1, cache_roomnames="chat831204557")
    message(db, 10, 2, 520, handle_id=0, is_from_me=1, text="\ufffcLook", is_sent=1, cache_has_attachments=1, part_count=2,
            cache_roomnames="chat831204557")
    insert(db, "attachment", ROWID=1, guid="at_0_" + guid(10), created_date=BASE + 519, start_date=BASE + 520,
           filename="~/Library/SMS/Attachments/0f/15/at_0_5A3D/IMG_0042.HEIC", uti="public.heic", mime_type="image/heic",
           transfer_state=5, is_outgoing=1, transfer_name="IMG_0042.HEIC", total_bytes=1482031, original_guid="at_0_" + guid(10))
    insert(db, "message_attachment_join", message_id=10, attachment_id=1)
    changes = [
        (14, dict(item_type=1, group_action_type=0, other_handle=6)),
        (26, dict(item_type=1, group_action_type=1, other_handle=6)),
        (15, dict(item_type=2, group_title="Lake trip")),
        (16, dict(item_type=3, group_action_type=1)),
        (17, dict(item_type=3, group_action_type=0)),
        (18, dict(item_type=4, other_handle=1, share_status=0, share_direction=0)),
        (19, dict(item_type=5)),
    ]
    for step, (number, columns) in enumerate(changes):
        message(db, number, 2, 600 + 10 * step, handle_id=1, **columns)


def tapbacks(db):
    """A tapback, one taken back, one with an emoji, and a sticker put on a link."""
    message(db, 5, 1, 90, handle_id=1, text="Loved “Yes 🎣 see you at eight, Zoë”", associated_message_type=2000,
            associated_message_guid="p:0/" + guid(2), associated_message_range_length=27, is_read=1)
    message(db, 6, 2, 530, handle_id=3, text="Removed a like from “Look”", associated_message_type=3001,
            associated_message_guid="p:1/" + guid(10), is_read=1)
    message(db, 7, 2, 540, handle_id=6, text="Reacted 🛶 to “I bring the boat”", associated_message_type=2006,
            associated_message_emoji="🛶", associated_message_guid="p:0/" + guid(9), is_read=1)
    message(db, 30, 1, 805, handle_id=1, is_from_me=1, is_sent=1, text="Reacted with a sticker to a link", associated_message_type=2007,
            associated_message_guid="bp:" + guid(20), cache_has_attachments=1)
    insert(db, "attachment", ROWID=3, guid="at_0_" + guid(30), created_date=BASE + 804, filename="~/Library/SMS/Attachments/3c/12/anchor.heic",
           uti="public.heic", mime_type="image/heic", transfer_state=5, is_outgoing=1, transfer_name="anchor.heic", total_bytes=20211,
           is_sticker=1, original_guid="at_0_" + guid(30))
    insert(db, "message_attachment_join", message_id=30, attachment_id=3)


def recently_deleted(db):
    """Two messages in Recently Deleted (no longer in `chat_message_join`), one of a group, and one of which a part lies there."""
    message(db, 21, None, 750, handle_id=5, service="SMS", text="forget that number", is_delivered=1, is_read=1)
    insert(db, "chat_recoverable_message_join", chat_id=3, message_id=21, delete_date=ns(900))
    message(db, 29, None, 755, handle_id=3, text="take that out of the group", is_delivered=1, is_read=1, cache_roomnames="chat831204557")
    insert(db, "chat_recoverable_message_join", chat_id=2, message_id=29, delete_date=ns(905))
    message(db, 22, 1, 760, handle_id=1, text="second part stays", is_delivered=1, is_read=1, part_count=2)
    insert(db, "recoverable_message_part", chat_id=1, message_id=22, part_index=0, delete_date=ns(910),
           part_text=typedstream("first part is gone"))
    insert(db, "deleted_messages", ROWID=1, guid=guid(901))
    insert(db, "sync_deleted_messages", ROWID=1, guid=guid(902), recordID="C0FFEE01")
    insert(db, "sync_deleted_chats", ROWID=1, guid="SMS;-;+15550188", recordID="C0FFEE02", timestamp=ns(905))
    insert(db, "unsynced_removed_recoverable_messages", ROWID=1, chat_guid="SMS;-;" + UNKNOWN, message_guid=guid(903), part_index=-1)


def remains(db):
    """Rows that point to messages (77, 78, 79) whose own row is gone."""
    insert(db, "chat_message_join", chat_id=1, message_id=77, message_date=ns(1000))
    insert(db, "attachment", ROWID=2, guid="at_0_" + guid(77), created_date=BASE + 999, filename="~/Library/SMS/Attachments/aa/10/chart.pdf",
           uti="com.adobe.pdf", mime_type="application/pdf", transfer_state=5, transfer_name="chart.pdf", total_bytes=4211,
           original_guid="at_0_" + guid(77))
    insert(db, "message_attachment_join", message_id=77, attachment_id=2)
    insert(db, "recoverable_message_part", chat_id=3, message_id=78, part_index=0, delete_date=ns(920),
           part_text=typedstream("part of a lost message"))
    insert(db, "chat_recoverable_message_join", chat_id=3, message_id=79, delete_date=ns(930))


def later_changes(db):
    """What only the `-wal` holds: a row read later, a new row, a deleted row, a renamed and a deleted chat."""
    db.execute("UPDATE message SET is_read = 1, date_read = ? WHERE ROWID = 11", [ns(950)])
    message(db, 24, 2, 960, handle_id=1, attributedBody=typedstream("Only in the write-ahead log"), is_delivered=1)
    db.execute("DELETE FROM chat_message_join WHERE message_id = 25")
    db.execute("DELETE FROM message WHERE ROWID = 25")
    insert(db, "deleted_messages", ROWID=2, guid=guid(25))
    db.execute("UPDATE chat SET display_name = 'Lake weekend' WHERE ROWID = 2")
    db.execute("DELETE FROM chat WHERE ROWID = 5")


def ios18(path):
    work = path.parent / "build.db"
    db = sqlite3.connect(work, isolation_level=None)
    db.execute("PRAGMA page_size = 4096")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.executescript("BEGIN;" + SCHEMA_18)
    insert(db, "_SqliteDatabaseProperties", key="_ClientVersion", value="18011")
    handles_and_chats(db)
    plain_messages(db)
    group_messages(db)
    tapbacks(db)
    recently_deleted(db)
    remains(db)
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.execute("BEGIN")
    later_changes(db)
    db.execute("COMMIT")
    copy_open(work, path)
    db.close()
    work.unlink()


def copy_open(work, path):
    """The database and its `-wal` as they lie while the application runs; the `-shm` is not part of the evidence."""
    shutil.copyfile(work, path)
    shutil.copyfile(f"{work}-wal", f"{path}-wal")


def old_rows(db, at, **extra):
    """The same conversation in seconds since 2001, for the schemas before iOS 11; the last row is deleted again."""
    for number, (address, service) in enumerate([(ALICE, "iMessage"), (UNKNOWN, "SMS"), (BOGDAN, "iMessage")], start=1):
        insert(db, "handle", ROWID=number, id=address, country="us", service=service)
    insert(db, "chat", ROWID=1, guid="iMessage;-;" + ALICE, style=45, state=3, chat_identifier=ALICE, service_name="iMessage",
           account_login="P:" + OWNER)
    insert(db, "chat", ROWID=2, guid="iMessage;+;chat7", style=43, state=3, chat_identifier="chat7", service_name="iMessage",
           room_name="chat7", account_login="P:" + OWNER)
    for chat, member in [(1, 1), (2, 1), (2, 3)]:
        insert(db, "chat_handle_join", chat_id=chat, handle_id=member)
    rows = [
        (1, 1, dict(handle_id=1, text="Old handset, same lake", is_read=1, date_read=at + 9)),
        (2, 1, dict(handle_id=1, is_from_me=1, attributedBody=typedstream("On my way"), is_sent=1, is_delivered=1, date_delivered=at + 62)),
        (3, None, dict(handle_id=2, service="SMS", text="No chat row for me")),
        (4, 2, dict(handle_id=3, text="Hello both", cache_roomnames="chat7", cache_has_attachments=1)),
        (5, 1, dict(handle_id=1, text="this line was deleted from the old handset")),
    ]
    for number, chat, columns in rows:
        row = {"ROWID": number, "guid": guid(6000 + number), "service": "iMessage", "account": "p:" + OWNER, "date": at + 60 * (number - 1),
               "date_read": 0, "date_delivered": 0, "is_finished": 1}
        row.update(columns)
        insert(db, "message", **row)
        if chat:
            insert(db, "chat_message_join", chat_id=chat, message_id=number)
    insert(db, "attachment", ROWID=1, guid="at_0_" + guid(6004), created_date=at + 170, filename="/var/mobile/Library/SMS/Attachments/aa/10/IMG_0001.JPG",
           uti="public.jpeg", mime_type="image/jpeg", transfer_state=5, **extra)
    insert(db, "message_attachment_join", message_id=4, attachment_id=1)


def rollback(path, schema, fill):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA page_size = 4096")
    db.execute("PRAGMA secure_delete = OFF")
    db.executescript("BEGIN;" + schema)
    fill(db)
    db.execute("COMMIT")
    db.execute("DELETE FROM message WHERE ROWID = 5")
    db.close()


def ios9(db):
    old_rows(db, BASE, transfer_name="IMG_0001.JPG", total_bytes=88211)
    db.execute("INSERT INTO deleted_messages (guid) VALUES (?)", [guid(6005)])


def ios6(db):
    old_rows(db, BASE)


def ios5(db):
    """SMS and MMS in seconds since 1970, iMessages of the same table in seconds since 2001."""
    unix = 1_321_308_800                            # 2011-11-14T22:13:20Z
    cocoa = unix - 978_307_200
    for number, members in enumerate([[UNKNOWN], [ALICE, BOGDAN]], start=1):
        insert(db, "msg_group", ROWID=number, type=len(members) - 1, newest_message=number, unread_count=0)
        for member in members:
            insert(db, "group_member", group_id=number, address=member, country="us")
    recipients = plistlib.dumps([ALICE, BOGDAN], fmt=plistlib.FMT_BINARY)
    insert(db, "message", ROWID=1, address=UNKNOWN, date=unix, text="An SMS of 2011", flags=2, group_id=1, country="us", read=1, is_madrid=0)
    insert(db, "message", ROWID=2, address=ALICE, date=unix + 60, text=None, flags=3, group_id=2, country="us", read=1,
           recipients=recipients, subject="Boats", is_madrid=0)
    insert(db, "msg_pieces", message_id=2, part_id=0, content_type="image/jpeg", content_loc="IMG_0002.jpg", data=b"")
    insert(db, "madrid_chat", ROWID=1, style=45, state=3, chat_identifier=ALICE, service_name="Madrid", guid="Madrid;-;" + ALICE,
           account_login="p:" + OWNER)
    insert(db, "message", ROWID=3, date=cocoa + 120, flags=0, read=0, madrid_attributedBody=typedstream("First blue one"), madrid_handle=ALICE,
           madrid_guid="1EFA0000-0000-4000-8000-000000000003", madrid_service="Madrid", madrid_account="p:" + OWNER, madrid_flags=12289,
           madrid_error=0, is_madrid=1, madrid_date_read=cocoa + 130, madrid_date_delivered=0)
    insert(db, "madrid_attachment", attachment_guid="1EFA0000-A", created_date=cocoa + 119, filename="/var/mobile/Library/SMS/Attachments/00/IMG_3.JPG",
           mime_type="image/jpeg", transfer_state=5, is_incoming=1, message_id=3)
    insert(db, "message", ROWID=4, address=UNKNOWN, date=unix + 180, text="Keep this", flags=3, group_id=1, read=1, is_madrid=0)
    insert(db, "message", ROWID=5, address=UNKNOWN, date=unix + 240, text="an old text message that was deleted", flags=2, group_id=1,
           read=1, is_madrid=0)


def build(root: Path):
    path = root / SMS_DB
    path.parent.mkdir(parents=True, exist_ok=True)
    ios18(path)
    rollback(root.parent / "ios9" / SMS_DB, SCHEMA_9, ios9)
    rollback(root.parent / "ios6" / SMS_DB, SCHEMA_6, ios6)
    rollback(root.parent / "ios5" / SMS_DB, SCHEMA_5, ios5)
