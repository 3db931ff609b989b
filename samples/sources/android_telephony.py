# CREATE TABLEs: packages/providers/TelephonyProvider, src/com/android/providers/telephony/MmsSmsDatabaseHelper.java
# (Android 16, github.com/TheParasiteProject/packages_providers_TelephonyProvider d962d76), and for the old file the
# schema of Android 4.4 (user_version 57) as it stands in plaso's test_data/android/mmssms.db. spam_sms: Samsung's
# com.sec.chaton.smsplugin SpamDatabaseHelper. The triggers, which only keep threads up to date, are left out.
"""mmssms.db of the Telephony provider: a handset of today with an open write-ahead log, and one of Android 4.4."""

from sqlite_sample import insert, with_wal, without_wal

PLATFORM = "android"

TODAY = """
CREATE TABLE android_metadata (locale TEXT);
CREATE TABLE pdu (_id INTEGER PRIMARY KEY AUTOINCREMENT,thread_id INTEGER,date INTEGER,date_sent INTEGER DEFAULT 0,msg_box INTEGER,read INTEGER DEFAULT 0,m_id TEXT,sub TEXT,sub_cs INTEGER,ct_t TEXT,ct_l TEXT,exp INTEGER,m_cls TEXT,m_type INTEGER,v INTEGER,m_size INTEGER,pri INTEGER,rr INTEGER,rpt_a INTEGER,resp_st INTEGER,st INTEGER,tr_id TEXT,retr_st INTEGER,retr_txt TEXT,retr_txt_cs INTEGER,read_status INTEGER,ct_cls INTEGER,resp_txt TEXT,d_tm INTEGER,d_rpt INTEGER,locked INTEGER DEFAULT 0,sub_id INTEGER DEFAULT -1, seen INTEGER DEFAULT 0,creator TEXT,text_only INTEGER DEFAULT 0);
CREATE TABLE addr (_id INTEGER PRIMARY KEY,msg_id INTEGER,contact_id INTEGER,address TEXT,type INTEGER,charset INTEGER,sub_id INTEGER DEFAULT -1);
CREATE TABLE part (_id INTEGER PRIMARY KEY AUTOINCREMENT,mid INTEGER,seq INTEGER DEFAULT 0,ct TEXT,name TEXT,chset INTEGER,cd TEXT,fn TEXT,cid TEXT,cl TEXT,ctt_s INTEGER,ctt_t TEXT,_data TEXT,text TEXT,sub_id INTEGER DEFAULT -1);
CREATE TABLE sms (_id INTEGER PRIMARY KEY,thread_id INTEGER,address TEXT,person INTEGER,date INTEGER,date_sent INTEGER DEFAULT 0,protocol INTEGER,read INTEGER DEFAULT 0,status INTEGER DEFAULT -1,type INTEGER,reply_path_present INTEGER,subject TEXT,body TEXT,service_center TEXT,locked INTEGER DEFAULT 0,sub_id INTEGER DEFAULT -1, error_code INTEGER DEFAULT -1, creator TEXT,seen INTEGER DEFAULT 0,contains_otp INTEGER DEFAULT 0);
CREATE TABLE raw (_id INTEGER PRIMARY KEY,date INTEGER,reference_number INTEGER,count INTEGER,sequence INTEGER,destination_port INTEGER,address TEXT,sub_id INTEGER DEFAULT -1, pdu TEXT,deleted INTEGER DEFAULT 0,message_body TEXT,display_originating_addr TEXT);
CREATE TABLE canonical_addresses (_id INTEGER PRIMARY KEY AUTOINCREMENT,address TEXT,sub_id INTEGER DEFAULT -1);
CREATE TABLE threads (_id INTEGER PRIMARY KEY AUTOINCREMENT,date INTEGER DEFAULT 0,message_count INTEGER DEFAULT 0,recipient_ids TEXT,snippet TEXT,snippet_cs INTEGER DEFAULT 0,read INTEGER DEFAULT 1,archived INTEGER DEFAULT 0,type INTEGER DEFAULT 0,error INTEGER DEFAULT 0,has_attachment INTEGER DEFAULT 0,sub_id INTEGER DEFAULT -1);
CREATE TABLE pending_msgs (_id INTEGER PRIMARY KEY,proto_type INTEGER,msg_id INTEGER,msg_type INTEGER,err_type INTEGER,err_code INTEGER,retry_index INTEGER NOT NULL DEFAULT 0,due_time INTEGER,pending_sub_id INTEGER DEFAULT -1, last_try INTEGER);
CREATE INDEX typeThreadIdIndex ON sms (type, thread_id);
CREATE INDEX threadIdDateIndex ON sms (thread_id, date);
CREATE INDEX partMidIndex ON part (mid);
CREATE INDEX addrMsgIdIndex ON addr (msg_id);
"""

ANDROID_4_4 = """
CREATE TABLE android_metadata (locale TEXT);
CREATE TABLE pdu (_id INTEGER PRIMARY KEY AUTOINCREMENT,thread_id INTEGER,date INTEGER,date_sent INTEGER DEFAULT 0,msg_box INTEGER,read INTEGER DEFAULT 0,m_id TEXT,sub TEXT,sub_cs INTEGER,ct_t TEXT,ct_l TEXT,exp INTEGER,m_cls TEXT,m_type INTEGER,v INTEGER,m_size INTEGER,pri INTEGER,rr INTEGER,rpt_a INTEGER,resp_st INTEGER,st INTEGER,tr_id TEXT,retr_st INTEGER,retr_txt TEXT,retr_txt_cs INTEGER,read_status INTEGER,ct_cls INTEGER,resp_txt TEXT,d_tm INTEGER,d_rpt INTEGER,locked INTEGER DEFAULT 0,seen INTEGER DEFAULT 0,text_only INTEGER DEFAULT 0);
CREATE TABLE addr (_id INTEGER PRIMARY KEY,msg_id INTEGER,contact_id INTEGER,address TEXT,type INTEGER,charset INTEGER);
CREATE TABLE part (_id INTEGER PRIMARY KEY AUTOINCREMENT,mid INTEGER,seq INTEGER DEFAULT 0,ct TEXT,name TEXT,chset INTEGER,cd TEXT,fn TEXT,cid TEXT,cl TEXT,ctt_s INTEGER,ctt_t TEXT,_data TEXT,text TEXT);
CREATE TABLE sms (_id INTEGER PRIMARY KEY,thread_id INTEGER,address TEXT,person INTEGER,date INTEGER,date_sent INTEGER DEFAULT 0,protocol INTEGER,read INTEGER DEFAULT 0,status INTEGER DEFAULT -1,type INTEGER,reply_path_present INTEGER,subject TEXT,body TEXT,service_center TEXT,locked INTEGER DEFAULT 0,error_code INTEGER DEFAULT 0,seen INTEGER DEFAULT 0);
CREATE TABLE raw (_id INTEGER PRIMARY KEY,date INTEGER,reference_number INTEGER,count INTEGER,sequence INTEGER,destination_port INTEGER,address TEXT,pdu TEXT);
CREATE TABLE canonical_addresses (_id INTEGER PRIMARY KEY AUTOINCREMENT,address TEXT);
CREATE TABLE threads (_id INTEGER PRIMARY KEY AUTOINCREMENT,date INTEGER DEFAULT 0,message_count INTEGER DEFAULT 0,recipient_ids TEXT,snippet TEXT,snippet_cs INTEGER DEFAULT 0,read INTEGER DEFAULT 1,type INTEGER DEFAULT 0,error INTEGER DEFAULT 0,has_attachment INTEGER DEFAULT 0);
CREATE TABLE pending_msgs (_id INTEGER PRIMARY KEY,proto_type INTEGER,msg_id INTEGER,msg_type INTEGER,err_type INTEGER,err_code INTEGER,retry_index INTEGER NOT NULL DEFAULT 0,due_time INTEGER,last_try INTEGER);
CREATE TABLE spam_sms (_id INTEGER PRIMARY KEY AUTOINCREMENT,thread_id INTEGER,address TEXT,person INTEGER,date INTEGER,date_sent INTEGER DEFAULT 0,protocol INTEGER,read INTEGER DEFAULT 0,status INTEGER DEFAULT -1,type INTEGER,reply_path_present INTEGER,subject TEXT,body TEXT,service_center TEXT,locked INTEGER DEFAULT 0,error_code INTEGER DEFAULT 0,seen INTEGER DEFAULT 0,deletable INTEGER DEFAULT 0,hidden INTEGER DEFAULT 0,group_id INTEGER,group_type INTEGER,delivery_date INTEGER,app_id INTEGER DEFAULT 0,msg_id INTEGER DEFAULT 0,callback_number TEXT,reserved INTEGER DEFAULT 0,teleservice_id INTEGER DEFAULT 0,link_url TEXT);
CREATE INDEX typeThreadIdIndex ON sms (type, thread_id);
"""

DANA, ALICE, BOGDAN, CHIARA, UNKNOWN = "+15550100", "+15550101", "+15550102", "+15550103", "+15550199"
MESSAGES_APP = "com.google.android.apps.messaging"
# 2023-11-14T22:13:20Z
START = 1_700_000_000
PARTS = "/data/user_de/0/com.android.providers.telephony/app_parts"


def build(root):
    # The Telephony provider keeps its files in device-encrypted storage since Android 7, in WAL mode since Android 9.
    with_wal(root / "data/user_de/0/com.android.providers.telephony/databases/mmssms.db", today, today_in_the_wal)
    without_wal(root / "data/data/com.android.providers.telephony/databases/mmssms.db", android_4_4, android_4_4_deletions)


def milliseconds(seconds):
    return (START + seconds) * 1000


def today(db):
    for statement in TODAY.strip().split("\n"):
        db.execute(statement)
    insert(db, "android_metadata", locale="en_GB")
    for address in (ALICE, BOGDAN, CHIARA, UNKNOWN):
        insert(db, "canonical_addresses", address=address, sub_id=1)
    insert(db, "threads", _id=1, date=milliseconds(300), message_count=5, recipient_ids="1", snippet="Bring the keys", sub_id=1)
    insert(db, "threads", _id=2, date=milliseconds(400), message_count=1, recipient_ids="4", snippet="Your code is 481516", read=0, sub_id=1)
    insert(db, "threads", _id=3, date=milliseconds(3700), message_count=2, recipient_ids="1 2 3", snippet="Trip", snippet_cs=106, has_attachment=1, sub_id=1)
    insert(db, "threads", _id=4, date=milliseconds(500), recipient_ids="2", archived=1, sub_id=1)
    texts(db)
    incomplete_text(db)
    multimedia(db)


def texts(db):
    sms = lambda **row: insert(db, "sms", sub_id=1, creator=MESSAGES_APP, **row)
    received = {"type": 1, "protocol": 0, "reply_path_present": 0, "service_center": "+15550000", "error_code": 0}
    sms(_id=1, thread_id=1, address=ALICE, person=12, date=milliseconds(0) + 500, date_sent=milliseconds(0), read=1, seen=1, body="are you there", **received)
    sms(_id=2, thread_id=1, address=ALICE, date=milliseconds(60), date_sent=milliseconds(63), read=1, seen=1, status=0, type=2, body="On my way 🚲 déjà vu")
    sms(_id=3, thread_id=1, address=ALICE, date=milliseconds(120), read=1, seen=1, status=64, type=5, error_code=38, body="Where do we meet?")
    sms(_id=4, thread_id=2, address=UNKNOWN, date=milliseconds(400), date_sent=milliseconds(398), body="Your code is 481516", contains_otp=1, **received)
    sms(_id=5, thread_id=4, address=None, date=milliseconds(500), read=1, seen=1, type=3, body="Bogdan, about Friday")
    sms(_id=6, thread_id=1, address=ALICE, date=milliseconds(200), read=1, seen=1, status=32, type=6, body="Queued without signal")
    sms(_id=7, thread_id=1, address=ALICE, date=milliseconds(210), read=1, seen=1, type=4, locked=1, body="Bring the keys")
    sms(_id=8, thread_id=None, address=None, date=milliseconds(220), subject="service message", body=None, **received)
    # 19 is a type of one manufacturer.
    sms(_id=9, thread_id=2, address="9500", date=milliseconds(230), read=0, type=19, body="Test of the warning system")
    sms(_id=12, thread_id=3, address=None, date=milliseconds(540), read=1, seen=1, type=3, body="Who brings the tent?")
    # Goes out later: first in the outbox and without an address, then sent.
    sms(_id=13, thread_id=3, address=None, date=milliseconds(550), read=1, seen=1, type=4, body="Tent is packed")


def incomplete_text(db):
    insert(db, "raw", _id=1, date=milliseconds(700), reference_number=77, count=3, sequence=2, destination_port=-1, address=CHIARA, sub_id=1,
           pdu="07915155000000F0440B915155551030F00000321141221354008C050003", message_body="the second part of a long", display_originating_addr=CHIARA)


def multimedia(db):
    mms = lambda **row: insert(db, "pdu", ct_t="application/vnd.wap.multipart.related", v=18, sub_id=1, creator=MESSAGES_APP, **row)
    party = lambda message, kind, address: insert(db, "addr", msg_id=message, address=address, type=kind, charset=106, sub_id=1)
    part = lambda message, **row: insert(db, "part", mid=message, sub_id=1, **row)

    # 1: received by four; From, two To, one Cc.
    mms(_id=1, thread_id=3, date=START + 3600, date_sent=START + 3590, msg_box=1, read=1, seen=1, m_id="mavodi-1", sub="Trip", sub_cs=106, m_cls="personal", m_type=132, m_size=50112, pri=129, rr=129, d_rpt=129, tr_id="T1", retr_st=128)
    for kind, address in ((137, BOGDAN), (151, DANA), (151, ALICE), (130, CHIARA)):
        party(1, kind, address)
    part(1, seq=-1, ct="application/smil", name="smil.xml", chset=106, cid="<smil>", cl="smil.xml", text="<smil><body><par><text src=\"text.txt\"/></par></body></smil>")
    part(1, ct="text/plain", name="text.txt", chset=106, cid="<text>", cl="text.txt", text="Photos from the lake 🏞")
    part(1, ct="image/jpeg", name="été.jpg".encode().decode("iso-8859-1"), fn="IMG_0001.jpg", cid="<image>", cl="image000000.jpg", _data=f"{PARTS}/PART_1700003600123_image000000.jpg")

    # 2: sent to four with a hidden copy; a subject in UTF-8 is stored as if it were ISO 8859-1.
    mms(_id=2, thread_id=3, date=START + 3700, msg_box=2, read=1, seen=1, m_id="mavodi-2", sub="Fête".encode().decode("iso-8859-1"), sub_cs=106, exp=604800, m_cls="personal", m_type=128, m_size=20480, pri=130, rr=128, d_rpt=128, resp_st=128, tr_id="T2", text_only=1)
    for kind, address in ((137, "insert-address-token"), (151, ALICE), (151, BOGDAN), (130, CHIARA), (129, "dana.reyes@example.org")):
        party(2, kind, address)
    part(2, ct="text/plain", name="t1.txt", chset=106, cl="t1.txt", text="See you all on Saturday")
    part(2, seq=1, ct="text/plain", name="t2.txt", chset=106, cl="t2.txt", text="and bring towels")
    part(2, seq=2, ct="text/plain", name="list.txt", cd="attachment", _data=f"{PARTS}/PART_1700003700000_list.txt")

    # 3: announced, not fetched. 4: the report that 2 arrived.
    mms(_id=3, thread_id=2, date=START + 3800, msg_box=1, m_type=130, m_size=90000, exp=START + 700000, ct_l="http://mmsc.example.org/mms?id=3", tr_id="T3", m_cls="personal")
    party(3, 137, UNKNOWN)
    insert(db, "pending_msgs", _id=1, proto_type=1, msg_id=3, msg_type=130, err_type=3, err_code=0, retry_index=2, due_time=milliseconds(4000), pending_sub_id=1, last_try=milliseconds(3900))
    mms(_id=4, thread_id=3, date=START + 3720, msg_box=1, m_type=134, m_id="mavodi-2", st=129)
    party(4, 151, ALICE)

    # 5: a draft without text. 6: could not be sent. 7: is deleted later.
    mms(_id=5, thread_id=4, date=START + 3900, msg_box=3, m_type=128, sub=None)
    party(5, 151, BOGDAN)
    part(5, ct="video/mp4", name="clip.mp4", cl="clip.mp4", _data=f"{PARTS}/PART_1700003900000_clip.mp4")
    mms(_id=6, thread_id=1, date=START + 4000, msg_box=4, read=1, seen=1, m_type=128, resp_st=224, tr_id="T6")
    party(6, 137, "insert-address-token")
    party(6, 151, ALICE)
    part(6, ct="text/plain", text="This one did not go out")
    insert(db, "pending_msgs", _id=2, proto_type=1, msg_id=6, msg_type=128, err_type=10, err_code=0, retry_index=3, due_time=milliseconds(4100), pending_sub_id=1, last_try=milliseconds(4050))
    mms(_id=7, thread_id=1, date=START + 4200, date_sent=START + 4190, msg_box=1, read=1, seen=1, m_type=132, m_id="mavodi-7", sub="Receipt")
    party(7, 137, ALICE)
    party(7, 151, DANA)
    part(7, ct="text/plain", text="please delete this after reading")


def today_in_the_wal(db):
    """Each statement is a transaction, and so a commit of its own in the log."""
    db.execute("UPDATE sms SET read = 1, seen = 1 WHERE _id = 4")
    db.execute("UPDATE sms SET body = 'Bogdan, about Friday at nine', date = ? WHERE _id = 5", [milliseconds(520)])
    db.execute("UPDATE sms SET type = 2, address = ?, date = ? WHERE _id = 13", [ALICE, milliseconds(560)])
    insert(db, "sms", _id=10, thread_id=3, address=CHIARA, date=milliseconds(5000), date_sent=milliseconds(4999), protocol=0, type=1, body="only in the log", service_center="+15550000", error_code=0, sub_id=2, creator=MESSAGES_APP)
    insert(db, "sms", _id=11, thread_id=1, address=ALICE, date=milliseconds(5100), read=1, seen=1, type=2, body="written and deleted within the log", sub_id=1, creator=MESSAGES_APP)
    db.execute("DELETE FROM sms WHERE _id = 11")
    db.execute("DELETE FROM sms WHERE _id = 3")
    db.execute("UPDATE pdu SET read = 1, seen = 1 WHERE _id = 3")
    db.execute("BEGIN")
    # What the triggers part_cleanup and addr_cleanup do.
    db.execute("DELETE FROM pdu WHERE _id = 7")
    db.execute("DELETE FROM part WHERE mid = 7")
    db.execute("DELETE FROM addr WHERE msg_id = 7")
    db.execute("COMMIT")
    db.execute("UPDATE threads SET date = ?, snippet = 'only in the log' WHERE _id = 3", [milliseconds(5000)])


def android_4_4(db):
    for statement in ANDROID_4_4.strip().split("\n"):
        db.execute(statement)
    db.execute("PRAGMA user_version = 57")
    insert(db, "canonical_addresses", address=ALICE)
    insert(db, "canonical_addresses", address="bogdan.petrov@example.org")
    insert(db, "threads", _id=1, date=milliseconds(-86000), message_count=3, recipient_ids="1", snippet="See you at the pier")
    insert(db, "threads", _id=2, date=milliseconds(-80000), message_count=1, recipient_ids="2", snippet="Minutes", snippet_cs=106)
    insert(db, "sms", _id=1, thread_id=1, address=ALICE, date=milliseconds(-86400) + 250, date_sent=milliseconds(-86400), protocol=0, read=1, type=1, reply_path_present=0, body="First message on the old phone", service_center="+15550000", seen=1)
    insert(db, "sms", _id=2, thread_id=1, address=ALICE, date=milliseconds(-86300), read=1, type=2, body="This row is deleted and stays in its page", seen=1)
    insert(db, "sms", _id=3, thread_id=1, address=ALICE, date=milliseconds(-86200), read=1, type=2, body="See you at the pier", seen=1)
    insert(db, "pdu", _id=1, thread_id=2, date=START - 80000, date_sent=START - 80010, msg_box=1, read=1, m_id="old-1", sub="Minutes", sub_cs=106, ct_t="application/vnd.wap.multipart.mixed", m_type=132, v=16, seen=1)
    insert(db, "addr", msg_id=1, address="bogdan.petrov@example.org", type=137, charset=106)
    insert(db, "addr", msg_id=1, address=DANA, type=151, charset=106)
    insert(db, "part", mid=1, ct="text/plain", chset=106, text="Minutes of the meeting")
    insert(db, "spam_sms", _id=1, thread_id=0, address=UNKNOWN, date=milliseconds(-70000), date_sent=milliseconds(-70001), type=1, body="You have won", service_center="+15550000")


def android_4_4_deletions(db):
    db.execute("DELETE FROM sms WHERE _id = 2")
