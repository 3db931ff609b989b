# Schema origins: iOS 17: `sqlite3 .schema` of the AddressBook.sqlitedb in abrignoni/iLEAPP, admin/test/cases/data/addressBook
# (BelkaCTF 6, read for its schema only); iOS 4.3 and 5: what the ND91Assistant backup tool creates for these versions
# (IosCreateDBSQL.cpp, CreateContact43XDBSQL). Triggers, sort sections and the search index are left out: they call functions
# that only Contacts has. `ab_generate_guid()` in a DEFAULT never runs here, every row brings its guid.
"""Contacts of two handsets: iOS 17 and later (`ios`, WAL) and iOS 5 (`ios5`, rollback journal, a deleted row in a freeblock)."""

import shutil
import sqlite3
from pathlib import Path

PLATFORM = "ios"

COCOA = 1_700_000_000 - 978_307_200     # 2023-11-14T22:13:20Z
BOOK = "private/var/mobile/Library/AddressBook/AddressBook.sqlitedb"

PHONE, EMAIL, ADDRESS, DATE, MESSAGING, URL, RELATED, SOCIAL = 3, 4, 5, 12, 13, 22, 23, 46
OTHER = 16  # stands for every property without a published meaning

SCHEMA_17 = """
CREATE TABLE _SqliteDatabaseProperties (key TEXT, value TEXT, UNIQUE(key));
CREATE TABLE ABStore (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, Name TEXT, ExternalIdentifier TEXT, Type INTEGER, ConstraintsPath TEXT, ExternalModificationTag TEXT, ExternalSyncTag TEXT, StoreInternalIdentifier TEXT, AccountID INTEGER DEFAULT -1, Enabled INTEGER DEFAULT 1, SyncData BLOB, MeIdentifier INTEGER DEFAULT -1, Capabilities INTEGER DEFAULT 0, guid TEXT NOT NULL DEFAULT (ab_generate_guid()), LastSyncDate TEXT, UNIQUE(StoreInternalIdentifier), UNIQUE(guid));
CREATE TABLE ABPerson (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, First TEXT, Last TEXT, Middle TEXT, FirstPhonetic TEXT, MiddlePhonetic TEXT, LastPhonetic TEXT, Organization TEXT, Department TEXT, Note TEXT, Kind INTEGER, Birthday TEXT, JobTitle TEXT, Nickname TEXT, Prefix TEXT, Suffix TEXT, FirstSort TEXT, LastSort TEXT, CreationDate INTEGER, ModificationDate INTEGER, CompositeNameFallback TEXT, ExternalIdentifier TEXT, ExternalModificationTag TEXT, ExternalUUID TEXT, StoreID INTEGER, DisplayName TEXT, ExternalRepresentation BLOB, FirstSortSection TEXT, LastSortSection TEXT, FirstSortLanguageIndex INTEGER DEFAULT 2147483647, LastSortLanguageIndex INTEGER DEFAULT 2147483647, PersonLink INTEGER DEFAULT -1, ImageURI TEXT, IsPreferredName INTEGER DEFAULT 1, guid TEXT NOT NULL DEFAULT (ab_generate_guid()), PhonemeData TEXT, AlternateBirthday TEXT, MapsData TEXT, FirstPronunciation TEXT, MiddlePronunciation TEXT, LastPronunciation TEXT, OrganizationPhonetic TEXT, OrganizationPronunciation TEXT, PreviousFamilyName TEXT, PreferredLikenessSource TEXT, PreferredPersonaIdentifier TEXT, PreferredChannel TEXT, DowntimeWhitelist TEXT, ImageType TEXT, ImageHash BLOB, MemojiMetadata BLOB, UNIQUE(guid));
CREATE TABLE ABGroup (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, Name TEXT, ExternalIdentifier TEXT, StoreID INTEGER, ExternalModificationTag TEXT, ExternalRepresentation BLOB, ExternalUUID TEXT, guid TEXT NOT NULL DEFAULT (ab_generate_guid()), UNIQUE(guid));
CREATE TABLE ABAccount (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, AccountIdentifier TEXT, Flags INTEGER, DefaultSourceID INTEGER, guid TEXT NOT NULL DEFAULT (ab_generate_guid()), UNIQUE(guid));
CREATE TABLE ABGroupMembers (UID INTEGER PRIMARY KEY, group_id INTEGER, member_type INTEGER, member_id INTEGER, UNIQUE(group_id, member_type, member_id));
CREATE TABLE ABMultiValue (UID INTEGER PRIMARY KEY, record_id INTEGER, property INTEGER, identifier INTEGER, label INTEGER, value TEXT, guid TEXT NOT NULL DEFAULT (ab_generate_guid()), UNIQUE(guid));
CREATE TABLE ABMultiValueLabel (value TEXT, UNIQUE(value));
CREATE TABLE ABMultiValueEntry (parent_id INTEGER, key INTEGER, value TEXT, UNIQUE(parent_id, key));
CREATE TABLE ABMultiValueEntryKey (value TEXT, UNIQUE(value));
CREATE INDEX ABMultiValueRecordIDIndex on ABMultiValue(record_id);
"""

SCHEMA_5 = """
CREATE TABLE _SqliteDatabaseProperties (key TEXT, value TEXT, UNIQUE(key));
CREATE TABLE ABGroup (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, Name TEXT, ExternalIdentifier TEXT, StoreID INTEGER);
CREATE TABLE ABGroupMembers (UID INTEGER PRIMARY KEY, group_id INTEGER, member_type INTEGER, member_id INTEGER, UNIQUE(group_id, member_type, member_id));
CREATE TABLE ABMultiValue (UID INTEGER PRIMARY KEY, record_id INTEGER, property INTEGER, identifier INTEGER, label INTEGER, value TEXT);
CREATE TABLE ABMultiValueEntry (parent_id INTEGER, key INTEGER, value TEXT, UNIQUE(parent_id, key));
CREATE TABLE ABMultiValueEntryKey (value TEXT, UNIQUE(value));
CREATE TABLE ABMultiValueLabel (value TEXT, UNIQUE(value));
CREATE TABLE ABPerson (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, First TEXT, Last TEXT, Middle TEXT, FirstPhonetic TEXT, MiddlePhonetic TEXT, LastPhonetic TEXT, Organization TEXT, Department TEXT, Note TEXT, Kind INTEGER, Birthday TEXT,JobTitle TEXT, Nickname TEXT, Prefix TEXT, Suffix TEXT, FirstSort TEXT, LastSort TEXT, CreationDate INTEGER,ModificationDate INTEGER, CompositeNameFallback TEXT, ExternalIdentifier TEXT, ExternalModificationTag TEXT,ExternalUUID TEXT, StoreID INTEGER, DisplayName TEXT, ExternalRepresentation BLOB, FirstSortSection TEXT,LastSortSection TEXT, FirstSortLanguageIndex INTEGER DEFAULT 2147483647, LastSortLanguageIndex INTEGER DEFAULT 2147483647, PersonLink INTEGER DEFAULT -1, ImageURI TEXT, IsPreferredName INTEGER DEFAULT 1);
CREATE TABLE ABStore (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, Name TEXT, ExternalIdentifier TEXT, Type INTEGER,ConstraintsPath TEXT, ExternalModificationTag TEXT, ExternalSyncTag TEXT, StoreInternalIdentifier TEXT,AccountIdentifier TEXT, Enabled INTEGER DEFAULT 1, SyncData BLOB, UNIQUE(StoreInternalIdentifier));
"""

LABELS = ["_$!<Mobile>!$_", "_$!<Home>!$_", "_$!<Work>!$_", "_$!<HomePage>!$_", "_$!<Anniversary>!$_", "_$!<Brother>!$_", "boat radio"]
KEYS = ["Street", "City", "ZIP", "Country", "CountryCode", "username", "service", "url"]


def insert(db, table, **columns):
    names = ", ".join(columns)
    marks = ", ".join("?" * len(columns))
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(columns.values()))


class Book:
    """One address book: numbers its rows, and knows whether its schema has a `guid`."""

    def __init__(self, db, guids):
        self.db, self.guids, self.next_value = db, guids, 1
        for number, label in enumerate(LABELS, start=1):
            insert(db, "ABMultiValueLabel", rowid=number, value=label)
        for number, key in enumerate(KEYS, start=1):
            insert(db, "ABMultiValueEntryKey", rowid=number, value=key)

    def guid(self, kind, number):
        return {"guid": f"AB000000-0000-4000-8000-{number:012d}:{kind}"} if self.guids else {}

    def person(self, number, **columns):
        insert(self.db, "ABPerson", ROWID=number, Kind=0, CreationDate=COCOA + number, ModificationDate=COCOA + 100 + number,
               **columns, **self.guid("ABPerson", number))

    def value(self, person, kind, value=None, label=None, **entries):
        number = self.next_value
        self.next_value += 1
        insert(self.db, "ABMultiValue", UID=number, record_id=person, property=kind, identifier=0,
               label=LABELS.index(label) + 1 if label else None, value=value, **self.guid("ABMultiValue", number))
        for key, part in entries.items():
            insert(self.db, "ABMultiValueEntry", parent_id=number, key=KEYS.index(key) + 1, value=part)


def people(book):
    """The owner's own card, three people, a company without a person, a contact that goes."""
    home, work, mobile = "_$!<Home>!$_", "_$!<Work>!$_", "_$!<Mobile>!$_"
    book.person(1, First="Dana", Last="Reyes", StoreID=0)
    book.value(1, PHONE, "+15550100", mobile)
    book.value(1, EMAIL, "dana.reyes@example.org", home)
    book.person(2, First="Alice", Middle="Anne", Last="Moreau", Nickname="Ali", Prefix="Dr", Organization="Lake Surveys", Department="Charts",
                JobTitle="Surveyor", Note="Keeps the jetty keys ⚓", Birthday="-400032000", StoreID=1)
    book.value(2, PHONE, "+1 (555) 010-1", mobile)
    book.value(2, PHONE, "+15550181", "boat radio")
    book.value(2, EMAIL, "alice.moreau@example.org", work)
    book.value(2, ADDRESS, None, home, Street="12 Harbour Lane", City="Springfield", ZIP="00501", Country="United States", CountryCode="us")
    book.value(2, ADDRESS, None, work, Street="1 Pier", City="Springfield")
    book.value(2, DATE, "-284040000", "_$!<Anniversary>!$_")
    book.value(2, MESSAGING, None, work, username="alice.m", service="Jabber")
    book.value(2, URL, "https://lake.example.org", "_$!<HomePage>!$_")
    book.value(2, RELATED, "Bruno Moreau", "_$!<Brother>!$_")
    book.value(2, SOCIAL, None, None, username="alicemoreau", service="mastodon", url="https://social.example.org/@alicemoreau")
    book.value(2, OTHER, "system:Harbour", None)
    book.person(3, First="Bogdan", Last="Petrov", StoreID=1)
    book.value(3, PHONE, "+15550102", mobile)
    book.person(4, First="Chiara", Last="Lindt", StoreID=1)
    book.value(4, PHONE, "+15550103", mobile)
    book.value(4, EMAIL, "chiara.lindt@example.org", home)
    book.person(5, Organization="Springfield Harbour Office", StoreID=1)
    book.value(5, PHONE, "+15550190", work)
    book.person(6, First="Erased", Last="Contact", Note="deleted from the address book", StoreID=1)
    book.value(6, PHONE, "+15550166", mobile)


def ios17(db):
    insert(db, "ABAccount", ROWID=1, AccountIdentifier="AC000000-0000-4000-8000-000000000001", Flags=0, DefaultSourceID=1, guid="AC-1")
    insert(db, "ABStore", ROWID=0, Name=None, Type=0, StoreInternalIdentifier="local", MeIdentifier=1, guid="AS-0")
    insert(db, "ABStore", ROWID=1, Name="Card", Type=4, StoreInternalIdentifier="card", AccountID=1, guid="AS-1")
    book = Book(db, guids=True)
    people(book)
    for number, name in [(1, "Boat"), (2, "Family")]:
        insert(db, "ABGroup", ROWID=number, Name=name, StoreID=1, guid=f"AG-{number}")
    for number, (group, kind, member) in enumerate([(1, 0, 2), (2, 0, 2), (1, 0, 3), (2, 1, 4)], start=1):
        insert(db, "ABGroupMembers", UID=number, group_id=group, member_type=kind, member_id=member)


def later_changes(db):
    """What only the `-wal` holds: a new number for Bogdan, a note for Chiara, a new contact, a deleted contact."""
    db.execute("UPDATE ABMultiValue SET value = '+15550112' WHERE record_id = 3")
    db.execute("UPDATE ABPerson SET Note = 'moved to Lugano', ModificationDate = ? WHERE ROWID = 4", [COCOA + 900])
    insert(db, "ABPerson", ROWID=7, First="Newest", Last="Friend", Kind=0, CreationDate=COCOA + 950, ModificationDate=COCOA + 950, StoreID=1,
           guid="AB000000-0000-4000-8000-000000000007:ABPerson")
    db.execute("DELETE FROM ABMultiValue WHERE record_id = 6")
    db.execute("DELETE FROM ABPerson WHERE ROWID = 6")


def ios5(db):
    insert(db, "ABStore", ROWID=0, Name=None, Type=0, StoreInternalIdentifier="local")
    insert(db, "ABStore", ROWID=1, Name=None, Type=4, AccountIdentifier="dana.reyes@example.org")
    people(Book(db, guids=False))
    insert(db, "ABGroup", ROWID=1, Name="Boat", StoreID=1)
    insert(db, "ABGroupMembers", UID=1, group_id=1, member_type=0, member_id=2)


def build(root: Path):
    path = root / BOOK
    path.parent.mkdir(parents=True, exist_ok=True)
    work = path.parent / "build.db"
    db = sqlite3.connect(work, isolation_level=None)
    db.create_function("ab_generate_guid", 0, lambda: None, deterministic=True)
    db.execute("PRAGMA page_size = 4096")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.executescript("BEGIN;" + SCHEMA_17)
    ios17(db)
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.execute("BEGIN")
    later_changes(db)
    db.execute("COMMIT")
    shutil.copyfile(work, path)
    shutil.copyfile(f"{work}-wal", f"{path}-wal")
    db.close()
    work.unlink()
    old = root.parent / "ios5" / BOOK
    old.parent.mkdir(parents=True, exist_ok=True)
    old.unlink(missing_ok=True)
    db = sqlite3.connect(old, isolation_level=None)
    db.execute("PRAGMA page_size = 4096")
    db.execute("PRAGMA secure_delete = OFF")
    db.executescript("BEGIN;" + SCHEMA_5)
    ios5(db)
    db.execute("COMMIT")
    db.execute("DELETE FROM ABPerson WHERE ROWID = 6")
    db.close()
