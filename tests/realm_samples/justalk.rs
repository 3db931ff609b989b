//! JusTalk: the store of an account.
//!
//! No source of the app is public. The classes and properties are those that abrignoni/ALEAPP reads (scripts/artifacts/justalk.py); their
//! types are what the values that it describes need.

use super::{Cell, Class, Format, Sample, T, Writer};

pub(super) fn sample() -> Sample {
    ("data/data/com.juphoon.justalk/files/5550100.realm", store())
}

fn store() -> Writer {
    let mut file = Writer::new(Format::TwentyFour);
    let files = Class::new(
        &mut file,
        "ROFileUrl",
        "md5:text? encryptedUrl:text? fileKey:text? fileName:text? fileUrl:text? filePath:text? localPath:text? \
         thumbnailLocalPath:text? length:int suffix:text? duration:int width:int height:int",
    );
    let log = Class::new(
        &mut file,
        "CallLog",
        "timestamp:int type:text? incoming:bool content:text? name:text? uid:text? senderName:text? senderUid:text? duration:int \
         serverCallId:text? logId:text? imdnId:text? state:int readState:int reason:int fileUrl:link=ROFileUrl?",
    );
    let friends = Class::new(
        &mut file,
        "ServerFriend",
        "timestamp:int lastOnlineTime:int justalkId:text? name:text? nickName:text? uid:text? phone:text? loginCountry:text? \
         version:text? packageName:text? relationType:int serverRelationType:int mute:bool sticky:bool",
    );
    let picture = files.add(
        &mut file,
        &[
            ("md5", Cell::text("AAECAwQFBgcICQoLDA0ODw==")),
            ("fileName", Cell::text("lake")),
            ("suffix", Cell::text("jpg")),
            ("length", Cell::Int(4096)),
            ("width", Cell::Int(640)),
            ("height", Cell::Int(480)),
            ("localPath", Cell::text("/data/user/0/com.juphoon.justalk/files/imfilecache/lake")),
        ],
    );
    let add = |file: &mut Writer, number: i64, is_incoming: bool, kind: &str, more: &[(&str, Cell)]| {
        let (name, sender) = if is_incoming { ("Alice", "5550101") } else { ("Dana", "5550100") };
        let mut named = vec![
            ("timestamp", Cell::Int(T + (number - 1) * 10_000)),
            ("type", Cell::text(kind)),
            ("incoming", Cell::Bool(is_incoming)),
            ("name", Cell::text("Alice")),
            ("uid", Cell::text("5550101")),
            ("senderName", Cell::text(name)),
            ("senderUid", Cell::text(sender)),
            ("logId", Cell::Text(format!("log-{number}"))),
            ("imdnId", Cell::Text(format!("imdn-{number}"))),
        ];
        named.extend_from_slice(more);
        log.add(file, &named)
    };
    let text = |text: &str| [("content", Cell::text(text))];
    add(&mut file, 1, true, "Text", &text("are you there"));
    let sent = add(&mut file, 2, false, "Text", &text("hello"));
    let removed = add(&mut file, 3, true, "Text", &text("delete this"));
    add(&mut file, 4, true, "Image", &[("fileUrl", Cell::Link(picture))]);
    let call = [("duration", Cell::Int(15_000)), ("serverCallId", Cell::text("call-5"))];
    add(&mut file, 5, false, "AudioCall", &call);
    friends.add(
        &mut file,
        &[
            ("justalkId", Cell::text("alicem")),
            ("name", Cell::text("Alice")),
            ("nickName", Cell::text("Alice Moreau")),
            ("uid", Cell::text("5550101")),
            ("version", Cell::text("ios.8.2.1")),
            ("lastOnlineTime", Cell::Int(T + 100_000)),
        ],
    );
    file.commit();
    file.set("CallLog", sent, "state", Cell::Int(2));
    file.delete("CallLog", removed);
    file.commit();
    file
}
