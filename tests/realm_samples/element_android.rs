//! Element for Android: the stores of a session, of the sessions and of the encryption.
//!
//! Classes and properties: element-hq/element-android, matrix-sdk-android, internal/database/model, internal/auth/db and
//! internal/crypto/store/db/model (`*.kt`); those that no definition reads are left out in part. Events: the Matrix specification.

use super::{Cell, Class, Format, Sample, T, Writer};

const ALICE: &str = "@alice:example.org";
const BOGDAN: &str = "@bogdan:example.org";
const DANA: &str = "@dana:example.org";
const DIRECT: &str = "!direct:example.org";
const TRIP: &str = "!trip:example.org";

const EVENT: &str = "eventId:text roomId:text type:text content:text? prevContent:text? isUseless:bool stateKey:text? \
    originServerTs:int? sender:text? sendStateDetails:text? age:int? unsignedData:text? redacts:text? decryptionResultJson:text? \
    ageLocalTs:int? isRootThread:bool rootThreadEventId:text? numberOfThreads:int sendStateStr:text decryptionErrorCode:text? \
    decryptionErrorReason:text?";

pub(super) fn samples() -> Vec<Sample> {
    vec![
        ("data/data/im.vector.app/files/0123456789abcdef0123456789abcdef/disk_store.realm", session()),
        ("data/data/im.vector.app/files/matrix-sdk-auth.realm", sessions()),
        ("data/data/im.vector.app/files/0123456789abcdef0123456789abcdef/crypto_store.realm", crypto()),
    ]
}

struct Events(Class);

impl Events {
    fn add(
        &self,
        file: &mut Writer,
        (room, number): (&str, i64),
        sender: &str,
        more: &[(&str, Cell)],
    ) -> i64 {
        let mut named = vec![
            ("eventId", Cell::Text(format!("${number}"))),
            ("roomId", Cell::text(room)),
            ("sender", Cell::text(sender)),
            ("originServerTs", Cell::Int(T + (number - 1) * 10_000)),
        ];
        if !more.iter().any(|(name, _)| *name == "sendStateStr") {
            named.push(("sendStateStr", Cell::text("SYNCED")));
        }
        named.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        named.extend_from_slice(more);
        self.0.add(file, &named)
    }
}

fn message(content: &str) -> [(&'static str, Cell); 2] {
    [("type", Cell::text("m.room.message")), ("content", Cell::text(content))]
}

fn encrypted(payload: &str) -> [(&'static str, Cell); 3] {
    let content = r#"{"algorithm":"m.megolm.v1.aes-sha2","ciphertext":"AwgA","device_id":"DANAPHONE","sender_key":"c2s","session_id":"s1"}"#;
    let result = format!(r#"{{"payload":{payload},"senderKey":"c2s","keysClaimed":{{"ed25519":"ZWQ"}}}}"#);
    [
        ("type", Cell::text("m.room.encrypted")),
        ("content", Cell::text(content)),
        ("decryptionResultJson", Cell::Text(result)),
    ]
}

fn payload(content: &str) -> String {
    format!(r#"{{"type":"m.room.message","content":{content},"room_id":"{DIRECT}"}}"#)
}

fn session() -> Writer {
    let mut file = Writer::new(Format::TwentyFour);
    let events = Events(Class::new(&mut file, "EventEntity", EVENT));
    annotations(&mut file, &events);
    rooms(&mut file);
    let at = |number| (DIRECT, number);
    events.add(&mut file, at(1), ALICE, &message(r#"{"msgtype":"m.text","body":"are you there"}"#));
    let redacted =
        events.add(&mut file, at(3), ALICE, &message(r#"{"msgtype":"m.text","body":"delete this"}"#));
    let echo = encrypted(&payload(r#"{"msgtype":"m.text","body":"on my way"}"#));
    let echo: Vec<_> =
        [&[("eventId", Cell::text("$local.1")), ("sendStateStr", Cell::text("SENT"))], &echo[..]].concat();
    let echo = events.add(&mut file, at(4), DANA, &echo);
    group(&mut file, &events);
    file.commit();

    events.add(&mut file, at(4), DANA, &encrypted(&payload(r#"{"msgtype":"m.text","body":"on my way"}"#)));
    file.delete("EventEntity", echo);
    let redaction = [
        ("type", Cell::text("m.room.redaction")),
        ("content", Cell::text(r#"{"reason":"sent to the wrong room"}"#)),
        ("redacts", Cell::text("$3")),
    ];
    events.add(&mut file, at(5), ALICE, &redaction);
    let because = format!(
        r#"{{"age":12,"redacted_because":{{"type":"m.room.redaction","sender":"{ALICE}","origin_server_ts":{},"content":{{"reason":"sent to the wrong room"}}}}}}"#,
        T + 40_000
    );
    file.set("EventEntity", redacted, "content", Cell::text("{}"));
    file.set("EventEntity", redacted, "unsignedData", Cell::Text(because));
    file.set("UserEntity", 1, "displayName", Cell::text("Alice Moreau"));
    file.commit();
    file
}

/// A message that was edited and answered with a reaction.
fn annotations(file: &mut Writer, events: &Events) {
    let editions = Class::new(
        file,
        "EditionOfEvent",
        "eventId:text timestamp:int isLocalEcho:bool event:link=EventEntity?",
    );
    let edits = Class::new(file, "EditAggregatedSummaryEntity", "editions:links=EditionOfEvent");
    let reactions = Class::new(
        file,
        "ReactionAggregatedSummaryEntity",
        "key:text count:int addedByMe:bool firstTimestamp:int",
    );
    let summaries = Class::new(
        file,
        "EventAnnotationsSummaryEntity",
        "eventId:text roomId:text? reactionsSummary:links=ReactionAggregatedSummaryEntity \
         editSummary:link=EditAggregatedSummaryEntity?",
    );
    let first = r#"{"msgtype":"m.text","body":"helo","m.relates_to":{"m.in_reply_to":{"event_id":"$1"}}}"#;
    let own = ("unsignedData", Cell::text(r#"{"age":5,"transaction_id":"m1700000000.1"}"#));
    events.add(file, (DIRECT, 2), DANA, &[&encrypted(&payload(first))[..], &[own]].concat());
    let second = r#"{"msgtype":"m.text","body":"* hello","m.new_content":{"msgtype":"m.text","body":"hello"},"m.relates_to":{"rel_type":"m.replace","event_id":"$2"}}"#;
    let second = events.add(file, (DIRECT, 6), DANA, &encrypted(&payload(second)));
    let reaction = [
        ("type", Cell::text("m.reaction")),
        ("content", Cell::text(r#"{"m.relates_to":{"rel_type":"m.annotation","event_id":"$2","key":"👍"}}"#)),
    ];
    events.add(file, (DIRECT, 7), ALICE, &reaction);
    let edition = editions.add(
        file,
        &[("eventId", Cell::text("$6")), ("timestamp", Cell::Int(T + 50_000)), ("event", Cell::Link(second))],
    );
    let edit = edits.add(file, &[("editions", Cell::Links(vec![edition]))]);
    let thumb =
        [("key", Cell::text("👍")), ("count", Cell::Int(1)), ("firstTimestamp", Cell::Int(T + 60_000))];
    let thumb = reactions.add(file, &thumb);
    let summary = [
        ("eventId", Cell::text("$2")),
        ("roomId", Cell::text(DIRECT)),
        ("reactionsSummary", Cell::Links(vec![thumb])),
        ("editSummary", Cell::Link(edit)),
    ];
    summaries.add(file, &summary);
}

/// A room of three: a name, a picture, a place, a message that could not be decrypted.
fn group(file: &mut Writer, events: &Events) {
    let name = [
        ("type", Cell::text("m.room.name")),
        ("content", Cell::text(r#"{"name":"Trip"}"#)),
        ("stateKey", Cell::text("")),
    ];
    events.add(file, (TRIP, 11), BOGDAN, &name);
    let picture = r#"{"msgtype":"m.image","body":"lake.jpg","filename":"lake.jpg","info":{"mimetype":"image/jpeg","size":4096,"w":640,"h":480},"file":{"url":"mxc://example.org/abc","key":{"k":"private-key"},"iv":"aXY"}}"#;
    events.add(file, (TRIP, 12), BOGDAN, &encrypted(&payload(picture)));
    let place = r#"{"msgtype":"m.location","body":"Lake","geo_uri":"geo:48.5,2.25"}"#;
    events.add(file, (TRIP, 13), BOGDAN, &message(place));
    let closed = [
        ("type", Cell::text("m.room.encrypted")),
        ("content", Cell::text(r#"{"algorithm":"m.megolm.v1.aes-sha2","device_id":"BOGDANPHONE"}"#)),
        ("decryptionErrorCode", Cell::text("UNKNOWN_INBOUND_SESSION_ID")),
    ];
    events.add(file, (TRIP, 14), BOGDAN, &closed);
}

fn rooms(file: &mut Writer) {
    let summaries = Class::new(
        file,
        "RoomSummaryEntity",
        "roomId:text roomType:text? displayName:text? name:text? topic:text? lastActivityTime:int? joinedMembersCount:int? \
         invitedMembersCount:int? isDirect:bool directUserId:text? canonicalAlias:text? isEncrypted:bool encryptionEventTs:int? \
         inviterId:text? isFavourite:bool membershipStr:text",
    );
    let members = Class::new(
        file,
        "RoomMemberSummaryEntity",
        "primaryKey:text userId:text roomId:text displayName:text? avatarUrl:text? isDirect:bool membershipStr:text",
    );
    let users = Class::new(file, "UserEntity", "userId:text displayName:text avatarUrl:text");
    let direct = [
        ("roomId", Cell::text(DIRECT)),
        ("displayName", Cell::text("Alice")),
        ("lastActivityTime", Cell::Int(T + 60_000)),
        ("joinedMembersCount", Cell::Int(2)),
        ("isDirect", Cell::Bool(true)),
        ("directUserId", Cell::text(ALICE)),
        ("isEncrypted", Cell::Bool(true)),
        ("encryptionEventTs", Cell::Int(T - 1_000)),
        ("membershipStr", Cell::text("JOIN")),
    ];
    summaries.add(file, &direct);
    let trip = [
        ("roomId", Cell::text(TRIP)),
        ("displayName", Cell::text("Trip")),
        ("topic", Cell::text("the lake")),
        ("lastActivityTime", Cell::Int(T + 130_000)),
        ("joinedMembersCount", Cell::Int(3)),
        ("inviterId", Cell::text(BOGDAN)),
        ("membershipStr", Cell::text("JOIN")),
    ];
    summaries.add(file, &trip);
    for (room, user, name) in [
        (DIRECT, DANA, "Dana"),
        (DIRECT, ALICE, "Alice"),
        (TRIP, DANA, "Dana"),
        (TRIP, ALICE, "Alice"),
        (TRIP, BOGDAN, "bo"),
    ] {
        let member = [
            ("primaryKey", Cell::Text(format!("{room}_{user}"))),
            ("userId", Cell::text(user)),
            ("roomId", Cell::text(room)),
            ("displayName", Cell::text(name)),
            ("membershipStr", Cell::text("JOIN")),
        ];
        members.add(file, &member);
    }
    for (user, name) in [(DANA, "Dana"), (ALICE, "Alice"), (BOGDAN, "Bogdan")] {
        users.add(file, &[("userId", Cell::text(user)), ("displayName", Cell::text(name))]);
    }
}

/// Two accounts, of which one was logged out.
fn sessions() -> Writer {
    let mut file = Writer::new(Format::TwentyFour);
    let sessions = Class::new(
        &mut file,
        "SessionParamsEntity",
        "sessionId:text userId:text credentialsJson:text homeServerConnectionConfigJson:text isTokenValid:bool",
    );
    let mut last = 0;
    for (session, user, device) in [
        ("0123456789abcdef0123456789abcdef", DANA, "DANAPHONE"),
        ("fedcba9876543210fedcba9876543210", "@other:example.org", "OTHERPHONE"),
    ] {
        let credentials = format!(
            r#"{{"user_id":"{user}","access_token":"syt_secret","home_server":"example.org","device_id":"{device}"}}"#
        );
        let params = [
            ("sessionId", Cell::text(session)),
            ("userId", Cell::text(user)),
            ("credentialsJson", Cell::Text(credentials)),
            (
                "homeServerConnectionConfigJson",
                Cell::text(r#"{"homeServerUri":"https://matrix.example.org"}"#),
            ),
            ("isTokenValid", Cell::Bool(true)),
        ];
        last = sessions.add(&mut file, &params);
    }
    file.commit();
    file.delete("SessionParamsEntity", last);
    file.commit();
    file
}

fn crypto() -> Writer {
    let mut file = Writer::new(Format::TwentyFour);
    let accounts = Class::new(
        &mut file,
        "CryptoMetadataEntity",
        "userId:text? deviceId:text? olmAccountData:text? deviceSyncToken:text? globalBlacklistUnverifiedDevices:bool \
         backupVersion:text? deviceKeysSentToServer:bool xSignMasterPrivateKey:text?",
    );
    let devices = Class::new(
        &mut file,
        "DeviceInfoEntity",
        "primaryKey:text deviceId:text? identityKey:text? userId:text? isBlocked:bool? keysMapJson:text? unsignedMapJson:text? \
         firstTimeSeenLocalTs:int?",
    );
    let account = [
        ("userId", Cell::text(DANA)),
        ("deviceId", Cell::text("DANAPHONE")),
        ("olmAccountData", Cell::text("pickled")),
        ("backupVersion", Cell::text("3")),
        ("xSignMasterPrivateKey", Cell::text("private-key")),
    ];
    let account = accounts.add(&mut file, &account);
    let mut last = 0;
    for (user, device, name) in [
        (DANA, "DANAPHONE", "Dana's phone"),
        (ALICE, "ALICEPHONE", "Pixel 6"),
        (ALICE, "ALICEOLD", "old laptop"),
    ] {
        let device = [
            ("primaryKey", Cell::Text(format!("{user}|{device}"))),
            ("deviceId", Cell::text(device)),
            ("identityKey", Cell::Text(format!("curve-{device}"))),
            ("userId", Cell::text(user)),
            ("isBlocked", Cell::Bool(false)),
            ("unsignedMapJson", Cell::Text(format!(r#"{{"device_display_name":"{name}"}}"#))),
            ("firstTimeSeenLocalTs", Cell::Int(T - 5_000)),
        ];
        last = devices.add(&mut file, &device);
    }
    file.commit();
    file.delete("DeviceInfoEntity", last);
    file.set("CryptoMetadataEntity", account, "globalBlacklistUnverifiedDevices", Cell::Bool(true));
    file.commit();
    file
}
