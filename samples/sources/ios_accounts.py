"""Accounts of iOS: Accounts3.sqlite with a write-ahead log, and the system's own copy of it."""

# CREATE TABLEs: Accounts3.sqlite of iOS 16.3 from the public test case abrignoni/iLEAPP admin/test/cases/data/accountData
# (belkasoft_ctf6_ios_device1); the copy in VerifiedBackup: Accounts3.sqlite of iOS 13 from log2timeline/plaso test_data/ios.

import plistlib
import shutil
import sqlite3
import tempfile
from pathlib import Path

PLATFORM = "ios"

FOLDER = "private/var/mobile/Library/Accounts"

IOS_16 = """
CREATE TABLE ZACCOUNT ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZACTIVE INTEGER, ZAUTHENTICATED INTEGER, ZSUPPORTSAUTHENTICATION INTEGER, ZVISIBLE INTEGER, ZWARMINGUP INTEGER, ZACCOUNTTYPE INTEGER, ZPARENTACCOUNT INTEGER, ZDATE TIMESTAMP, ZLASTCREDENTIALRENEWALREJECTIONDATE TIMESTAMP, ZACCOUNTDESCRIPTION VARCHAR, ZAUTHENTICATIONTYPE VARCHAR, ZCREDENTIALTYPE VARCHAR, ZIDENTIFIER VARCHAR, ZMODIFICATIONID VARCHAR, ZOWNINGBUNDLEID VARCHAR, ZUSERNAME VARCHAR, ZDATACLASSPROPERTIES BLOB );
CREATE TABLE ZACCOUNTPROPERTY ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZOWNER INTEGER, ZKEY VARCHAR, ZVALUE BLOB );
CREATE TABLE ZACCOUNTTYPE ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZOBSOLETE INTEGER, ZSUPPORTSAUTHENTICATION INTEGER, ZSUPPORTSMULTIPLEACCOUNTS INTEGER, ZVISIBILITY INTEGER, ZACCOUNTTYPEDESCRIPTION VARCHAR, ZCREDENTIALPROTECTIONPOLICY VARCHAR, ZCREDENTIALTYPE VARCHAR, ZIDENTIFIER VARCHAR, ZOWNINGBUNDLEID VARCHAR );
CREATE INDEX ZACCOUNT_ZACCOUNTTYPE_INDEX ON ZACCOUNT (ZACCOUNTTYPE);
CREATE INDEX ZACCOUNTPROPERTY_ZOWNER_INDEX ON ZACCOUNTPROPERTY (ZOWNER);
CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME VARCHAR, Z_SUPER INTEGER, Z_MAX INTEGER);
"""

IOS_13 = """
CREATE TABLE ZACCOUNT ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZACTIVE INTEGER, ZAUTHENTICATED INTEGER, ZSUPPORTSAUTHENTICATION INTEGER, ZVISIBLE INTEGER, ZACCOUNTTYPE INTEGER, ZPARENTACCOUNT INTEGER, ZDATE TIMESTAMP, ZLASTCREDENTIALRENEWALREJECTIONDATE TIMESTAMP, ZACCOUNTDESCRIPTION VARCHAR, ZAUTHENTICATIONTYPE VARCHAR, ZCREDENTIALTYPE VARCHAR, ZIDENTIFIER VARCHAR, ZOWNINGBUNDLEID VARCHAR, ZUSERNAME VARCHAR, ZDATACLASSPROPERTIES BLOB );
CREATE TABLE ZACCOUNTPROPERTY ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZOWNER INTEGER, ZKEY VARCHAR, ZVALUE BLOB );
CREATE TABLE ZACCOUNTTYPE ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZENCRYPTACCOUNTPROPERTIES INTEGER, ZOBSOLETE INTEGER, ZSUPPORTSAUTHENTICATION INTEGER, ZSUPPORTSMULTIPLEACCOUNTS INTEGER, ZVISIBILITY INTEGER, ZACCOUNTTYPEDESCRIPTION VARCHAR, ZCREDENTIALPROTECTIONPOLICY VARCHAR, ZCREDENTIALTYPE VARCHAR, ZIDENTIFIER VARCHAR, ZOWNINGBUNDLEID VARCHAR );
CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME VARCHAR, Z_SUPER INTEGER, Z_MAX INTEGER);
"""

OWNER = "dana.reyes@example.org"
TYPES = [
    (1, "com.apple.account.AppleAccount", "iCloud"),
    (2, "com.apple.account.IdentityServices", "Messages"),
    (3, "com.apple.account.CalDAV", "CalDAV"),
    (4, "com.apple.account.Google", "Gmail"),
]

T = 1700000000 - 978307200  # 2023-11-14T22:13:20Z in seconds since 2001


def archive(*objects):
    """An NSKeyedArchiver archive whose root is the first of the objects."""
    tree = {"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": plistlib.UID(1)}, "$objects": ["$null", *objects]}
    return plistlib.dumps(tree, fmt=plistlib.FMT_BINARY)


def handles():
    """What iMessage and FaceTime know the handset by: a list of dictionaries."""
    uid = plistlib.UID
    return archive(
        {"NS.objects": [uid(2), uid(6)], "$class": uid(8)},
        {"NS.keys": [uid(3)], "NS.objects": [uid(4)], "$class": uid(5)},
        "uri",
        "tel:+15550100",
        {"$classname": "NSMutableDictionary", "$classes": ["NSMutableDictionary", "NSDictionary", "NSObject"]},
        {"NS.keys": [uid(3)], "NS.objects": [uid(7)], "$class": uid(5)},
        "mailto:" + OWNER,
        {"$classname": "NSMutableArray", "$classes": ["NSMutableArray", "NSArray", "NSObject"]},
    )


def insert(db, table, **row):
    columns = ", ".join(row)
    marks = ", ".join("?" for _ in row)
    db.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(row.values()))


def account(db, pk, kind, identifier, username, description, bundle, parent=None, date=T):
    insert(db, "ZACCOUNT", Z_PK=pk, Z_ENT=2, Z_OPT=1, ZACTIVE=1, ZAUTHENTICATED=1, ZVISIBLE=1, ZACCOUNTTYPE=kind,
           ZPARENTACCOUNT=parent, ZDATE=date, ZACCOUNTDESCRIPTION=description, ZAUTHENTICATIONTYPE=None,
           ZIDENTIFIER=identifier, ZOWNINGBUNDLEID=bundle, ZUSERNAME=username)


def first_accounts(db):
    for pk, identifier, description in TYPES:
        insert(db, "ZACCOUNTTYPE", Z_PK=pk, Z_ENT=4, Z_OPT=1, ZACCOUNTTYPEDESCRIPTION=description, ZIDENTIFIER=identifier)
    account(db, 1, 1, "9990A8F4-0001", OWNER, "iCloud", "com.apple.purplebuddy")
    account(db, 2, 2, "9990A8F4-0002", OWNER, None, "com.apple.identityservicesd", date=T + 5.5)
    account(db, 3, 3, "9990A8F4-0003", None, None, "com.apple.accounts.accountsd", parent=1)
    account(db, 4, 4, "9990A8F4-0004", "old.box@example.org", "Gmail", "com.apple.Preferences", date=T - 86400)
    account(db, 5, 99, "9990A8F4-0005", "local", None, "locationd", date=None)
    values = [
        (1, "firstName", archive("Dana")), (1, "lastName", archive("Reyes")), (1, "primaryEmail", archive(OWNER)),
        (1, "altDSID", archive("000551-08-invented")), (1, "personID", archive("17193900000")),
        (2, "email-address", archive(OWNER)), (2, "handles", handles()), (4, "FullUserName", archive("Dana Reyes")),
    ]
    for pk, (owner, key, value) in enumerate(values, 1):
        insert(db, "ZACCOUNTPROPERTY", Z_PK=pk, Z_ENT=3, Z_OPT=1, ZOWNER=owner, ZKEY=key, ZVALUE=value)


def later_accounts(db):
    """Written after the checkpoint: only in the write-ahead log."""
    db.execute("UPDATE ZACCOUNT SET ZACCOUNTDESCRIPTION = 'My iCloud', Z_OPT = 2 WHERE Z_PK = 1")
    db.execute("DELETE FROM ZACCOUNT WHERE Z_PK = 4")
    account(db, 6, 4, "9990A8F4-0006", "new.box@example.org", "Gmail", "com.apple.Preferences", date=T + 3600)
    db.commit()


def open_new(path):
    db = sqlite3.connect(path)
    db.executescript("PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;")
    return db


def build(root):
    folder = root / FOLDER
    (folder / "VerifiedBackup").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        db = open_new(Path(scratch) / "Accounts3.sqlite")
        db.executescript(IOS_16)
        first_accounts(db)
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        later_accounts(db)
        for name in ("Accounts3.sqlite", "Accounts3.sqlite-wal"):
            shutil.copyfile(Path(scratch) / name, folder / name)
        db.close()
    copy = folder / "VerifiedBackup" / "Accounts3.sqlite"
    copy.unlink(missing_ok=True)
    db = open_new(copy)
    db.executescript(IOS_13)
    insert(db, "ZACCOUNTTYPE", Z_PK=1, Z_ENT=4, Z_OPT=1, ZACCOUNTTYPEDESCRIPTION="iCloud", ZIDENTIFIER="com.apple.account.AppleAccount")
    account(db, 1, 1, "9990A8F4-0001", OWNER, "iCloud", "com.apple.purplebuddy")
    db.commit()
    db.close()
