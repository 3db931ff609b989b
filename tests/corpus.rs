//! The proof against real files: what other tools found in them, held against what we find.
//!
//! `AFFIANT_CORPUS=FOLDER cargo test --test corpus -- --nocapture` prints a table of every case: their count, ours, and why the
//! two differ. Counts are pinned on both sides, what is lost or odd too. Without the variable every test says that it was
//! skipped. With `AFFIANT_CORPUS_ALL=1` every single file of the corpus is given to every command, otherwise one in sixteen.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{affiant, files};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{File, copy, create_dir_all, read, write};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const ILEAPP: &str = "abrignoni+iLEAPP/admin/test";
const PLASO: &str = "log2timeline+plaso/test_data";
const FROZENSPIDER: &str =
    "frozenspider+chat-history-manager/crates/loaders/resources/test/whatsapp-android_2023-10";
const UBALT: &str = "frankwxu+digital-forensics-lab/Echo_Device/lab_data/Lab_4_1_2";
const ANDRILLER: &str = "den4uk+andriller/tests/data/data/com.android.providers.contacts/db";
const MVT_BACKUP: &str = "mvt-project+mvt@old/tests/artifacts/ios_backup";

/// The corpus, or nothing, which is told.
fn corpus() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| std::env::var_os("AFFIANT_CORPUS").map(PathBuf::from));
    if folder.is_none() {
        println!("SKIPPED: AFFIANT_CORPUS does not name the folder of the corpus");
    }
    folder.as_deref()
}

/// Where a case's evidence comes from.
enum Evidence {
    /// A file as it is.
    File(String),
    /// Files put at the paths that they had on a device.
    Placed(Vec<(String, &'static str)>),
}

/// What somebody else counted.
enum Theirs {
    /// The rows of the result that iLEAPP keeps for this case.
    Ileapp(&'static str),
    /// What the SQLite library counts.
    Sqlite(String, &'static str),
    /// What the SQLite library counts, WAL applied, in the member of iLEAPP's zip whose name ends so.
    Zipped(&'static str, &'static str, &'static str),
    /// What another reader of property lists (crate `plist`) counts in the member whose name ends so.
    Listed(&'static str, &'static str, fn(&plist::Value) -> usize),
    /// What the test of another tool asserts.
    Asserted(usize, &'static str),
}

/// One count of a case: records of a kind whose base row lies in a table (all tables when empty).
struct Count {
    kind: &'static str,
    table: &'static str,
    theirs: Theirs,
    live: usize,
    older: usize,
    why: &'static str,
}

struct Case {
    name: &'static str,
    evidence: Evidence,
    exit: i32,
    findings: &'static [(&'static str, usize)],
    counts: Vec<Count>,
}

/// What the sequences of a case's databases say (case, findings): all of it is an observation. Each was read against the bytes: apps
/// remove rows and give rowids of their own, and the databases of iOS and Android overwrite what is removed.
const SEQUENCES: &[(&str, &[(&str, usize)])] = &[
    (
        "digital-forensics-lab accounts_ce.db and accounts_de.db",
        &[("sqlite-rowid-gaps", 2), ("sqlite-rowid-gaps-elsewhere", 1)],
    ),
    (
        "chat-history-manager WhatsApp 2023-10",
        &[("sqlite-rowid-gaps", 4), ("sqlite-rowid-gaps-elsewhere", 1)],
    ),
    ("wa-crypt-tools msgstore.db", &[("sqlite-rowid-gaps", 2), ("sqlite-rowid-gaps-elsewhere", 1)]),
    ("MVT sms.db (two tables of it)", &[("sqlite-rowid-gaps", 1)]),
    ("plaso android/contacts2.db", &[("sqlite-freelist", 1), ("sqlite-rowid-gaps", 1)]),
    (
        "plaso ios/Accounts3.sqlite",
        &[("sqlite-freelist", 1), ("sqlite-rowid-gaps-elsewhere", 1), ("sqlite-secure-delete-trace", 1)],
    ),
    (
        "plaso sqlite/imessage_chat.db",
        &[("sqlite-freelist", 1), ("sqlite-rowid-gaps", 1), ("sqlite-rowid-gaps-elsewhere", 1)],
    ),
    (
        "whatsApp.whatsAppMessages.josh_ios15_ffs",
        &[("sqlite-rowid-gaps", 1), ("sqlite-rowid-gaps-elsewhere", 1), ("sqlite-secure-delete-trace", 1)],
    ),
    ("whatsApp.whatsAppCallHistory.josh_ios15_ffs", &[("sqlite-secure-delete-trace", 1)]),
    ("whatsApp.whatsAppContacts.josh_ios15_ffs", &[("sqlite-secure-delete-trace", 1)]),
    ("addressBook.addressBook.belkasoft_ctf6_ios_device1", &[("sqlite-rowid-gaps-elsewhere", 1)]),
    (
        "accountData.accountData.belkasoft_ctf6_ios_device1",
        &[("sqlite-rowid-gaps", 1), ("sqlite-rowid-gaps-elsewhere", 1), ("sqlite-secure-delete-trace", 1)],
    ),
    ("storeSystem.storeSystemAppInstalls.mvs_ios_2023", STORE),
    ("storeSystem.storeSystemAppPackages.mvs_ios_2023", STORE),
    ("storeSystem.storeSystemAppUpdates.mvs_ios_2023", STORE),
];

const STORE: &[(&str, usize)] =
    &[("sqlite-freelist", 1), ("sqlite-rowid-sparse", 2), ("sqlite-secure-delete-trace", 1)];

/// The findings that a case must have, by code.
fn expected(case: &Case) -> BTreeMap<&str, usize> {
    let sequence = SEQUENCES.iter().find(|(name, _)| *name == case.name).map_or(&[][..], |(_, known)| known);
    case.findings.iter().chain(sequence).copied().collect()
}

fn count(kind: &'static str, table: &'static str, theirs: Theirs, live: usize, why: &'static str) -> Count {
    Count { kind, table, theirs, live, older: 0, why }
}

fn case(name: &'static str, evidence: Evidence, counts: Vec<Count>) -> Case {
    Case { name, evidence, exit: 0, findings: &[], counts }
}

/// A case of iLEAPP: a zip of the files that one of its modules reads.
fn ileapp_zip(name: &str) -> Evidence {
    let module = name.split('.').next().unwrap();
    Evidence::File(format!("{ILEAPP}/cases/data/{module}/testdata.{name}.zip"))
}

fn placed(pairs: &[(&str, &str, &'static str)]) -> Evidence {
    Evidence::Placed(pairs.iter().map(|(folder, file, path)| (format!("{folder}/{file}"), *path)).collect())
}

fn ileapp_cases() -> Vec<Case> {
    use Theirs::{Ileapp, Listed, Zipped};
    let whole = |name, counts| case(name, ileapp_zip(name), counts);
    let with = |name, findings, counts| Case { findings, ..case(name, ileapp_zip(name), counts) };
    let store = "storeSystem.storeSystemAppInstalls.mvs_ios_2023";
    let mut cases = vec![
        whole(
            "whatsApp.whatsAppMessages.josh_ios15_ffs",
            vec![
                count("messages", "ZWAMESSAGE", Ileapp("whatsApp.whatsAppMessages.josh_ios15_ffs"), 32, ""),
                count(
                    "conversations",
                    "",
                    Zipped(
                        "whatsApp.whatsAppMessages.josh_ios15_ffs",
                        "ChatStorage.sqlite",
                        "select count(*) from ZWACHATSESSION",
                    ),
                    5,
                    "",
                ),
                count(
                    "contacts",
                    "",
                    Zipped(
                        "whatsApp.whatsAppMessages.josh_ios15_ffs",
                        "ChatStorage.sqlite",
                        "select count(*) from ZWAPROFILEPUSHNAME",
                    ),
                    1,
                    "",
                ),
            ],
        ),
        whole(
            "whatsApp.whatsAppCallHistory.josh_ios15_ffs",
            vec![
                count("calls", "", Ileapp("whatsApp.whatsAppCallHistory.josh_ios15_ffs"), 4, ""),
                count("contacts", "", Ileapp("whatsApp.whatsAppContacts.josh_ios15_ffs"), 9, ""),
            ],
        ),
        whole(
            "whatsApp.whatsAppContacts.josh_ios15_ffs",
            vec![count("contacts", "", Ileapp("whatsApp.whatsAppContacts.josh_ios15_ffs"), 9, "")],
        ),
        with(
            "addressBook.addressBook.belkasoft_ctf6_ios_device1",
            &[("database-without-definition", 1)],
            vec![count("contacts", "", Ileapp("addressBook.addressBook.belkasoft_ctf6_ios_device1"), 1, "")],
        ),
        whole(
            "accountData.accountData.belkasoft_ctf6_ios_device1",
            vec![Count {
                older: 30,
                ..count(
                    "accounts",
                    "ZACCOUNT",
                    Zipped(
                        "accountData.accountData.belkasoft_ctf6_ios_device1",
                        "Accounts3.sqlite",
                        "select count(*) from ZACCOUNT",
                    ),
                    16,
                    "",
                )
            }],
        ),
    ];
    let wifi: &[(&str, usize)] = &[("members-missing", 1)];
    for name in [
        "appleWifiPlist.appleWifiBSSList.belkasoft_ctf6_ios_device1",
        "appleWifiPlist.appleWifiKnownNetworks.belkasoft_ctf6_ios_device1",
        "appleWifiPlist.appleWifiKnownNetworksTimes.belkasoft_ctf6_ios_device1",
    ] {
        let networks = "two networks, and an access point of each";
        cases.push(with(
            name,
            wifi,
            vec![
                count(
                    "wifi_networks",
                    "",
                    Listed(name, "com.apple.wifi.known-networks.plist", |root| {
                        root.as_dictionary().unwrap().len()
                    }),
                    4,
                    networks,
                ),
                count(
                    "device_identifiers",
                    "",
                    Listed(name, "SystemConfiguration/com.apple.wifi.plist", |root| {
                        usize::from(
                            root.as_dictionary().unwrap().contains_key("hwMacAddressMacRandomisation"),
                        )
                    }),
                    1,
                    "the address for randomisation",
                ),
            ],
        ));
    }
    cases.push(whole(
        "appleWifiPlist.appleWifiScannedPrivate.belkasoft_ctf6_ios_device1",
        vec![count(
            "wifi_networks",
            "",
            Listed(
                "appleWifiPlist.appleWifiScannedPrivate.belkasoft_ctf6_ios_device1",
                "networks.plist",
                |root| {
                    root.as_dictionary().unwrap()["List of scanned networks with private mac"]
                        .as_array()
                        .unwrap()
                        .len()
                },
            ),
            2,
            "",
        )],
    ));
    cases.push(whole(
        "celWireless.celWireless.belkasoft_ctf6_ios_device1",
        vec![count(
            "device_identifiers",
            "",
            Ileapp("celWireless.celWireless.belkasoft_ctf6_ios_device1"),
            0,
            "they list every key; none is an identifier (no SIM)",
        )],
    ));
    cases.push(whole(
        "celWireless.celWireless.mvs_ios_2023",
        vec![count(
            "device_identifiers",
            "",
            Ileapp("celWireless.celWireless.mvs_ios_2023"),
            16,
            "they list every key; of two SIMs and the handset, 16 places hold an identifier",
        )],
    ));
    cases.push(whole(
        "deviceDatam.deviceDatam.mvs_ios_2023",
        vec![count(
            "device_identifiers",
            "",
            Ileapp("deviceDatam.deviceDatam.mvs_ios_2023"),
            3,
            "they list every key; IMEI, second IMEI, MEID",
        )],
    ));
    cases.push(whole(
        "deviceName.deviceName.belkasoft_ctf6_ios_device1",
        vec![count(
            "device_identifiers",
            "",
            Ileapp("deviceName.deviceName.belkasoft_ctf6_ios_device1"),
            1,
            "the boot session; the name stands in `device`",
        )],
    ));
    for name in [
        store,
        "storeSystem.storeSystemAppPackages.mvs_ios_2023",
        "storeSystem.storeSystemAppUpdates.mvs_ios_2023",
    ] {
        let zip = |table, theirs, live, older, why| Count {
            older,
            ..count("installed_apps", table, theirs, live, why)
        };
        cases.push(whole(
            name,
            vec![
                zip("app_install", Ileapp("storeSystem.storeSystemAppInstalls.mvs_ios_2023"), 16, 0, ""),
                zip(
                    "app_updates",
                    Zipped(store, "storeSystem.db", "select count(*) from app_updates"),
                    19,
                    72,
                    "",
                ),
            ],
        ));
    }
    cases
}

fn plaso_cases() -> Vec<Case> {
    use Theirs::Asserted;
    let sms = "data/data/com.android.providers.telephony/databases/mmssms.db";
    let calls = "data/data/com.android.providers.contacts/databases/contacts2.db";
    let chat = format!("{PLASO}/sqlite/imessage_chat.db");
    let database = |query| Theirs::Sqlite(chat.clone(), query);
    vec![
        case(
            "plaso android/mmssms.db",
            placed(&[(PLASO, "android/mmssms.db", sms)]),
            vec![
                count("messages", "sms", Asserted(9, "android_sms.py: event_data"), 9, ""),
                count(
                    "conversations",
                    "",
                    Theirs::Sqlite(format!("{PLASO}/android/mmssms.db"), "select count(*) from threads"),
                    1,
                    "",
                ),
            ],
        ),
        Case {
            findings: &[("table-missing", 1)],
            ..case(
                "plaso android/contacts2.db",
                placed(&[(PLASO, "android/contacts2.db", calls)]),
                vec![count("calls", "", Asserted(3, "android_calls.py: event_data"), 3, "")],
            )
        },
        case(
            "plaso ios/Accounts3.sqlite",
            placed(&[(
                PLASO,
                "ios/Accounts3.sqlite",
                "private/var/mobile/Library/Accounts/Accounts3.sqlite",
            )]),
            vec![count("accounts", "", Asserted(18, "ios_accounts.py: event_data"), 18, "")],
        ),
        case(
            "plaso ios/com.apple.wifi.known-networks.plist",
            placed(&[(
                PLASO,
                "ios/com.apple.wifi.known-networks.plist",
                "private/var/preferences/com.apple.wifi.known-networks.plist",
            )]),
            vec![count(
                "wifi_networks",
                "",
                Asserted(9, "ios_wifi_known_networks.py: event_data"),
                10,
                "9 access points, and the network that they serve",
            )],
        ),
        case(
            "plaso ios/com.apple.commcenter.data.plist",
            placed(&[(
                PLASO,
                "ios/com.apple.commcenter.data.plist",
                "private/var/wireless/Library/Preferences/com.apple.commcenter.data.plist",
            )]),
            vec![count(
                "device_identifiers",
                "",
                Asserted(1, "ios_siminfo.py: event_data"),
                3,
                "one event of theirs holds number and ICCID, which stands in two places",
            )],
        ),
        case(
            "plaso sqlite/imessage_chat.db",
            placed(&[(PLASO, "sqlite/imessage_chat.db", "private/var/mobile/Library/SMS/sms.db")]),
            vec![
                count("messages", "message", Asserted(10, "imessage.py: event_data"), 10, ""),
                Count {
                    older: 1,
                    ..count("conversations", "chat", database("select count(*) from chat"), 7, "")
                },
                count(
                    "traces",
                    "deleted_messages",
                    database("select count(*) from deleted_messages"),
                    226,
                    "",
                ),
                count(
                    "traces",
                    "chat_message_join",
                    database(
                        "select count(*) from chat_message_join where message_id not in (select ROWID from message)",
                    ),
                    226,
                    "",
                ),
                count("traces", "attachment", database("select count(*) from attachment"), 1, ""),
                // Entries of an index whose message is gone: `tests/sqlite_witness.rs` holds them against the app's own list.
                Count { older: 28, ..count("fragments", "", Asserted(0, "plaso reads live rows"), 0, "") },
            ],
        ),
    ]
}

fn other_cases() -> Vec<Case> {
    use Theirs::{Asserted, Sqlite};
    let msgstore = "data/data/com.whatsapp/databases/msgstore.db";
    let sqlite = |folder: &str, file: &str, query| Sqlite(format!("{folder}/{file}"), query);
    vec![
        case(
            "andriller calllog.db with an empty WAL",
            placed(&[
                (ANDRILLER, "calllog.db", "data/data/com.android.providers.contacts/databases/calllog.db"),
                (
                    ANDRILLER,
                    "calllog.db-wal",
                    "data/data/com.android.providers.contacts/databases/calllog.db-wal",
                ),
            ]),
            vec![count("calls", "", sqlite(ANDRILLER, "calllog.db", "select count(*) from calls"), 1, "")],
        ),
        case(
            "digital-forensics-lab accounts_ce.db and accounts_de.db",
            placed(&[
                (UBALT, "accounts_ce.db", "data/system_ce/0/accounts_ce.db"),
                (UBALT, "accounts_de.db", "data/system_de/0/accounts_de.db"),
            ]),
            vec![
                count(
                    "accounts",
                    "accounts",
                    sqlite(UBALT, "accounts_ce.db", "select count(*) from accounts"),
                    8,
                    "both databases hold each of the 4 accounts",
                ),
                count(
                    "traces",
                    "debug_table",
                    sqlite(UBALT, "accounts_de.db", "select count(*) from debug_table"),
                    7,
                    "",
                ),
            ],
        ),
        case(
            "chat-history-manager WhatsApp 2023-10",
            placed(&[
                (FROZENSPIDER, "msgstore.built.db", msgstore),
                (FROZENSPIDER, "wa.built.db", "data/data/com.whatsapp/databases/wa.db"),
            ]),
            vec![
                count("messages", "message", Asserted(4, "whatsapp_android_tests.rs: 2 chats of 2"), 4, ""),
                count("conversations", "chat", Asserted(2, "whatsapp_android_tests.rs"), 2, ""),
                count("contacts", "", Asserted(2, "whatsapp_android_tests.rs: users"), 2, ""),
                count("accounts", "", Asserted(1, "whatsapp_android_tests.rs: myself"), 1, ""),
            ],
        ),
        case(
            "wa-crypt-tools msgstore.db",
            placed(&[("ElDavoo+wa-crypt-tools/tests/res", "msgstore.db", msgstore)]),
            vec![
                count(
                    "messages",
                    "messages",
                    sqlite(
                        "ElDavoo+wa-crypt-tools/tests/res",
                        "msgstore.db",
                        "select count(*) from messages where key_remote_jid != '-1'",
                    ),
                    9,
                    "",
                ),
                count(
                    "conversations",
                    "",
                    sqlite("ElDavoo+wa-crypt-tools/tests/res", "msgstore.db", "select count(*) from chat"),
                    8,
                    "",
                ),
            ],
        ),
        Case {
            findings: &[("table-missing", 3)],
            ..case(
                "MVT sms.db (two tables of it)",
                placed(&[(
                    MVT_BACKUP,
                    "3d/3d0d7e5fb2ce288813306e4d4636395e047a3d28",
                    "private/var/mobile/Library/SMS/sms.db",
                )]),
                vec![count("messages", "message", Asserted(1, "MVT: test_sms.py"), 1, "")],
            )
        },
        case(
            "MVT Info.plist of a backup",
            placed(&[(MVT_BACKUP, "Info.plist", "Info.plist")]),
            vec![count(
                "device_identifiers",
                "",
                Asserted(4, "the file: IMEI, ICCID, serial, identifier"),
                4,
                "",
            )],
        ),
    ]
}

/// A run over an evidence: its exit status, its report, and what it says to people.
struct Run {
    _folder: tempfile::TempDir,
    output: PathBuf,
    exit: i32,
    report: Value,
    said: String,
}

fn run(evidence: &Path) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("report");
    let arguments = ["parse", evidence.to_str().unwrap(), "--no-html", "--output", output.to_str().unwrap()];
    let ended = affiant(&arguments).output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    let exit = ended.status.code().unwrap_or(-1);
    assert!(matches!(exit, 0 | 1), "{}: exit {exit}: {said}", evidence.display());
    let report = serde_json::from_slice(&read(output.join("data/report.json")).unwrap()).unwrap();
    Run { _folder: folder, output, exit, report, said }
}

/// A case's evidence, in a folder of its own if need be.
fn staged(corpus: &Path, case: &Case, folder: &Path) -> PathBuf {
    match &case.evidence {
        Evidence::File(path) => corpus.join(path),
        Evidence::Placed(pairs) => {
            for (from, path) in pairs {
                let to = folder.join(path);
                create_dir_all(to.parent().unwrap()).unwrap();
                copy(corpus.join(from), to).unwrap();
            }
            folder.to_owned()
        }
    }
}

fn records<'r>(report: &'r Value, kind: &str) -> &'r [Value] {
    report[kind].as_array().map_or(&[], Vec::as_slice)
}

/// (live, every other state) of the records of a kind whose base row lies in a table.
fn ours(report: &Value, kind: &str, table: &str) -> (usize, usize) {
    let here = |record: &&Value| table.is_empty() || record["provenance"]["rows"][0]["table"] == table;
    let found: Vec<&Value> = records(report, kind).iter().filter(here).collect();
    let live = found.iter().filter(|record| record["state"] == "live").count();
    (live, found.len() - live)
}

/// The rows of a result that iLEAPP keeps beside its cases.
fn ileapp_rows(corpus: &Path, name: &str) -> Vec<Value> {
    let folder = corpus.join(ILEAPP).join("results").join(name.split('.').next().unwrap());
    let result = files(&folder).into_iter().find(|file| file.to_str().unwrap().starts_with(name)).unwrap();
    let result: Value = serde_json::from_slice(&read(folder.join(result)).unwrap()).unwrap();
    result["data"].as_array().unwrap().clone()
}

/// The members of a case of iLEAPP, each under its last name, and the path of the one that ends so.
fn unzipped(corpus: &Path, name: &str, end: &str, folder: &Path) -> PathBuf {
    let Evidence::File(zip) = ileapp_zip(name) else { panic!("{name} is no zip") };
    let mut archive = zip::ZipArchive::new(File::open(corpus.join(zip)).unwrap()).unwrap();
    let mut wanted = None;
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).unwrap();
        let path = folder.join(member.name().rsplit('/').next().unwrap());
        if member.name().ends_with("-shm") {
            continue;
        }
        std::io::copy(&mut member, &mut File::create(&path).unwrap()).unwrap();
        if member.name().ends_with(end) {
            wanted = Some(path);
        }
    }
    wanted.unwrap()
}

fn theirs(corpus: &Path, theirs: &Theirs) -> (usize, String) {
    match theirs {
        Theirs::Ileapp(name) => (ileapp_rows(corpus, name).len(), "iLEAPP".into()),
        Theirs::Asserted(count, by) => (*count, (*by).into()),
        Theirs::Zipped(name, end, query) => {
            let folder = tempfile::tempdir().unwrap();
            let database = rusqlite::Connection::open(unzipped(corpus, name, end, folder.path())).unwrap();
            (database.query_row(query, [], |row| row.get(0)).unwrap(), "SQLite, with the WAL".into())
        }
        Theirs::Listed(name, end, counted) => {
            let folder = tempfile::tempdir().unwrap();
            let list = plist::Value::from_file(unzipped(corpus, name, end, folder.path())).unwrap();
            (counted(&list), "crate plist".into())
        }
        Theirs::Sqlite(file, query) => {
            let folder = tempfile::tempdir().unwrap();
            let copied = folder.path().join("copy.db");
            copy(corpus.join(file), &copied).unwrap();
            let database = rusqlite::Connection::open(copied).unwrap();
            (database.query_row(query, [], |row| row.get(0)).unwrap(), "SQLite".into())
        }
    }
}

/// Findings by code.
fn findings(report: &Value) -> BTreeMap<&str, usize> {
    let mut found = BTreeMap::new();
    for code in records(report, "findings").iter().map(|finding| finding["code"].as_str().unwrap()) {
        *found.entry(code).or_insert(0) += 1;
    }
    found
}

fn assert_coverage_adds_up(name: &str, report: &Value) {
    for table in report["coverage"]["tables"].as_array().unwrap() {
        let number = |key: &str| table[key].as_u64().unwrap();
        let told = number("records") + number("excluded") + number("repeated") + number("unreadable");
        assert_eq!(number("rows"), told, "{name}: {table}");
    }
}

fn assert_fits_the_schema(name: &str, report: &Value) {
    static SCHEMA: OnceLock<jsonschema::Validator> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| {
        let printed = affiant(&["schema"]).output().unwrap();
        jsonschema::validator_for(&serde_json::from_slice(&printed.stdout).unwrap()).unwrap()
    });
    let faults: Vec<String> =
        schema.iter_errors(report).map(|fault| format!("{}: {fault}", fault.instance_path)).take(5).collect();
    assert!(faults.is_empty(), "{name}: {}", faults.join("\n"));
}

fn assert_verifies(name: &str, run: &Run, evidence: &Path) {
    let arguments = ["verify", run.output.to_str().unwrap(), evidence.to_str().unwrap()];
    let verified = affiant(&arguments).output().unwrap();
    let said = String::from_utf8_lossy(&verified.stdout);
    assert_eq!(verified.status.code(), Some(0), "{name}: {said}");
}

fn assert_sound(name: &str, run: &Run, evidence: &Path) {
    assert_coverage_adds_up(name, &run.report);
    assert_fits_the_schema(name, &run.report);
    assert_verifies(name, run, evidence);
}

/// Runs a case, prints its lines of the table and gives what does not agree.
fn differences(corpus: &Path, case: &Case) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let evidence = staged(corpus, case, folder.path());
    let run = run(&evidence);
    assert_sound(case.name, &run, &evidence);
    let mut wrong = Vec::new();
    if run.exit != case.exit {
        wrong.push(format!("{}: exit {} instead of {}", case.name, run.exit, case.exit));
    }
    let found = findings(&run.report);
    if found != expected(case) {
        wrong.push(format!("{}: findings {found:?}", case.name));
    }
    for count in &case.counts {
        let (their_count, by) = theirs(corpus, &count.theirs);
        let (live, older) = ours(&run.report, count.kind, count.table);
        let what = format!("{} {}", count.kind, count.table);
        println!(
            "{:<70} | {what:<32} | {their_count:>4} {by:<40} | {live:>4} live {older:>3} older | {}",
            case.name, count.why
        );
        if (live, older) != (count.live, count.older) {
            wrong.push(format!("{}: {what}: {live} live, {older} older", case.name));
        }
        if their_count != live && count.why.is_empty() {
            wrong.push(format!("{}: {what}: {their_count} against {live}, for no given reason", case.name));
        }
    }
    let named: usize = case
        .counts
        .iter()
        .map(|count| ours(&run.report, count.kind, count.table))
        .map(|(live, older)| live + older)
        .sum();
    let counted: u64 = run.report["counts"]["kinds"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(kind, _)| *kind != "device")
        .map(|(_, count)| count.as_u64().unwrap())
        .sum();
    if named as u64 != counted {
        wrong.push(format!("{}: the table names {named} of {counted} records", case.name));
    }
    wrong
}

fn assert_agree(cases: &[Case]) {
    let Some(corpus) = corpus() else { return };
    let wrong: Vec<String> = cases.iter().flat_map(|case| differences(corpus, case)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn counts_are_those_of_ileapp() {
    assert_agree(&ileapp_cases());
}

#[test]
fn counts_are_those_of_plaso() {
    assert_agree(&plaso_cases());
}

#[test]
fn counts_are_those_of_other_readers() {
    assert_agree(&other_cases());
}

#[test]
fn every_case_of_ileapp_that_a_definition_reads_is_in_the_table() {
    let Some(corpus) = corpus() else { return };
    let named: Vec<&str> = ileapp_cases().iter().map(|case| case.name).collect();
    let folder = corpus.join(ILEAPP).join("cases/data");
    for zip in files(&folder) {
        let name = zip.file_name().unwrap().to_str().unwrap();
        let Some(name) = name.strip_prefix("testdata.").and_then(|name| name.strip_suffix(".zip")) else {
            continue;
        };
        if named.contains(&name) {
            continue;
        }
        let run = run(&folder.join(&zip));
        println!("{name:<70} | no definition reads it");
        assert_eq!(records(&run.report, "files").len(), 0, "{name} is read: give it a line in the table");
        assert_eq!(run.exit, 1, "{name}: nothing of it was read, and the exit status does not say so");
        assert_eq!(findings(&run.report).get("nothing-recognised"), Some(&1), "{name}");
        assert_sound(name, &run, &folder.join(&zip));
    }
}

#[test]
fn a_database_without_a_definition_is_named() {
    let Some(corpus) = corpus() else { return };
    let Evidence::File(zip) = ileapp_zip("googleVoice.googleVoiceCalls.josh_ios17_ffs") else { return };
    let run = run(&corpus.join(zip));
    let found = records(&run.report, "findings");
    let named = found.iter().find(|finding| finding["code"] == "database-without-definition").unwrap();
    assert!(text(&named["path"]).ends_with("/threadingStore.sqlite"), "{named}");
}

#[test]
fn an_encrypted_or_unknown_single_file_is_not_said_to_have_been_read() {
    let Some(corpus) = corpus() else { return };
    for file in [
        "mvt-project+mvt/tests/artifacts/android_backup/backup2.ab",
        "ElDavoo+wa-crypt-tools/tests/res/msgstore.db.crypt14",
    ] {
        let run = run(&corpus.join(file));
        if records(&run.report, "files").is_empty() {
            assert_eq!(run.exit, 1, "{file}");
            assert!(run.said.contains("could not be read in full"), "{}", run.said);
        }
    }
}

/// A column of iLEAPP's rows and a value of our records, as sorted text.
fn compared(
    corpus: &Path,
    (name, result): (&str, &str),
    kind: &str,
    column: impl Fn(&Value) -> String,
    field: impl Fn(&Value) -> String,
) {
    let run = run(&corpus
        .join(ILEAPP)
        .join(format!("cases/data/{}/testdata.{name}.zip", name.split('.').next().unwrap())));
    let mut they: Vec<String> = ileapp_rows(corpus, result).iter().map(column).collect();
    let live = records(&run.report, kind).iter().filter(|record| record["state"] == "live");
    let mut we: Vec<String> = live.map(field).collect();
    they.sort();
    we.sort();
    assert_eq!(we, they, "{result}");
}

/// Whole seconds since 1970 of a time that counts from 2001.
fn unix_seconds(time: &Value) -> i64 {
    time["raw"].as_f64().unwrap().floor() as i64 + 978_307_200
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

#[test]
fn values_are_those_of_ileapp() {
    let Some(corpus) = corpus() else { return };
    let messages = "whatsApp.whatsAppMessages.josh_ios15_ffs";
    compared(
        corpus,
        (messages, messages),
        "messages",
        |row| format!("{} {}", row[0], text(&row[5])),
        |record| format!("{} {}", unix_seconds(&record["sent_at"]), text(&record["body"])),
    );
    let calls = "whatsApp.whatsAppCallHistory.josh_ios15_ffs";
    compared(
        corpus,
        (calls, calls),
        "calls",
        |row| format!("{} {} {} {}", row[0], text(&row[3]).to_lowercase(), text(&row[5]), text(&row[6])),
        |record| {
            let party = &record["counterparty"];
            let started = unix_seconds(&record["started_at"]);
            format!(
                "{started} {} {} {}",
                text(&record["direction"]),
                text(&party["address"]),
                text(&party["name"])
            )
        },
    );
    let contacts = "whatsApp.whatsAppContacts.josh_ios15_ffs";
    compared(
        corpus,
        (contacts, contacts),
        "contacts",
        |row| format!("{} {} {} {}", text(&row[0]), text(&row[3]), text(&row[5]), text(&row[6])),
        |record| {
            let phone = text(&record["phones"][0]["value"]);
            let handle = text(&record["handles"][0]["value"]);
            let book = text(&record["extra"]["address_book_identifier"]);
            format!("{} {phone} {handle} {book}", text(&record["display_name"]))
        },
    );
    let book = "addressBook.addressBook.belkasoft_ctf6_ios_device1";
    compared(
        corpus,
        (book, book),
        "contacts",
        |row| format!("{} {} {} {} {}", row[0], text(&row[1]), text(&row[2]), text(&row[3]), row[5]),
        |record| {
            let (created, updated) =
                (unix_seconds(&record["created_at"]), unix_seconds(&record["updated_at"]));
            let mail = format!("Home: {}", text(&record["emails"][0]["value"]));
            format!(
                "{created} {} {} {mail} {updated}",
                text(&record["given_name"]),
                text(&record["family_name"])
            )
        },
    );
}

#[test]
fn every_identifier_of_a_handset_stands_in_what_ileapp_lists() {
    let Some(corpus) = corpus() else { return };
    for name in ["celWireless.celWireless.mvs_ios_2023", "deviceDatam.deviceDatam.mvs_ios_2023"] {
        let listed = serde_json::to_string(&ileapp_rows(corpus, name)).unwrap();
        let Evidence::File(zip) = ileapp_zip(name) else { continue };
        let run = run(&corpus.join(zip));
        for record in records(&run.report, "device_identifiers") {
            let value = text(&record["value"]);
            assert!(value.len() > 10 && listed.contains(value), "{name}: {record}");
        }
    }
}

#[test]
fn the_first_values_are_those_that_plaso_asserts() {
    let Some(corpus) = corpus() else { return };
    let whole = |file: &str| run(&corpus.join(PLASO).join(file)).report;
    let sms = whole("android/mmssms.db");
    let first = &sms["messages"][0];
    assert_eq!(first["body"], "Yo Fred this is my new number.");
    assert_eq!(first["recipients"][0]["address"], "1 555-521-5554");
    assert_eq!(first["sent_at"]["utc"], "2013-10-29T16:56:28.038Z");
    let outgoing =
        records(&sms, "messages").iter().filter(|message| message["direction"] == "outgoing").count();
    assert_eq!(
        (outgoing, records(&sms, "messages").len() - outgoing),
        (5, 4),
        "android_sms.py: 5 sent, 4 received"
    );
    let calls = whole("android/contacts2.db");
    let missed =
        records(&calls, "calls").iter().find(|call| call["counterparty"]["address"] == "5404561685").unwrap();
    assert_eq!(missed["started_at"]["utc"], "2013-11-06T21:17:16.690Z");
    assert!(records(&calls, "calls").iter().any(|call| call["duration_s"] == 639));
    let chat = whole("sqlite/imessage_chat.db");
    let asked = records(&chat, "messages")
        .iter()
        .find(|message| message["body"] == "Did you try to send me a message?")
        .unwrap();
    assert_eq!(asked["sent_at"]["utc"], "2015-11-30T10:48:40Z");
    assert_eq!((&asked["service"], &asked["direction"]), (&"imessage".into(), &"incoming".into()));
    let wifi = whole("ios/com.apple.wifi.known-networks.plist");
    let point = records(&wifi, "wifi_networks")
        .iter()
        .find(|network| network["bssid"] == "76:a7:41:e7:7c:9d")
        .unwrap();
    assert_eq!(point["extra"]["channel"], 1);
    assert!(text(&point["last_connected_at"]["utc"]).starts_with("2023-05-14T01:15:45"), "{point}");
    assert!(records(&wifi, "wifi_networks").iter().any(|network| network["ssid"] == "Matt_Foley"));
}

#[test]
fn the_whole_corpus_as_one_evidence_is_read_and_verified() {
    let Some(corpus) = corpus() else { return };
    let started = Instant::now();
    let run = run(corpus);
    println!("{} s: {}", started.elapsed().as_secs(), run.report["counts"]["kinds"]);
    assert!(started.elapsed() < Duration::from_secs(60));
    assert_sound("corpus", &run, corpus);
}

/// Runs a command with a limit of time and gives its exit status and the lines on stderr.
fn bounded(arguments: &[&str], limit: Duration) -> (Option<i32>, String) {
    let errors = tempfile::NamedTempFile::new().unwrap();
    let mut running = affiant(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(errors.reopen().unwrap())
        .spawn()
        .unwrap();
    let started = Instant::now();
    loop {
        if let Some(status) = running.try_wait().unwrap() {
            return (status.code(), String::from_utf8_lossy(&read(errors.path()).unwrap()).into_owned());
        }
        if started.elapsed() > limit {
            running.kill().unwrap();
            running.wait().unwrap();
            return (None, format!("killed after {} s", limit.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn no_single_file_of_the_corpus_brings_a_command_down() {
    let Some(corpus) = corpus() else { return };
    let step = if std::env::var_os("AFFIANT_CORPUS_ALL").is_some() { 1 } else { 16 };
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for (index, file) in files(corpus).into_iter().enumerate().step_by(step) {
        let file = corpus.join(file);
        let file = file.to_str().unwrap();
        let output = folder.path().join(index.to_string());
        let parse = ["parse", file, "--quiet", "--no-html", "--output", output.to_str().unwrap()];
        for arguments in [&parse[..], &["identify", file], &["inspect", file, "--dump"]] {
            let (exit, said) = bounded(arguments, Duration::from_secs(60));
            let sound = matches!(exit, Some(0 | 1)) || (exit == Some(2) && said.lines().count() == 1);
            if !sound || said.contains("panicked") {
                wrong.push(format!("{} {file}: {exit:?} {said}", arguments[0]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Members of a zip of iLEAPP, changed, in a new zip.
fn rezipped(from: &Path, to: &Path, change: impl Fn(&str, Vec<u8>) -> Vec<(String, Vec<u8>)>) {
    let mut source = zip::ZipArchive::new(File::open(from).unwrap()).unwrap();
    let mut target = zip::ZipWriter::new(File::create(to).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    for index in 0..source.len() {
        let mut member = source.by_index(index).unwrap();
        let (name, mut bytes) = (member.name().to_owned(), Vec::new());
        std::io::copy(&mut member, &mut bytes).unwrap();
        for (name, bytes) in change(&name, bytes) {
            target.start_file(name, options).unwrap();
            target.write_all(&bytes).unwrap();
        }
    }
    target.finish().unwrap();
}

/// Every loss of a report names a file or an offset, unless the whole evidence is meant.
fn assert_losses_have_a_place(name: &str, run: &Run) {
    let losses: Vec<&Value> =
        records(&run.report, "findings").iter().filter(|finding| finding["loss"] == true).collect();
    assert!(!losses.is_empty(), "{name}: nothing is said to be lost");
    for finding in losses {
        let placed = finding.get("path").is_some() || finding.get("offset").is_some();
        assert!(placed || finding["code"] == "nothing-recognised", "{name}: {finding}");
    }
    assert!(run.said.contains("could not be read in full"), "{name}: {}", run.said);
}

#[test]
fn a_zip_cut_anywhere_gives_what_is_left_and_says_so() {
    let Some(corpus) = corpus() else { return };
    let Evidence::File(zip) = ileapp_zip("accountData.accountData.belkasoft_ctf6_ios_device1") else {
        return;
    };
    let whole = read(corpus.join(zip)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (cut, live, older) in [
        (10, 0, 0),
        (1_000, 0, 0),
        (whole.len() / 3, 16, 0),
        (whole.len() * 2 / 3, 16, 13),
        (whole.len() - 200, 16, 30),
        (whole.len() - 1, 16, 30),
    ] {
        let name = format!("cut at {cut} of {}", whole.len());
        let evidence = folder.path().join(format!("{cut}.zip"));
        write(&evidence, &whole[..cut]).unwrap();
        let run = run(&evidence);
        assert_eq!((run.exit, ours(&run.report, "accounts", "")), (1, (live, older)), "{name}");
        assert_losses_have_a_place(&name, &run);
        assert!(findings(&run.report).contains_key("zip-truncated"), "{name}");
        assert_sound(&name, &run, &evidence);
    }
}

#[test]
fn a_database_cut_inside_a_whole_zip_costs_itself_and_its_neighbour_is_read() {
    let Some(corpus) = corpus() else { return };
    let Evidence::File(zip) = ileapp_zip("whatsApp.whatsAppCallHistory.josh_ios15_ffs") else { return };
    let folder = tempfile::tempdir().unwrap();
    let evidence = folder.path().join("cut.zip");
    rezipped(&corpus.join(zip), &evidence, |name, mut bytes| {
        if name.ends_with("/CallHistory.sqlite") {
            bytes.truncate(bytes.len() / 2 + 77);
        }
        vec![(name.to_owned(), bytes)]
    });
    let run = run(&evidence);
    assert_eq!(run.exit, 1);
    assert_eq!(ours(&run.report, "contacts", ""), (9, 0));
    assert_losses_have_a_place("cut database", &run);
    assert_sound("cut database", &run, &evidence);
}

#[test]
fn members_that_point_out_of_the_zip_are_names_only() {
    let Some(corpus) = corpus() else { return };
    let Evidence::File(zip) = ileapp_zip("whatsApp.whatsAppContacts.josh_ios15_ffs") else { return };
    let folder = tempfile::tempdir().unwrap();
    let evidence = folder.path().join("inside/of/it/out.zip");
    create_dir_all(evidence.parent().unwrap()).unwrap();
    rezipped(&corpus.join(zip), &evidence, |name, bytes| vec![(format!("../../{name}"), bytes)]);
    let run = run(&evidence);
    assert_eq!((run.exit, ours(&run.report, "contacts", "")), (0, (9, 0)));
    assert_eq!(findings(&run.report).get("hostile-name"), Some(&3));
    assert_eq!(files(folder.path()), [Path::new("inside/of/it/out.zip")]);
    assert_sound("zip slip", &run, &evidence);
}

#[test]
fn a_picture_an_empty_file_and_a_text_under_the_name_of_a_database_cost_themselves_alone() {
    let Some(corpus) = corpus() else { return };
    let sms = "data/data/com.android.providers.telephony/databases/mmssms.db";
    let calls = "data/data/com.android.providers.contacts/databases/calllog.db";
    for (code, bytes) in [
        (
            "file-not-of-its-kind",
            &b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"[..],
        ),
        ("empty-file", b""),
        ("file-not-of-its-kind", b"hello"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        for (path, bytes) in
            [(sms, bytes), (calls, &read(corpus.join(ANDRILLER).join("calllog.db")).unwrap())]
        {
            create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
            write(folder.path().join(path), bytes).unwrap();
        }
        let run = run(folder.path());
        assert_eq!((run.exit, ours(&run.report, "calls", "")), (1, (1, 0)), "{code}");
        assert_eq!(findings(&run.report), BTreeMap::from([(code, 1)]));
        assert_losses_have_a_place(code, &run);
        assert_sound(code, &run, folder.path());
    }
}

#[test]
fn an_interior_page_that_points_at_itself_ends_with_its_place() {
    let Some(corpus) = corpus() else { return };
    let mut bytes = read(corpus.join(PLASO).join("sqlite/imessage_chat.db")).unwrap();
    let page_size = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    let interior: Vec<usize> =
        (1..bytes.len() / page_size).filter(|page| bytes[page * page_size] == 5).collect();
    assert!(!interior.is_empty());
    for page in interior {
        let number = u32::try_from(page + 1).unwrap();
        bytes[page * page_size + 8..page * page_size + 12].copy_from_slice(&number.to_be_bytes());
    }
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("private/var/mobile/Library/SMS/sms.db");
    create_dir_all(database.parent().unwrap()).unwrap();
    write(&database, bytes).unwrap();
    let run = run(folder.path());
    println!("{}", run.said);
    assert_eq!(run.exit, 1);
    assert_eq!(ours(&run.report, "conversations", "chat"), (7, 1));
    assert_losses_have_a_place("self-pointing page", &run);
    assert_sound("self-pointing page", &run, folder.path());
}
