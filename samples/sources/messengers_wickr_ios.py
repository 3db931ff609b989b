"""Wickr for iOS: wickrLocal.sqlite with a write-ahead log.

No source of the app is public. Tables and columns are those that abrignoni/iLEAPP reads (scripts/artifacts/wickr.py); types are what the values
that it describes need.
"""

from sqlite_sample import insert, with_wal

PLATFORM = "messengers"

T = 1_700_000_000 - 978_307_200  # 2023-11-14T22:13:20Z, since 2001
ROW = "Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER"
SCHEMA = f"""
CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME VARCHAR, Z_SUPER INTEGER, Z_MAX INTEGER);
CREATE TABLE ZSECEX_USER ( {ROW}, ZISBLOCKED INTEGER, ZISHIDDEN INTEGER, ZLASTACTIVITYTIME INTEGER, ZSOURCE VARCHAR, ZUSERIDHASH VARCHAR, ZUSERALIASHASH VARCHAR, ZUSERNAME BLOB );
CREATE TABLE ZSECEX_CONVO ( {ROW}, ZCHATBLOCKED INTEGER, ZLASTTIMESTAMP INTEGER, ZVGROUPID VARCHAR );
CREATE TABLE Z_5USERS ( Z_5CONVOS INTEGER, Z_12USERS INTEGER, PRIMARY KEY (Z_5CONVOS, Z_12USERS) );
CREATE TABLE ZWICKR_FILE ( {ROW}, ZSTATUS INTEGER, ZGUID VARCHAR, ZTITLE BLOB );
CREATE TABLE Z_13MSG ( Z_13FILES INTEGER, Z_16MSG INTEGER, PRIMARY KEY (Z_13FILES, Z_16MSG) );
CREATE TABLE ZWICKR_MESSAGE ( {ROW}, ZCONVO INTEGER, ZUSERSENDER INTEGER, ZFULLTYPE INTEGER, ZPRIMARYTYPE INTEGER, ZISREAD INTEGER, ZISSTARRED INTEGER, ZISLOCKED INTEGER, ZISSYNCED INTEGER, ZREADRECEIPTSTATUS INTEGER, ZTIMESTAMP TIMESTAMP, ZREADTIMESTAMP TIMESTAMP, ZDELIVERYTIMESTAMP TIMESTAMP, ZCLEANUPTIME TIMESTAMP, ZMSGID VARCHAR, ZBODY BLOB );
"""


def message(db, number, sender, kind=1000):
    insert(db, "ZWICKR_MESSAGE", Z_PK=number, Z_ENT=16, Z_OPT=1, ZCONVO=1, ZUSERSENDER=sender, ZFULLTYPE=kind, ZPRIMARYTYPE=kind // 1000, ZISREAD=0,
           ZISSTARRED=0, ZISLOCKED=0, ZTIMESTAMP=T + (number - 1) * 10.0, ZCLEANUPTIME=T + 60.0, ZMSGID=f"w{number}", ZBODY=bytes(32))


def stored(db):
    for statement in SCHEMA.strip().split("\n"):
        db.execute(statement)
    for number, name in ((5, "Secex_Convo"), (6, "Secex_Secure_Room"), (12, "Secex_User"), (13, "Wickr_File"), (16, "Wickr_Message")):
        insert(db, "Z_PRIMARYKEY", Z_ENT=number, Z_NAME=name, Z_SUPER=0, Z_MAX=9)
    for number, name in ((1, "dana"), (2, "alice")):
        insert(db, "ZSECEX_USER", Z_PK=number, Z_ENT=12, ZUSERIDHASH=f"hash-{name}", ZUSERALIASHASH=f"alias-{name}", ZSOURCE="PRO", ZISBLOCKED=0, ZISHIDDEN=0)
        insert(db, "Z_5USERS", Z_5CONVOS=1, Z_12USERS=number)
    insert(db, "ZSECEX_CONVO", Z_PK=1, Z_ENT=5, ZVGROUPID="group-1")
    for number, sender in ((1, 2), (2, 2), (3, 1)):
        message(db, number, sender)


def in_the_wal(db):
    db.execute("UPDATE ZWICKR_MESSAGE SET ZISREAD = 1, ZREADTIMESTAMP = ? WHERE Z_PK = 2", (T + 40.0,))
    db.execute("DELETE FROM ZWICKR_MESSAGE WHERE Z_PK = 3")
    message(db, 4, 2, 6000)
    insert(db, "ZWICKR_FILE", Z_PK=1, Z_ENT=13, ZGUID="guid-1", ZSTATUS=2)
    insert(db, "Z_13MSG", Z_13FILES=1, Z_16MSG=4)


def build(root):
    with_wal(root / "private/var/mobile/Containers/Shared/AppGroup/2B3C4D5E-1F1A-4B5C-9D9E-2B2C3D3E4F4A/wickrLocal.sqlite", stored, in_the_wal)
