"""Threema for iOS: ThreemaData.sqlite with a write-ahead log.

The model of Core Data is not stored as text in public copies of threema-ch/threema-ios; tables and columns are those that Core Data makes of its
entities: BaseMessageEntity.swift, TextMessageEntity.swift, LocationMessageEntity.swift, SystemMessageEntity.swift, ConversationEntity.swift,
ContactEntity.swift, GroupEntity.swift (names of entities: `forEntityName:`), and those that abrignoni/iLEAPP reads of a handset
(scripts/artifacts/Threema.py).
"""

from sqlite_sample import insert, with_wal

PLATFORM = "messengers"

T = 1_700_000_000 - 978_307_200  # 2023-11-14T22:13:20Z, since 2001
ENTITIES = {1: "AudioData", 3: "Contact", 4: "Conversation", 6: "FileData", 7: "Group", 8: "ImageData", 10: "Message", 14: "FileMessage", 16: "LocationMessage", 17: "SystemMessage", 18: "TextMessage"}
NUMBER = {name: number for number, name in ENTITIES.items()}

ROW = "Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER"
SCHEMA = f"""
CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME VARCHAR, Z_SUPER INTEGER, Z_MAX INTEGER);
CREATE TABLE ZCONTACT ( {ROW}, ZFEATUREMASK INTEGER, ZFORWARDSECURITYSTATE INTEGER, ZHIDDEN INTEGER, ZIMPORTSTATUS INTEGER, ZSTATE INTEGER, ZVERIFICATIONLEVEL INTEGER, ZWORKCONTACT INTEGER, ZCREATEDAT TIMESTAMP, ZCNCONTACTID VARCHAR, ZCSI VARCHAR, ZDEPARTMENT VARCHAR, ZFIRSTNAME VARCHAR, ZIDENTITY VARCHAR, ZJOBTITLE VARCHAR, ZLASTNAME VARCHAR, ZPUBLICNICKNAME VARCHAR, ZVERIFIEDEMAIL VARCHAR, ZVERIFIEDMOBILENO VARCHAR, ZPUBLICKEY BLOB );
CREATE TABLE ZCONVERSATION ( {ROW}, ZCATEGORY INTEGER, ZMARKED INTEGER, ZTYPING INTEGER, ZUNREADMESSAGECOUNT INTEGER, ZVISIBILITY INTEGER, ZCONTACT INTEGER, ZLASTMESSAGE INTEGER, ZLASTUPDATE TIMESTAMP, ZGROUPMYIDENTITY VARCHAR, ZGROUPNAME VARCHAR, ZGROUPID BLOB );
CREATE TABLE Z_3GROUPCONVERSATIONS ( Z_3MEMBERS INTEGER, Z_4GROUPCONVERSATIONS INTEGER, PRIMARY KEY (Z_3MEMBERS, Z_4GROUPCONVERSATIONS) );
CREATE TABLE ZGROUP ( {ROW}, ZSTATE INTEGER, ZLASTPERIODICSYNC TIMESTAMP, ZGROUPCREATOR VARCHAR, ZGROUPID BLOB );
CREATE TABLE ZMESSAGE ( {ROW}, ZDELIVERED INTEGER, ZFLAGS INTEGER, ZFORWARDSECURITYMODE INTEGER, ZISOWN INTEGER, ZREAD INTEGER, ZSENDFAILED INTEGER, ZSENT INTEGER, ZUSERACK INTEGER, ZTYPE INTEGER, ZCONVERSATION INTEGER, ZSENDER INTEGER, ZAUDIO INTEGER, ZIMAGE INTEGER, ZTHUMBNAIL INTEGER, ZVIDEO INTEGER, ZDATA INTEGER, ZDATE TIMESTAMP, ZDELETEDAT TIMESTAMP, ZDELIVERYDATE TIMESTAMP, ZLASTEDITEDAT TIMESTAMP, ZREADDATE TIMESTAMP, ZREMOTESENTDATE TIMESTAMP, ZACCURACY FLOAT, ZLATITUDE FLOAT, ZLONGITUDE FLOAT, ZCAPTION VARCHAR, ZFILENAME VARCHAR, ZMIMETYPE VARCHAR, ZPOIADDRESS VARCHAR, ZPOINAME VARCHAR, ZTEXT VARCHAR, ZARG BLOB, ZID BLOB, ZQUOTEDMESSAGEID BLOB );
"""


def identifier(number):
    return number.to_bytes(8, "big")


def message(db, number, conversation, sender, text=None, entity="TextMessage", own=0, **values):
    values = {"ZREMOTESENTDATE": T + (number - 1) * 10.0, "ZDATE": T + (number - 1) * 10.0 + 0.5, **values}
    insert(db, "ZMESSAGE", Z_PK=number, Z_ENT=NUMBER[entity], Z_OPT=1, ZID=identifier(number), ZCONVERSATION=conversation, ZSENDER=sender,
           ZISOWN=own, ZSENT=1, ZDELIVERED=1, ZREAD=1, ZTEXT=text, ZFORWARDSECURITYMODE=0, **values)


def stored(db):
    for statement in SCHEMA.strip().split("\n"):
        db.execute(statement)
    for number, name in ENTITIES.items():
        insert(db, "Z_PRIMARYKEY", Z_ENT=number, Z_NAME=name, Z_SUPER=10 if number > 10 else 0, Z_MAX=9)
    insert(db, "ZCONTACT", Z_PK=1, Z_ENT=3, ZIDENTITY="ALICE001", ZFIRSTNAME="Alice", ZLASTNAME="Moreau", ZPUBLICNICKNAME="alice",
           ZVERIFICATIONLEVEL=2, ZSTATE=0, ZPUBLICKEY=bytes(range(32)), ZCREATEDAT=T - 100.0)
    insert(db, "ZCONTACT", Z_PK=2, Z_ENT=3, ZIDENTITY="BOGDAN02", ZPUBLICNICKNAME="bogdan", ZVERIFICATIONLEVEL=0, ZSTATE=0, ZHIDDEN=1, ZPUBLICKEY=bytes(32))
    insert(db, "ZCONVERSATION", Z_PK=1, Z_ENT=4, ZCONTACT=1, ZLASTUPDATE=T + 30.0, ZVISIBILITY=0, ZCATEGORY=0)
    insert(db, "ZCONVERSATION", Z_PK=2, Z_ENT=4, ZCONTACT=1, ZGROUPNAME="Trip", ZGROUPID=bytes.fromhex("1122334455667788"), ZGROUPMYIDENTITY="DANA0001", ZLASTUPDATE=T + 60.0, ZVISIBILITY=0, ZCATEGORY=0)
    insert(db, "ZGROUP", Z_PK=1, Z_ENT=7, ZGROUPCREATOR="ALICE001", ZGROUPID=bytes.fromhex("1122334455667788"), ZSTATE=0)
    for contact in (1, 2):
        insert(db, "Z_3GROUPCONVERSATIONS", Z_3MEMBERS=contact, Z_4GROUPCONVERSATIONS=2)
    message(db, 1, 1, None, "are you there", ZREADDATE=T + 5.0)
    message(db, 2, 1, None, "helo", own=1, ZQUOTEDMESSAGEID=identifier(1), ZDELIVERYDATE=T + 11.0, ZREADDATE=T + 12.0)
    message(db, 3, 1, None, "delete this")
    message(db, 4, 2, 2, "look")


def in_the_wal(db):
    db.execute("UPDATE ZMESSAGE SET ZTEXT = 'hello', ZLASTEDITEDAT = ? WHERE Z_PK = 2", (T + 40.0,))
    db.execute("DELETE FROM ZMESSAGE WHERE Z_PK = 3")
    message(db, 5, 2, 2, entity="FileMessage", ZFILENAME="lake.jpg", ZMIMETYPE="image/jpeg", ZCAPTION="the lake")
    message(db, 6, 2, 2, entity="LocationMessage", ZLATITUDE=48.5, ZLONGITUDE=2.25, ZACCURACY=10.0, ZPOINAME="Lake")
    message(db, 7, 2, None, entity="SystemMessage", ZTYPE=1, ZARG=b"Trip", ZREMOTESENTDATE=None)
    message(db, 8, 1, None, entity="TextMessage", ZDELETEDAT=T + 100.0)


def build(root):
    folder = root / "private/var/mobile/Containers/Shared/AppGroup/8E4A3F9D-3D0A-4C6F-8B88-0AD4F3B4A5B6"
    with_wal(folder / "ThreemaData.sqlite", stored, in_the_wal)
