# Schema origins: iOS 18 store: AarushSah/tincan, Tests/TincanKitTests/Support/Schemas.swift (`sqlite3 .schema` of macOS 26, the
# same Core Data model); iOS 9.3.5 store and both `call_history.db`: richinfante/iphonebackuptools, schemas/calls/calls_9.3.5.sql,
# calls2_9.3.5.sql, calls2_6.1.6.sql (triggers left out).
"""Calls of three handsets: iOS 18 (`ios`: CallHistory.storedata in WAL mode, CallHistoryTemp.storedata, transactions.log), iOS 9
(`ios9`: the store of that time and the migrated `call_history.db`) and iOS 6 (`ios6`: `call_history.db` alone).

The keys of a transaction and of the call archived in it are those that CHTransaction, CHRecentCall and CHHandle of
CallHistory.framework encode.
"""

import datetime
import plistlib
import shutil
import sqlite3
import uuid
from pathlib import Path

PLATFORM = "ios"

BASE = 1_700_000_000            # 2023-11-14T22:13:20Z
COCOA = BASE - 978_307_200
FOLDER = "private/var/mobile/Library/CallHistoryDB"
LOG = "private/var/mobile/Library/CallHistoryTransactions/transactions.log"
LEGACY = "private/var/wireless/Library/CallHistory/call_history.db"

ALICE, BOGDAN, UNKNOWN = "+15550101", "+15550102", "+15550199"
CHIARA_MAIL = "chiara.lindt@example.org"

CORE_DATA = """
CREATE TABLE ZCALLDBPROPERTIES (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZTIMER_ALL FLOAT, ZTIMER_INCOMING FLOAT, ZTIMER_LAST FLOAT, ZTIMER_LIFETIME FLOAT, ZTIMER_OUTGOING FLOAT);
CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME VARCHAR, Z_SUPER INTEGER, Z_MAX INTEGER);
CREATE TABLE Z_METADATA (Z_VERSION INTEGER PRIMARY KEY, Z_UUID VARCHAR(255), Z_PLIST BLOB);
"""

SCHEMA_18 = CORE_DATA + """
CREATE TABLE ZCALLRECORD (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZANSWERED INTEGER, ZAUTOANSWEREDREASON INTEGER, ZCALLDIRECTORYIDENTITYTYPE INTEGER, ZCALL_CATEGORY INTEGER, ZCALLTYPE INTEGER, ZCOMMUNICATIONTRUSTSCORE INTEGER, ZDISCONNECTED_CAUSE INTEGER, ZFACE_TIME_DATA INTEGER, ZFILTERED_OUT_REASON INTEGER, ZHANDLE_TYPE INTEGER, ZHASMESSAGE INTEGER, ZJUNKCONFIDENCE INTEGER, ZNEEDEDSCANNOUNCEMENT INTEGER, ZNUMBER_AVAILABILITY INTEGER, ZORIGINATED INTEGER, ZORIGINATINGUITYPE INTEGER, ZREAD INTEGER, ZSCREENSHARINGTYPE INTEGER, ZUSEDEMERGENCYVIDEOSTREAMING INTEGER, ZVERIFICATIONSTATUS INTEGER, ZWASEMERGENCYCALL INTEGER, ZINITIATOR INTEGER, ZDATE TIMESTAMP, ZDURATION FLOAT, ZADDRESS VARCHAR, ZBLOCKEDBYEXTENSION VARCHAR, ZBLOCKEDBYEXTENSIONNAME VARCHAR, ZIDENTITYEXTENSION VARCHAR, ZISO_COUNTRY_CODE VARCHAR, ZJUNKIDENTIFICATIONCATEGORY VARCHAR, ZLOCATION VARCHAR, ZNAME VARCHAR, ZORIGINATINGDEVICENAME VARCHAR, ZSERVICE_PROVIDER VARCHAR, ZUNIQUE_ID VARCHAR, ZCONVERSATIONID BLOB, ZIMAGEURL VARCHAR, ZLOCALPARTICIPANTUUID BLOB, ZOUTGOINGLOCALPARTICIPANTUUID BLOB, ZPARTICIPANTGROUPUUID BLOB, ZREMINDERUUID BLOB);
CREATE TABLE ZHANDLE (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZTYPE INTEGER, ZNORMALIZEDVALUE VARCHAR, ZVALUE VARCHAR);
CREATE TABLE Z_2REMOTEPARTICIPANTHANDLES (Z_2REMOTEPARTICIPANTCALLS INTEGER, Z_4REMOTEPARTICIPANTHANDLES INTEGER, PRIMARY KEY (Z_2REMOTEPARTICIPANTCALLS, Z_4REMOTEPARTICIPANTHANDLES));
"""

SCHEMA_9 = CORE_DATA + """
CREATE TABLE ZCALLRECORD (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZANSWERED INTEGER, ZCALLTYPE INTEGER, ZDISCONNECTED_CAUSE INTEGER, ZFACE_TIME_DATA INTEGER, ZNUMBER_AVAILABILITY INTEGER, ZORIGINATED INTEGER, ZREAD INTEGER, ZDATE TIMESTAMP, ZDURATION FLOAT, ZDEVICE_ID VARCHAR, ZISO_COUNTRY_CODE VARCHAR, ZLOCATION VARCHAR, ZNAME VARCHAR, ZUNIQUE_ID VARCHAR UNIQUE, ZADDRESS BLOB);
CREATE INDEX ZCALLRECORD_ZDATE_INDEX ON ZCALLRECORD (ZDATE);
"""

LEGACY_9 = """
CREATE TABLE _SqliteDatabaseProperties (key TEXT, value TEXT, UNIQUE(key));
CREATE TABLE call (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, address TEXT, date INTEGER, duration INTEGER, flags INTEGER, id INTEGER, name TEXT, country_code TEXT, network_code TEXT, read INTEGER, assisted INTEGER, face_time_data BLOB, originalAddress TEXT, answered INTEGER DEFAULT '1');
CREATE INDEX date_index on call(date);
"""

LEGACY_6 = """
CREATE TABLE _SqliteDatabaseProperties (key TEXT, value TEXT, UNIQUE(key));
CREATE TABLE call (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, address TEXT, date INTEGER, duration INTEGER, flags INTEGER, id INTEGER, name TEXT, country_code TEXT, network_code TEXT, read INTEGER, assisted INTEGER, face_time_data BLOB, originalAddress TEXT);
CREATE TABLE data (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, pdp_ip INTEGER, bytes_rcvd REAL, bytes_sent REAL, bytes_last_rcvd REAL, bytes_last_sent REAL, bytes_lifetime_rcvd REAL, bytes_lifetime_sent REAL);
CREATE INDEX date_index on call(date);
"""


def unique(number):
    """An invented call identifier that shows its row."""
    return f"CA110000-0000-4000-8000-{number:012d}"


def insert(db, table, **columns):
    names = ", ".join(columns)
    marks = ", ".join("?" * len(columns))
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(columns.values()))


def call(db, number, at, handles=(), **columns):
    """One row of ZCALLRECORD and its remote participants (keys of ZHANDLE)."""
    row = {"Z_PK": number, "Z_ENT": 2, "Z_OPT": 1, "ZDATE": COCOA + at + 0.25, "ZUNIQUE_ID": unique(number), "ZREAD": 1,
           "ZISO_COUNTRY_CODE": "us", "ZSERVICE_PROVIDER": "com.apple.Telephony", "ZCALLTYPE": 1, "ZCALL_CATEGORY": 1,
           "ZDURATION": 0.0, "ZANSWERED": 0, "ZORIGINATED": 0, "ZHANDLE_TYPE": 2}
    row.update(columns)
    insert(db, "ZCALLRECORD", **row)
    for handle in handles:
        insert(db, "Z_2REMOTEPARTICIPANTHANDLES", Z_2REMOTEPARTICIPANTCALLS=number, Z_4REMOTEPARTICIPANTHANDLES=handle)


def core_data(db, entities):
    for number, name in enumerate(entities, start=1):
        insert(db, "Z_PRIMARYKEY", Z_ENT=number, Z_NAME=name, Z_SUPER=0, Z_MAX=0)
    insert(db, "Z_METADATA", Z_VERSION=1, Z_UUID="0D0D0000-0000-4000-8000-000000000001", Z_PLIST=plistlib.dumps({}, fmt=plistlib.FMT_BINARY))
    insert(db, "ZCALLDBPROPERTIES", Z_PK=1, Z_ENT=1, Z_OPT=1, ZTIMER_ALL=372.0)


ENTITIES_18 = ["CallDBProperties", "CallRecord", "EmergencyMediaItem", "Handle"]


def calls_18(db):
    core_data(db, ENTITIES_18)
    for number, (kind, value) in enumerate([(2, ALICE), (2, UNKNOWN), (2, ALICE), (3, CHIARA_MAIL), (3, CHIARA_MAIL), (2, BOGDAN),
                                             (2, "+15550188")], start=1):
        insert(db, "ZHANDLE", Z_PK=number, Z_ENT=4, Z_OPT=1, ZTYPE=kind, ZNORMALIZEDVALUE=value, ZVALUE=value)
    group = uuid.UUID("0123abcd-0000-4000-8000-00000000000a").bytes
    call(db, 1, 0, [1], ZADDRESS=ALICE, ZDURATION=312.4, ZORIGINATED=1, ZANSWERED=1, ZLOCATION="Springfield, IL", ZNAME="Alice Moreau",
         ZDISCONNECTED_CAUSE=0, ZLOCALPARTICIPANTUUID=uuid.UUID("0123abcd-0000-4000-8000-000000000001").bytes)
    call(db, 2, 100, [2], ZADDRESS=UNKNOWN, ZREAD=0, ZDISCONNECTED_CAUSE=6, ZJUNKCONFIDENCE=2, ZBLOCKEDBYEXTENSIONNAME="Example Blocker")
    call(db, 3, 200, [3, 4], ZADDRESS=None, ZCALLTYPE=8, ZCALL_CATEGORY=2, ZSERVICE_PROVIDER="com.apple.FaceTime", ZANSWERED=1,
         ZDURATION=901.0, ZFACE_TIME_DATA=48211990, ZINITIATOR=3, ZPARTICIPANTGROUPUUID=group, ZCONVERSATIONID=group, ZHANDLE_TYPE=None)
    call(db, 4, 300, [5], ZADDRESS=CHIARA_MAIL, ZCALLTYPE=16, ZSERVICE_PROVIDER="com.apple.FaceTime", ZORIGINATED=1, ZANSWERED=0, ZHANDLE_TYPE=3)
    call(db, 5, 400, [6], ZADDRESS=BOGDAN, ZCALLTYPE=0, ZSERVICE_PROVIDER="net.whatsapp.WhatsApp", ZANSWERED=1, ZDURATION=42.0,
         ZNAME="Bogdan 🚤 Petrov")
    call(db, 6, 500, [], ZADDRESS=None, ZNUMBER_AVAILABILITY=1, ZHANDLE_TYPE=None)
    call(db, 7, 600, [1], ZADDRESS=ALICE, ZANSWERED=1, ZDURATION=18.0)


def later_changes(db):
    """What only the `-wal` holds: a missed call seen later, a new call, a deleted call."""
    db.execute("UPDATE ZCALLRECORD SET ZREAD = 1, Z_OPT = 2 WHERE Z_PK = 2")
    call(db, 8, 700, [1], ZADDRESS=ALICE, ZORIGINATED=1, ZANSWERED=1, ZDURATION=5.0)
    db.execute("DELETE FROM Z_2REMOTEPARTICIPANTHANDLES WHERE Z_2REMOTEPARTICIPANTCALLS = 7")
    db.execute("DELETE FROM ZCALLRECORD WHERE Z_PK = 7")


def temporary(db):
    """Calls taken before the first unlock wait here."""
    core_data(db, ENTITIES_18)
    call(db, 1, 800, [], ZUNIQUE_ID=unique(801), ZADDRESS=BOGDAN)


def in_wal_mode(path, schema, fill, change):
    path.parent.mkdir(parents=True, exist_ok=True)
    work = path.parent / "build.db"
    db = sqlite3.connect(work, isolation_level=None)
    db.execute("PRAGMA page_size = 4096")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.executescript("BEGIN;" + schema)
    fill(db)
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.execute("BEGIN")
    change(db)
    db.execute("COMMIT")
    shutil.copyfile(work, path)
    shutil.copyfile(f"{work}-wal", f"{path}-wal")
    db.close()
    work.unlink()


def rollback(path, schema, fill, delete=None):
    """A database with a rollback journal: what `delete` removes stays in a freeblock."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA page_size = 4096")
    db.execute("PRAGMA secure_delete = OFF")
    db.executescript("BEGIN;" + schema)
    fill(db)
    db.execute("COMMIT")
    if delete:
        db.execute(delete)
    db.close()


def calls_9(db):
    """ZADDRESS holds the bytes of the text; there is no service provider yet."""
    core_data(db, ["CallDBProperties", "CallRecord"])
    rows = [(1, ALICE.encode(), 1, 1, 1, 65.0), (2, UNKNOWN.encode(), 1, 0, 0, 0.0), (3, CHIARA_MAIL.encode(), 8, 0, 1, 33.0),
            (4, BOGDAN.encode(), 1, 1, 1, 7.0)]
    for number, address, kind, originated, answered, duration in rows:
        insert(db, "ZCALLRECORD", Z_PK=number, Z_ENT=2, Z_OPT=1, ZANSWERED=answered, ZCALLTYPE=kind, ZORIGINATED=originated, ZREAD=1,
               ZDATE=COCOA + 60.0 * number, ZDURATION=duration, ZISO_COUNTRY_CODE="us", ZUNIQUE_ID=unique(900 + number), ZADDRESS=address)


def legacy_calls(db, answered):
    """Flags: bit 0 outgoing, 4 telephone, 16 FaceTime."""
    rows = [(1, ALICE, 5, 120), (2, UNKNOWN, 4, 0), (3, CHIARA_MAIL, 20, 44), (4, BOGDAN, 4, 31)]
    for number, address, flags, duration in rows:
        columns = {"answered": 0 if duration == 0 else 1} if answered else {}
        insert(db, "call", ROWID=number, address=address, date=BASE + 60 * number, duration=duration, flags=flags, id=-1,
               country_code="310", network_code="00", read=1, assisted=0, originalAddress="" if number == 1 else None, **columns)


def keyed_archive(root):
    """NSKeyedArchiver around `root`, a list of (class name, superclass names, members); a member that is an index points into it."""
    objects = ["$null"]
    places = {}

    def add(value):
        objects.append(value)
        return plistlib.UID(len(objects) - 1)

    def class_of(names):
        if names not in places:
            places[names] = add({"$classname": names[0], "$classes": list(names)})
        return places[names]

    def encode(value):
        if isinstance(value, Archived):
            holder = {}
            place = add(holder)
            holder.update({key: encode(member) for key, member in value.members.items()})
            holder["$class"] = class_of(value.names)
            return place
        if isinstance(value, datetime.datetime):
            seconds = (value - datetime.datetime(2001, 1, 1, tzinfo=datetime.timezone.utc)).total_seconds()
            return add({"NS.time": seconds, "$class": class_of(("NSDate", "NSObject"))})
        if isinstance(value, list):
            return add({"NS.objects": [encode(member) for member in value], "$class": class_of(("NSSet", "NSObject"))})
        if value is None:
            return plistlib.UID(0)
        if isinstance(value, (str, bytes, Number)):
            return add(value.value if isinstance(value, Number) else value)
        return value                               # numbers and truth values stand in the archive itself

    top = {"root": encode(root)}
    archive = {"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": top, "$objects": objects}
    return plistlib.dumps(archive, fmt=plistlib.FMT_BINARY)


class Archived:
    """An object of a class of Apple's with the members that it encodes."""

    def __init__(self, names, **members):
        self.names, self.members = names, members


class Number:
    """An NSNumber: an object of its own, unlike an encoded integer."""

    def __init__(self, value):
        self.value = value


def recent_call(number, at, address, status, kind=1, media=1, duration=0.0, provider="com.apple.Telephony"):
    """CHRecentCall as `encodeWithCoder:` writes it; the provider's key really is `serviceRadar`."""
    handle = Archived(("CHHandle", "NSObject"), type=3 if "@" in address else 2, value=address, normalizedValue=address)
    when = datetime.datetime.fromtimestamp(BASE + at, datetime.timezone.utc)
    return keyed_archive(Archived(
        ("CHRecentCall", "CHSynchronizable", "NSObject"), uniqueId=unique(number), callerId=address, date=when, callType=kind,
        callStatus=status, mediaType=media, callerIdAvailability=0, read=True, unreadCount=0, duration=duration, bytesOfDataUsed=None,
        mobileCountryCode=None, mobileNetworkCode=None, devicePhoneId=None, isoCountryCode="us", callerIdLocation="Springfield, IL",
        callCategory=media, serviceRadar=provider, handleType=3 if "@" in address else 2, timeToEstablish=Number(2.5), name=None,
        remoteParticipantHandles=[handle], verificationStatus=0, junkConfidence=0, hasMessage=False, conversationID=None,
        disconnectedCause=Number(6), wasEmergencyCall=False))


def transactions():
    """Insert, update, delete, and a `BatchDeleteAll` that carries no call."""
    log = b""
    records = [
        (0, recent_call(1001, 1000, UNKNOWN, status=8)),
        (1, recent_call(2, 100, UNKNOWN, status=8)),
        (2, recent_call(1002, 1100, CHIARA_MAIL, status=2, kind=8, media=2, duration=77.0, provider="com.apple.FaceTime")),
        (3, None),
    ]
    for kind, record in records:
        document = keyed_archive(Archived(("CHTransaction", "NSObject"), type=kind, record=record))
        log += len(document).to_bytes(4, "little") + document
    return log


def build(root: Path):
    in_wal_mode(root / FOLDER / "CallHistory.storedata", SCHEMA_18, calls_18, later_changes)
    rollback(root / FOLDER / "CallHistoryTemp.storedata", SCHEMA_18, temporary)
    (root / LOG).parent.mkdir(parents=True, exist_ok=True)
    (root / LOG).write_bytes(transactions())
    ios9, ios6 = root.parent / "ios9", root.parent / "ios6"
    rollback(ios9 / FOLDER / "CallHistory.storedata", SCHEMA_9, calls_9, "DELETE FROM ZCALLRECORD WHERE Z_PK = 4")
    rollback(ios9 / LEGACY, LEGACY_9, lambda db: legacy_calls(db, True))
    rollback(ios6 / LEGACY, LEGACY_6, lambda db: legacy_calls(db, False), "DELETE FROM call WHERE ROWID = 4")
