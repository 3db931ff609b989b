# CREATE TABLEs: packages/providers/ContactsProvider, src/com/android/providers/contacts/ContactsDatabaseHelper.java:
# today's from github.com/LineageOS/android_packages_providers_ContactsProvider 0f359fd (Android 16), the old ones from
# the same file of Android 2.3 (github.com/CyanMobile/android_packages_providers_ContactsProvider_cyanmobile d87feb0).
# deleted_contacts: DeletedContactsTableUtil.java, as in plaso's test_data/android/contacts2.db.
"""contacts2.db and profile.db of the Contacts provider: a handset of today with an open write-ahead log, one of Android 2.3."""

from sqlite_sample import insert, with_wal, without_wal

PLATFORM = "android"

TODAY = """
CREATE TABLE android_metadata (locale TEXT);
CREATE TABLE accounts (_id INTEGER PRIMARY KEY AUTOINCREMENT,account_name TEXT, account_type TEXT, data_set TEXT, sim_slot_index INTEGER, sim_ef_type INTEGER);
CREATE TABLE contacts (_id INTEGER PRIMARY KEY AUTOINCREMENT,name_raw_contact_id INTEGER REFERENCES raw_contacts(_id),photo_id INTEGER REFERENCES data(_id),photo_file_id INTEGER REFERENCES photo_files(_id),custom_ringtone TEXT,send_to_voicemail INTEGER NOT NULL DEFAULT 0,x_times_contacted INTEGER NOT NULL DEFAULT 0,x_last_time_contacted INTEGER,times_contacted INTEGER NOT NULL DEFAULT 0,last_time_contacted INTEGER,starred INTEGER NOT NULL DEFAULT 0,pinned INTEGER NOT NULL DEFAULT 0,has_phone_number INTEGER NOT NULL DEFAULT 0,lookup TEXT,status_update_id INTEGER REFERENCES data(_id),contact_last_updated_timestamp INTEGER);
CREATE TABLE deleted_contacts (contact_id INTEGER PRIMARY KEY,contact_deleted_timestamp INTEGER NOT NULL default 0);
CREATE TABLE raw_contacts (_id INTEGER PRIMARY KEY AUTOINCREMENT,account_id INTEGER REFERENCES accounts(_id),sourceid TEXT,backup_id TEXT,raw_contact_is_read_only INTEGER NOT NULL DEFAULT 0,version INTEGER NOT NULL DEFAULT 1,dirty INTEGER NOT NULL DEFAULT 0,deleted INTEGER NOT NULL DEFAULT 0,metadata_dirty INTEGER NOT NULL DEFAULT 0,contact_id INTEGER REFERENCES contacts(_id),aggregation_mode INTEGER NOT NULL DEFAULT 0,aggregation_needed INTEGER NOT NULL DEFAULT 1,custom_ringtone TEXT,send_to_voicemail INTEGER NOT NULL DEFAULT 0,x_times_contacted INTEGER NOT NULL DEFAULT 0,x_last_time_contacted INTEGER,times_contacted INTEGER NOT NULL DEFAULT 0,last_time_contacted INTEGER,starred INTEGER NOT NULL DEFAULT 0,pinned INTEGER NOT NULL DEFAULT 0,display_name TEXT,display_name_alt TEXT,display_name_source INTEGER NOT NULL DEFAULT 0,phonetic_name TEXT,phonetic_name_style TEXT,sort_key TEXT COLLATE PHONEBOOK,phonebook_label TEXT,phonebook_bucket INTEGER,sort_key_alt TEXT COLLATE PHONEBOOK,phonebook_label_alt TEXT,phonebook_bucket_alt INTEGER,name_verified INTEGER NOT NULL DEFAULT 0,sync1 TEXT, sync2 TEXT, sync3 TEXT, sync4 TEXT );
CREATE TABLE mimetypes (_id INTEGER PRIMARY KEY AUTOINCREMENT,mimetype TEXT NOT NULL);
CREATE TABLE data (_id INTEGER PRIMARY KEY AUTOINCREMENT,package_id INTEGER REFERENCES package(_id),mimetype_id INTEGER REFERENCES mimetype(_id) NOT NULL,raw_contact_id INTEGER REFERENCES raw_contacts(_id) NOT NULL,hash_id TEXT,is_read_only INTEGER NOT NULL DEFAULT 0,is_primary INTEGER NOT NULL DEFAULT 0,is_super_primary INTEGER NOT NULL DEFAULT 0,data_version INTEGER NOT NULL DEFAULT 0,data1 TEXT,data2 TEXT,data3 TEXT,data4 TEXT,data5 TEXT,data6 TEXT,data7 TEXT,data8 TEXT,data9 TEXT,data10 TEXT,data11 TEXT,data12 TEXT,data13 TEXT,data14 TEXT,data15 TEXT,data_sync1 TEXT, data_sync2 TEXT, data_sync3 TEXT, data_sync4 TEXT, carrier_presence INTEGER NOT NULL DEFAULT 0, preferred_phone_account_component_name TEXT, preferred_phone_account_id TEXT );
CREATE TABLE groups (_id INTEGER PRIMARY KEY AUTOINCREMENT,package_id INTEGER REFERENCES package(_id),account_id INTEGER REFERENCES accounts(_id),sourceid TEXT,version INTEGER NOT NULL DEFAULT 1,dirty INTEGER NOT NULL DEFAULT 0,title TEXT,title_res INTEGER,notes TEXT,system_id TEXT,deleted INTEGER NOT NULL DEFAULT 0,group_visible INTEGER NOT NULL DEFAULT 0,should_sync INTEGER NOT NULL DEFAULT 1,auto_add INTEGER NOT NULL DEFAULT 0,favorites INTEGER NOT NULL DEFAULT 0,group_is_read_only INTEGER NOT NULL DEFAULT 0,sync1 TEXT, sync2 TEXT, sync3 TEXT, sync4 TEXT );
CREATE UNIQUE INDEX mime_type ON mimetypes (mimetype);
CREATE INDEX raw_contacts_contact_id_index ON raw_contacts (contact_id);
CREATE INDEX data_raw_contact_id ON data (raw_contact_id);
CREATE INDEX data_mimetype_data1_index ON data (mimetype_id,data1);
"""

ANDROID_2_3 = """
CREATE TABLE android_metadata (locale TEXT);
CREATE TABLE contacts (_id INTEGER PRIMARY KEY AUTOINCREMENT,name_raw_contact_id INTEGER REFERENCES raw_contacts(_id),photo_id INTEGER REFERENCES data(_id),custom_ringtone TEXT,send_to_voicemail INTEGER NOT NULL DEFAULT 0,times_contacted INTEGER NOT NULL DEFAULT 0,last_time_contacted INTEGER,starred INTEGER NOT NULL DEFAULT 0,in_visible_group INTEGER NOT NULL DEFAULT 1,has_phone_number INTEGER NOT NULL DEFAULT 0,lookup TEXT,status_update_id INTEGER REFERENCES data(_id),single_is_restricted INTEGER NOT NULL DEFAULT 0);
CREATE TABLE raw_contacts (_id INTEGER PRIMARY KEY AUTOINCREMENT,is_restricted INTEGER DEFAULT 0,account_name STRING DEFAULT NULL, account_type STRING DEFAULT NULL, sourceid TEXT,version INTEGER NOT NULL DEFAULT 1,dirty INTEGER NOT NULL DEFAULT 0,deleted INTEGER NOT NULL DEFAULT 0,contact_id INTEGER REFERENCES contacts(_id),aggregation_mode INTEGER NOT NULL DEFAULT 0,aggregation_needed INTEGER NOT NULL DEFAULT 1,custom_ringtone TEXT,send_to_voicemail INTEGER NOT NULL DEFAULT 0,times_contacted INTEGER NOT NULL DEFAULT 0,last_time_contacted INTEGER,starred INTEGER NOT NULL DEFAULT 0,display_name TEXT,display_name_alt TEXT,display_name_source INTEGER NOT NULL DEFAULT 0,phonetic_name TEXT,phonetic_name_style TEXT,sort_key TEXT COLLATE PHONEBOOK,sort_key_alt TEXT COLLATE PHONEBOOK,name_verified INTEGER NOT NULL DEFAULT 0,contact_in_visible_group INTEGER NOT NULL DEFAULT 0,sync1 TEXT, sync2 TEXT, sync3 TEXT, sync4 TEXT );
CREATE TABLE mimetypes (_id INTEGER PRIMARY KEY AUTOINCREMENT,mimetype TEXT NOT NULL);
CREATE TABLE data (_id INTEGER PRIMARY KEY AUTOINCREMENT,package_id INTEGER REFERENCES package(_id),mimetype_id INTEGER REFERENCES mimetype(_id) NOT NULL,raw_contact_id INTEGER REFERENCES raw_contacts(_id) NOT NULL,is_primary INTEGER NOT NULL DEFAULT 0,is_super_primary INTEGER NOT NULL DEFAULT 0,data_version INTEGER NOT NULL DEFAULT 0,data1 TEXT,data2 TEXT,data3 TEXT,data4 TEXT,data5 TEXT,data6 TEXT,data7 TEXT,data8 TEXT,data9 TEXT,data10 TEXT,data11 TEXT,data12 TEXT,data13 TEXT,data14 TEXT,data15 TEXT,data_sync1 TEXT, data_sync2 TEXT, data_sync3 TEXT, data_sync4 TEXT );
CREATE TABLE groups (_id INTEGER PRIMARY KEY AUTOINCREMENT,package_id INTEGER REFERENCES package(_id),account_name STRING DEFAULT NULL, account_type STRING DEFAULT NULL, sourceid TEXT,version INTEGER NOT NULL DEFAULT 1,dirty INTEGER NOT NULL DEFAULT 0,title TEXT,title_res INTEGER,notes TEXT,system_id TEXT,deleted INTEGER NOT NULL DEFAULT 0,group_visible INTEGER NOT NULL DEFAULT 0,should_sync INTEGER NOT NULL DEFAULT 1,sync1 TEXT, sync2 TEXT, sync3 TEXT, sync4 TEXT );
CREATE TABLE calls (_id INTEGER PRIMARY KEY AUTOINCREMENT,number TEXT,date INTEGER,duration INTEGER,type INTEGER,new INTEGER,name TEXT,numbertype INTEGER,numberlabel TEXT);
CREATE TABLE accounts (account_name TEXT, account_type TEXT );
CREATE UNIQUE INDEX mime_type ON mimetypes (mimetype);
"""

ITEM = "vnd.android.cursor.item/"
KINDS = ["email_v2", "im", "nickname", "organization", "phone_v2", "sip_address", "name", "postal-address_v2", "identity", "photo", "group_membership",
         "note", "contact_event", "website", "relation", "vnd.com.whatsapp.profile", "vnd.org.telegram.messenger.android.profile",
         "vnd.org.thoughtcrime.securesms.contact", "vnd.example.loyalty.card"]
# 2023-11-14T22:13:20Z
START = 1_700_000_000_000
PROVIDER = "com.android.providers.contacts/databases"


def build(root):
    # The Contacts provider keeps its files in WAL mode since Android 9; before, with a rollback journal.
    with_wal(root / f"data/data/{PROVIDER}/contacts2.db", today, today_in_the_wal)
    with_wal(root / f"data/data/{PROVIDER}/profile.db", own_card, lambda db: None)
    without_wal(root / f"data/user/10/{PROVIDER}/contacts2.db", android_2_3, android_2_3_deletions, page_size=1024, auto_vacuum=0)


def create(db, schema, kinds):
    for statement in schema.strip().split("\n"):
        db.execute(statement)
    insert(db, "android_metadata", locale="en_GB")
    for kind in kinds:
        insert(db, "mimetypes", mimetype=ITEM + kind)


def entry(db, contact, kind, *data, **named):
    (mimetype,) = db.execute("SELECT _id FROM mimetypes WHERE mimetype = ?", [ITEM + kind]).fetchone()
    values = {f"data{i}": value for i, value in enumerate(data, 1) if value is not None}
    insert(db, "data", mimetype_id=mimetype, raw_contact_id=contact, **values, **named)


def today(db):
    create(db, TODAY, KINDS)
    insert(db, "accounts", account_name="dana.reyes@example.org", account_type="com.google")
    insert(db, "accounts", account_name=None, account_type=None)
    insert(db, "accounts", account_name="SIM 1", account_type="com.android.sim", sim_slot_index=0, sim_ef_type=1)
    insert(db, "accounts", account_name="WhatsApp", account_type="com.whatsapp")
    insert(db, "groups", account_id=1, sourceid="6", title="Rowing club", group_visible=1)
    insert(db, "groups", account_id=1, sourceid="e", title="Starred in Android", favorites=1, auto_add=0)
    alice(db)
    bogdan(db)
    chiara(db)
    insert(db, "raw_contacts", _id=5, account_id=1, sourceid="c5", version=9, dirty=1, deleted=1, contact_id=None, display_name=None)
    insert(db, "deleted_contacts", contact_id=77, contact_deleted_timestamp=START + 86_400_000)


def alice(db):
    insert(db, "contacts", _id=11, name_raw_contact_id=1, photo_id=20, photo_file_id=3, starred=1, pinned=1, has_phone_number=1, lookup="2r1-4A2E", contact_last_updated_timestamp=START + 5_000)
    insert(db, "raw_contacts", _id=1, account_id=1, sourceid="c1", backup_id="b1", version=14, contact_id=11, custom_ringtone="content://media/internal/audio/media/12", x_times_contacted=42, x_last_time_contacted=START - 60_123, times_contacted=40, last_time_contacted=START - 80_000, starred=1, pinned=1, display_name="Dr Alice Jeanne Moreau Jr", display_name_alt="Moreau, Dr Alice Jeanne Jr", display_name_source=40, phonetic_name="Moro Alis", sync2="etag1")
    add = lambda kind, *data, **named: entry(db, 1, kind, *data, **named)
    add("name", "Dr Alice Jeanne Moreau Jr", "Alice", "Moreau", "Dr", "Jeanne", "Jr", "Alis", "Jan", "Moro")
    add("phone_v2", "+1 555-0101", 2, None, "+15550101", is_primary=1, is_super_primary=1)
    add("phone_v2", "555 0111", 0, "boat house", "+15550111")
    add("phone_v2", "555 0112", 17)
    add("email_v2", "alice@example.org", 1, None, "Alice M.")
    add("email_v2", "a.moreau@example.com", 0, "club")
    add("postal-address_v2", "1 Quay Street\nExampletown EX1 1AA", 1, None, "1 Quay Street", None, None, "Exampletown", None, "EX1 1AA", "Exampleland")
    add("organization", "Lake Survey Ltd", 1, None, "Surveyor", "Field work", "Measures lakes", None, None, "Room 7")
    add("nickname", "Ali", 1)
    add("im", "alice.m", 1, None, None, 5)
    add("im", "alice_irc", 3, None, None, -1, "IRC")
    add("sip_address", "alice@sip.example.org", 2)
    add("identity", "8c1f", "com.google")
    add("website", "https://alice.example.org", 2)
    add("contact_event", "1990-05-17", 3)
    add("contact_event", "2015-08-01", 1)
    add("relation", "Bogdan Petrov", 10)
    add("note", "Owes me an oar 🚣")
    add("group_membership", 1)
    # A 1 × 1 JPEG would do; the first bytes are enough here.
    add("photo", data14=3, data15=bytes.fromhex("ffd8ffe000104a4649460001"))
    add("vnd.com.whatsapp.profile", "15550101@s.whatsapp.net", "WhatsApp", "Message +1 555-0101")
    add("vnd.org.telegram.messenger.android.profile", 777000101, "Telegram Profile", "Message +1 555-0101", 777000101)
    add("vnd.org.thoughtcrime.securesms.contact", "+15550101", "Signal", "Message +1 555-0101")
    add("vnd.example.loyalty.card", "4711-0815", "gold")


def bogdan(db):
    insert(db, "contacts", _id=12, name_raw_contact_id=2, has_phone_number=1, lookup="0r2-", contact_last_updated_timestamp=START)
    insert(db, "raw_contacts", _id=2, account_id=3, version=2, contact_id=12, display_name="Bogdan Petrov", display_name_source=40, send_to_voicemail=1)
    entry(db, 2, "name", "Bogdan Petrov", "Bogdan", "Petrov")
    entry(db, 2, "phone_v2", "+15550102", 2, None, "+15550102")


def chiara(db):
    insert(db, "contacts", _id=13, name_raw_contact_id=3, has_phone_number=1, lookup="0r3-", contact_last_updated_timestamp=START)
    insert(db, "raw_contacts", _id=3, account_id=2, version=3, contact_id=13, display_name="+15550103", display_name_source=20)
    entry(db, 3, "phone_v2", "+15550103", 2, None, "+15550103")


def today_in_the_wal(db):
    db.execute("BEGIN")
    # The provider raises the version of the raw contact with every change of its entries.
    entry(db, 3, "name", "Chiara Lindt", "Chiara", "Lindt")
    db.execute("UPDATE raw_contacts SET version = 4, display_name = 'Chiara Lindt', display_name_source = 40 WHERE _id = 3")
    db.execute("COMMIT")
    db.execute("BEGIN")
    insert(db, "contacts", _id=14, name_raw_contact_id=6, has_phone_number=1, lookup="0r6-", contact_last_updated_timestamp=START + 90_000)
    insert(db, "raw_contacts", _id=6, account_id=1, version=2, contact_id=14, display_name="Added last", display_name_source=40)
    entry(db, 6, "phone_v2", "+15550106", 1)
    db.execute("COMMIT")
    db.execute("BEGIN")
    db.execute("DELETE FROM data WHERE raw_contact_id = 2")
    db.execute("DELETE FROM raw_contacts WHERE _id = 2")
    db.execute("DELETE FROM contacts WHERE _id = 12")
    insert(db, "deleted_contacts", contact_id=12, contact_deleted_timestamp=START + 100_000)
    db.execute("COMMIT")


def own_card(db):
    create(db, TODAY, ["name", "phone_v2"])
    insert(db, "contacts", _id=9223372034707292161, name_raw_contact_id=9223372034707292161, has_phone_number=1, lookup="profile", contact_last_updated_timestamp=START)
    insert(db, "raw_contacts", _id=9223372034707292161, version=2, contact_id=9223372034707292161, display_name="Dana Reyes", display_name_source=40)
    entry(db, 9223372034707292161, "name", "Dana Reyes", "Dana", "Reyes")
    entry(db, 9223372034707292161, "phone_v2", "+15550100", 2, None, "+15550100")


def android_2_3(db):
    # The kinds are numbered in another order than today.
    create(db, ANDROID_2_3, ["phone_v2", "name", "email_v2", "group_membership"])
    insert(db, "accounts", account_name="dana.reyes@example.org", account_type="com.google")
    insert(db, "groups", account_name="dana.reyes@example.org", account_type="com.google", title="System Group: Friends", system_id="Friends")
    insert(db, "contacts", _id=1, name_raw_contact_id=1, times_contacted=7, last_time_contacted=START - 900_000, has_phone_number=1, lookup="1i1")
    insert(db, "raw_contacts", _id=1, account_name="dana.reyes@example.org", account_type="com.google", version=5, contact_id=1, times_contacted=7, last_time_contacted=START - 900_000, display_name="Alice Moreau", display_name_source=40)
    entry(db, 1, "name", "Alice Moreau", "Alice", "Moreau")
    # Android 2.3 wrote numbers backwards into data4.
    entry(db, 1, "phone_v2", "+1 555 0101", 2, None, "10105551+")
    entry(db, 1, "group_membership", 1)
    insert(db, "contacts", _id=2, name_raw_contact_id=2, has_phone_number=1)
    insert(db, "raw_contacts", _id=2, version=1, contact_id=2, display_name="Contact that was removed", display_name_source=40)
    entry(db, 2, "phone_v2", "+15550107", 3)
    insert(db, "calls", _id=1, number="+15550101", date=START - 1_000_000, duration=61, type=1, new=0, name="Alice Moreau", numbertype=2)
    insert(db, "calls", _id=2, number="-2", date=START - 990_000, duration=0, type=3, new=1)
    insert(db, "calls", _id=3, number="+15550102", date=START - 980_000, duration=5, type=2, new=1)


def android_2_3_deletions(db):
    db.execute("DELETE FROM raw_contacts WHERE _id = 2")
    db.execute("DELETE FROM calls WHERE _id = 3")
