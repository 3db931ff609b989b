# CREATE TABLE calls: packages/providers/ContactsProvider, src/com/android/providers/contacts/CallLogDatabaseHelper.java,
# version 11 (Android 13 and later); for the shadow file version 5 as it stands in andriller's tests/data calllog.db (Android 9).
"""calllog.db with an open write-ahead log, and calllog_shadow.db, which holds the calls before the first unlock."""

from sqlite_sample import insert, with_wal, without_wal

PLATFORM = "android"

TODAY = """
CREATE TABLE android_metadata (locale TEXT);
CREATE TABLE properties (property_key TEXT PRIMARY KEY, property_value TEXT );
CREATE TABLE calls (_id INTEGER PRIMARY KEY AUTOINCREMENT,number TEXT,presentation INTEGER NOT NULL DEFAULT 1,post_dial_digits TEXT NOT NULL DEFAULT '',via_number TEXT NOT NULL DEFAULT '',date INTEGER,duration INTEGER,data_usage INTEGER,type INTEGER,features INTEGER NOT NULL DEFAULT 0,subscription_component_name TEXT,subscription_id TEXT,phone_account_address TEXT,phone_account_hidden INTEGER NOT NULL DEFAULT 0,sub_id INTEGER DEFAULT -1,new INTEGER,name TEXT,numbertype INTEGER,numberlabel TEXT,countryiso TEXT,voicemail_uri TEXT,is_read INTEGER,geocoded_location TEXT,lookup_uri TEXT,matched_number TEXT,normalized_number TEXT,photo_id INTEGER NOT NULL DEFAULT 0,photo_uri TEXT,formatted_number TEXT,add_for_all_users INTEGER NOT NULL DEFAULT 1,last_modified INTEGER DEFAULT 0,call_screening_component_name TEXT,call_screening_app_name TEXT,block_reason INTEGER NOT NULL DEFAULT 0,missed_reason INTEGER NOT NULL DEFAULT 0,priority INTEGER NOT NULL DEFAULT 0,subject TEXT,location TEXT,composer_photo_uri TEXT,is_call_log_phone_account_migration_pending INTEGER NOT NULL DEFAULT 0,_data TEXT,has_content INTEGER,mime_type TEXT,source_data TEXT,source_package TEXT,transcription TEXT,transcription_state INTEGER NOT NULL DEFAULT 0,state INTEGER,dirty INTEGER NOT NULL DEFAULT 0,deleted INTEGER NOT NULL DEFAULT 0,backed_up INTEGER NOT NULL DEFAULT 0,restored INTEGER NOT NULL DEFAULT 0,archived INTEGER NOT NULL DEFAULT 0,is_omtp_voicemail INTEGER NOT NULL DEFAULT 0);
CREATE TABLE voicemail_status (_id INTEGER PRIMARY KEY AUTOINCREMENT,source_package TEXT NOT NULL,phone_account_component_name TEXT,phone_account_id TEXT,settings_uri TEXT,voicemail_access_uri TEXT,configuration_state INTEGER,data_channel_state INTEGER,notification_channel_state INTEGER,quota_occupied INTEGER DEFAULT -1,quota_total INTEGER DEFAULT -1,source_type TEXT);
"""

ANDROID_9 = """
CREATE TABLE android_metadata (locale TEXT);
CREATE TABLE properties (property_key TEXT PRIMARY KEY, property_value TEXT );
CREATE TABLE calls (_id INTEGER PRIMARY KEY AUTOINCREMENT,number TEXT,presentation INTEGER NOT NULL DEFAULT 1,post_dial_digits TEXT NOT NULL DEFAULT '',via_number TEXT NOT NULL DEFAULT '',date INTEGER,duration INTEGER,data_usage INTEGER,type INTEGER,features INTEGER NOT NULL DEFAULT 0,subscription_component_name TEXT,subscription_id TEXT,phone_account_address TEXT,phone_account_hidden INTEGER NOT NULL DEFAULT 0,sub_id INTEGER DEFAULT -1,new INTEGER,name TEXT,numbertype INTEGER,numberlabel TEXT,countryiso TEXT,voicemail_uri TEXT,is_read INTEGER,geocoded_location TEXT,lookup_uri TEXT,matched_number TEXT,normalized_number TEXT,photo_id INTEGER NOT NULL DEFAULT 0,photo_uri TEXT,formatted_number TEXT,add_for_all_users INTEGER NOT NULL DEFAULT 1,last_modified INTEGER DEFAULT 0,_data TEXT,has_content INTEGER,mime_type TEXT,source_data TEXT,source_package TEXT,transcription TEXT,transcription_state INTEGER NOT NULL DEFAULT 0,state INTEGER,dirty INTEGER NOT NULL DEFAULT 0,deleted INTEGER NOT NULL DEFAULT 0,backed_up INTEGER NOT NULL DEFAULT 0,restored INTEGER NOT NULL DEFAULT 0,archived INTEGER NOT NULL DEFAULT 0,is_omtp_voicemail INTEGER NOT NULL DEFAULT 0);
"""

ALICE, BOGDAN, CHIARA, UNKNOWN = "+15550101", "+15550102", "+15550103", "+15550199"
SIM = {"subscription_component_name": "com.android.phone/com.android.services.telephony.TelephonyConnectionService",
       "subscription_id": "8901410321111851072", "phone_account_address": "tel:+15550100", "countryiso": "US", "add_for_all_users": 1}
# 2023-11-14T22:13:20Z
START = 1_700_000_000_000


def build(root):
    # calllog.db is in WAL mode since Android 9; the shadow lies in device-encrypted storage.
    with_wal(root / "data/data/com.android.providers.contacts/databases/calllog.db", today, today_in_the_wal)
    without_wal(root / "data/user_de/0/com.android.providers.contacts/databases/calllog_shadow.db", before_the_first_unlock, shadow_deletions)


def today(db):
    for statement in TODAY.strip().split("\n"):
        db.execute(statement)
    db.execute("PRAGMA user_version = 11")
    call = lambda i, kind, number, **row: insert(db, "calls", _id=i, type=kind, number=number, **{**SIM, "date": START + i * 60_000, "duration": 0, "new": 1, "is_read": 0, "last_modified": START + i * 60_000 + 500, **row})
    call(1, 1, ALICE, duration=63, features=0b1000100, new=0, is_read=1, name="Alice Moreau", numbertype=2, geocoded_location="Exampletown", lookup_uri="content://com.android.contacts/contacts/lookup/2r1-4A2E/11", matched_number="+1 555-0101", normalized_number=ALICE, photo_id=20, photo_uri="content://com.android.contacts/display_photo/3", formatted_number="(555) 010-1", data_usage=None)
    call(2, 2, BOGDAN, duration=312, features=0b1001, data_usage=20_480_000, post_dial_digits=",,42", via_number="+15550100", name="Bogdan Petrov", numbertype=0, numberlabel="boat house", priority=1, subject="about Friday", location="geo:51.5,0.1", composer_photo_uri="content://call_composer/1")
    call(3, 3, UNKNOWN, missed_reason=1 << 16 | 1 << 18)
    call(4, 4, UNKNOWN, duration=17, voicemail_uri="content://com.android.voicemail/voicemail/4", _data="/data/user_de/0/com.android.providers.contacts/app_voicemail-data/4.amr", has_content=1, mime_type="audio/amr", source_package="com.android.phone", source_data="vvm-4", transcription="Please call me back", transcription_state=3, state=0, is_omtp_voicemail=1)
    call(5, 5, CHIARA)
    call(6, 6, UNKNOWN, block_reason=3, call_screening_app_name="Screener", call_screening_component_name="org.example.screener/.Service")
    call(7, 7, ALICE, duration=20, features=0b10)
    call(8, 2, BOGDAN, features=0b110000, restored=1, add_for_all_users=0, phone_account_hidden=1)
    call(9, 1, "", presentation=2, duration=5)
    # 1000 is a type of one manufacturer.
    call(10, 1000, CHIARA, features=0b100000000)
    call(11, 3, None, presentation=3, last_modified=0, countryiso=None)
    call(12, 2, "alice@sip.example.org", duration=44, subscription_component_name="com.android.services.telephony.sip/.SipConnectionService", subscription_id="dana@sip.example.org")


def today_in_the_wal(db):
    db.execute("UPDATE calls SET new = 0, is_read = 1, last_modified = ? WHERE _id = 3", [START + 1_000_000])
    insert(db, "calls", _id=13, type=1, number=CHIARA, date=START + 2_000_000, duration=7, new=1, features=1, name="Chiara Lindt 🏞", **SIM)
    db.execute("DELETE FROM calls WHERE _id = 5")


def before_the_first_unlock(db):
    for statement in ANDROID_9.strip().split("\n"):
        db.execute(statement)
    db.execute("PRAGMA user_version = 5")
    insert(db, "calls", _id=1, type=3, number=UNKNOWN, date=START - 500_000, duration=0, new=1, features=0, subscription_id="8901410321111851072", is_read=0)
    insert(db, "calls", _id=2, type=1, number="+15550188", date=START - 400_000, duration=9, new=1, features=0, name="moved to the call log", is_read=0)


def shadow_deletions(db):
    db.execute("DELETE FROM calls WHERE _id = 2")
