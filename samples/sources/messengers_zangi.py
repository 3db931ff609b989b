"""Zangi: the database of an account on Android and zangidb.sqlite on iOS, each with a write-ahead log.

No source of the app is public. Tables and columns are those that abrignoni/ALEAPP and abrignoni/iLEAPP read (scripts/artifacts); types are what
the values that they describe need.
"""

from sqlite_sample import insert, with_wal

PLATFORM = "messengers"

MS = 1_700_000_000_000  # 2023-11-14T22:13:20Z
T = 1_700_000_000 - 978_307_200  # since 2001
DANA, ALICE = "1050000100", "1050000101"

ROW = "Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER"
IOS = f"""
CREATE TABLE ZCONVERSATION ( {ROW}, ZMEMBER INTEGER, ZUID INTEGER, ZGROUPUID VARCHAR, ZGROUPNAME VARCHAR );
CREATE TABLE ZCONTACTNUMBER ( {ROW}, ZISFAVORITE INTEGER, ZLASTACTIVITY INTEGER, ZFULLNUMBER VARCHAR, ZEMAIL VARCHAR );
CREATE TABLE ZCONTACT ( {ROW}, ZISBLOCKED INTEGER, ZMODIFICATIONDATE TIMESTAMP, ZDISPLAYNAME VARCHAR, ZFIRSTNAME VARCHAR, ZLASTNAME VARCHAR, ZIDENTIFIRE VARCHAR );
CREATE TABLE Z_4CONTACTNUMBER ( Z_4CONTACT INTEGER, Z_5CONTACTNUMBER INTEGER, PRIMARY KEY (Z_4CONTACT, Z_5CONTACTNUMBER) );
CREATE TABLE ZUSER ( {ROW}, ZNUMBER VARCHAR, ZNICKNAME VARCHAR, ZNAME VARCHAR, ZLASTNAME VARCHAR, ZPASSWORD VARCHAR, ZUSEREMAIL VARCHAR, ZCOUNTRY VARCHAR );
CREATE TABLE ZZANGIMESSAGE ( {ROW}, ZCONVERSATION INTEGER, ZFROM INTEGER, ZISRECEIVED INTEGER, ZTYPE INTEGER, ZMESSAGETIME TIMESTAMP, ZMESSAGE VARCHAR, ZMESSAGEID VARCHAR, ZFILEREMOTEPATH VARCHAR, ZMEDIAASSETSLIBRARYURL VARCHAR, ZENCRYPTFILEREMOTEPATH VARCHAR, ZFILEEXTENSION VARCHAR, ZMESSAGEINFO VARCHAR );
"""


def android_message(db, number, sender, text, extra=None):
    insert(db, "message", message_id=number, msgId=f"msgId{number}", date=MS + (number - 1) * 10_000, chatWith=ALICE, message_msg=text, extra=extra,
           msgFrom=sender, msgTo=ALICE if sender == DANA else DANA, isIncoming=int(sender != DANA))


def android(db):
    db.execute("CREATE TABLE message (message_id INTEGER PRIMARY KEY, msgId TEXT, date INTEGER, chatWith TEXT, message_msg TEXT, extra TEXT, msgFrom TEXT, msgTo TEXT, isIncoming INTEGER)")
    db.execute("CREATE TABLE user_profile (id TEXT, first_name TEXT, last_name TEXT)")
    insert(db, "user_profile", id=ALICE, first_name="Alice", last_name="Moreau")
    insert(db, "user_profile", id=DANA, first_name="Dana", last_name="")
    for number, sender, text in ((1, ALICE, "are you there"), (2, DANA, "helo"), (3, ALICE, "delete this")):
        android_message(db, number, sender, text)


def android_later(db):
    db.execute("UPDATE message SET message_msg = 'hello' WHERE message_id = 2")
    db.execute("DELETE FROM message WHERE message_id = 3")
    android_message(db, 4, ALICE, "", "/data/user/0/com.beint.zangi/files/zangi/lake.jpg")


def ios_message(db, number, received, text, kind=0, **values):
    insert(db, "ZZANGIMESSAGE", Z_PK=number, Z_ENT=9, Z_OPT=1, ZCONVERSATION=1, ZFROM=1 if received else 2, ZISRECEIVED=received, ZTYPE=kind,
           ZMESSAGETIME=T + (number - 1) * 10.0, ZMESSAGE=text, ZMESSAGEID=f"msgId{number}", **values)


def ios(db):
    for statement in IOS.strip().split("\n"):
        db.execute(statement)
    insert(db, "ZUSER", Z_PK=1, ZNUMBER=DANA, ZNICKNAME="Dana", ZNAME="Dana", ZPASSWORD="invented")
    insert(db, "ZCONTACTNUMBER", Z_PK=1, ZFULLNUMBER="+15550101")
    insert(db, "ZCONTACTNUMBER", Z_PK=2, ZFULLNUMBER="+15550100")
    insert(db, "ZCONTACT", Z_PK=1, ZIDENTIFIRE="c1", ZDISPLAYNAME="Alice Moreau", ZFIRSTNAME="Alice", ZLASTNAME="Moreau", ZISBLOCKED=0, ZMODIFICATIONDATE=T)
    insert(db, "Z_4CONTACTNUMBER", Z_4CONTACT=1, Z_5CONTACTNUMBER=1)
    insert(db, "ZCONVERSATION", Z_PK=1, ZMEMBER=1, ZUID=1050000101)
    for number, received, text in ((1, 1, "are you there"), (2, 0, "helo"), (3, 1, "delete this")):
        ios_message(db, number, received, text)


def ios_later(db):
    db.execute("UPDATE ZZANGIMESSAGE SET ZMESSAGE = 'hello' WHERE Z_PK = 2")
    db.execute("DELETE FROM ZZANGIMESSAGE WHERE Z_PK = 3")
    ios_message(db, 4, 1, "", kind=1, ZFILEREMOTEPATH="image/msgId4.jpg", ZFILEEXTENSION="jpg")


def build(root):
    with_wal(root / f"data/data/com.beint.zangi/databases/{DANA}.db", android, android_later)
    with_wal(root / "private/var/mobile/Containers/Shared/AppGroup/1A2B3C4D-0E0F-4A4B-8C8D-1A1B2C2D3E3F/zangidb.sqlite", ios, ios_later)
