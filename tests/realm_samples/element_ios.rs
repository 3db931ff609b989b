//! Element for iOS: MXRealmCryptoStore.
//!
//! Classes and properties: matrix-org/matrix-ios-sdk, MatrixSDK/Crypto/Data/Store/MXRealmCryptoStore/MXRealmCryptoStore.m, schema 17; the
//! archive of a device: MatrixSDK/Crypto/Data/MXDeviceInfo.m (`encodeWithCoder:`).

use super::{Cell, Class, Format, Sample, Writer};
use plist::{Dictionary, Uid, Value};

const ALICE: &str = "@alice:example.org";
const DANA: &str = "@dana:example.org";

pub(super) fn sample() -> Sample {
    (
        "private/var/mobile/Containers/Shared/AppGroup/9C3D5B0E-6A4F-4E0E-8F53-2C1D7A9B4E11/MXRealmCryptoStore/@dana:example.org.realm",
        store(),
    )
}

fn dictionary(members: Vec<(&str, Value)>) -> Value {
    Value::Dictionary(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Dictionary>())
}

fn class(name: &str) -> Value {
    let classes = Value::Array(vec![name.into(), "NSObject".into()]);
    dictionary(vec![("$classname", name.into()), ("$classes", classes)])
}

fn uid(number: u64) -> Value {
    Value::Uid(Uid::new(number))
}

/// An MXDeviceInfo as NSKeyedArchiver writes it.
fn archive(user: &str, device: &str, name: &str) -> Cell {
    let info = vec![
        ("deviceId", uid(2)),
        ("userId", uid(3)),
        ("unsignedData", uid(4)),
        ("trustLevel", uid(7)),
        ("$class", uid(8)),
    ];
    let unsigned = vec![
        ("NS.keys", Value::Array(vec![uid(5)])),
        ("NS.objects", Value::Array(vec![uid(6)])),
        ("$class", uid(9)),
    ];
    let trust = vec![
        ("localVerificationStatus", uid(10)),
        ("isCrossSigningVerified", Value::Boolean(false)),
        ("$class", uid(11)),
    ];
    let objects = vec![
        "$null".into(),
        dictionary(info),
        device.into(),
        user.into(),
        dictionary(unsigned),
        "device_display_name".into(),
        name.into(),
        dictionary(trust),
        class("MXDeviceInfo"),
        class("NSDictionary"),
        Value::Integer(1.into()),
        class("MXDeviceTrustLevel"),
    ];
    let whole = dictionary(vec![
        ("$version", Value::Integer(100_000.into())),
        ("$archiver", "NSKeyedArchiver".into()),
        ("$top", dictionary(vec![("root", uid(1))])),
        ("$objects", Value::Array(objects)),
    ]);
    let mut bytes = Vec::new();
    whole.to_writer_binary(&mut bytes).unwrap();
    Cell::Bytes(bytes)
}

fn store() -> Writer {
    let mut file = Writer::new(Format::TwentyFour);
    let devices =
        Class::new(&mut file, "MXRealmDeviceInfo", "deviceInfoData:bytes? deviceId:text? identityKey:text?");
    let users = Class::new(&mut file, "MXRealmUser", "userId:text? devices:links=MXRealmDeviceInfo");
    let rooms = Class::new(
        &mut file,
        "MXRealmRoomAlgorithm",
        "roomId:text? algorithm:text? blacklistUnverifiedDevices:bool",
    );
    let accounts = Class::new(
        &mut file,
        "MXRealmOlmAccount",
        "userId:text? deviceId:text? cryptoVersion:int olmAccountData:bytes? deviceSyncToken:text? deviceTrackingStatusData:bytes? \
         globalBlacklistUnverifiedDevices:bool backupVersion:text?",
    );
    let mut add = |user: &str, device: &str, name: &str| {
        let named = [
            ("deviceInfoData", archive(user, device, name)),
            ("deviceId", Cell::text(device)),
            ("identityKey", Cell::Text(format!("curve-{device}"))),
        ];
        devices.add(&mut file, &named)
    };
    let own = add(DANA, "DANAPHONE", "Dana's iPhone");
    let (new, old) = (add(ALICE, "ALICEPHONE", "iPhone 12"), add(ALICE, "ALICEOLD", "old laptop"));
    users.add(&mut file, &[("userId", Cell::text(DANA)), ("devices", Cell::Links(vec![own]))]);
    let alice =
        users.add(&mut file, &[("userId", Cell::text(ALICE)), ("devices", Cell::Links(vec![new, old]))]);
    let algorithm = ("algorithm", Cell::text("m.megolm.v1.aes-sha2"));
    rooms.add(&mut file, &[("roomId", Cell::text("!direct:example.org")), algorithm.clone()]);
    let account = [
        ("userId", Cell::text(DANA)),
        ("deviceId", Cell::text("DANAPHONE")),
        ("cryptoVersion", Cell::Int(2)),
        ("olmAccountData", Cell::Bytes(b"pickled".to_vec())),
    ];
    let account = accounts.add(&mut file, &account);
    file.commit();

    // The list of devices that the server gave no longer has the laptop.
    file.set("MXRealmUser", alice, "devices", Cell::Links(vec![new]));
    file.delete("MXRealmDeviceInfo", old);
    file.set("MXRealmOlmAccount", account, "backupVersion", Cell::text("4"));
    rooms.add(&mut file, &[("roomId", Cell::text("!trip:example.org")), algorithm]);
    file.commit();
    file
}
