//! The closed list of record kinds and of the fields of each (DESIGN section 6). One table from which definitions are
//! checked, records are written and the JSON Schema is printed, so that the three cannot disagree.

pub use super::objects::{ATTACHMENT, COLUMN, EDIT, ENTRY, LOCATION, PARTY, QUOTED, REACTION};

/// One kind of record: a contact, a message, …
#[derive(Debug)]
pub struct Kind {
    /// The name used by `kind = "…"` in a definition and as the first part of a record id.
    pub name: &'static str,
    /// The key of the report that holds the records of this kind.
    pub plural: &'static str,
    /// Whether the key stands in every report, even over an empty list.
    pub always_present: bool,
    /// What one record of it is.
    pub doc: &'static str,
    /// Its fields, in the order in which they are written.
    pub fields: &'static [Field],
}

/// One field of a record or of an object inside it.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in definitions and in the report.
    pub name: &'static str,
    /// What it may hold.
    pub holds: Holds,
    /// What it means for an examiner.
    pub doc: &'static str,
}

/// What a field may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Text.
    Text,
    /// The label of a code; where the list is not empty, one of it. A code without a label stays raw.
    Code(&'static [&'static str]),
    /// A truth value.
    Bool,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A length of time in seconds.
    Seconds,
    /// A moment: `{utc, raw, unit}`.
    Time,
    /// An object with fields of its own.
    Object(&'static [Field]),
    /// A list of such objects.
    Objects(&'static [Field]),
    /// A list of texts.
    Texts,
}

impl PartialEq for Kind {
    /// Kinds are told apart by their names: the table holds each once.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Kind {}

pub(super) const fn field(name: &'static str, holds: Holds, doc: &'static str) -> Field {
    Field { name, holds, doc }
}

/// The kind that the engine makes of rows on which no definition can be run.
pub const FRAGMENT: &str = "fragment";

/// Every kind, in the order in which the report holds them.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "device",
        plural: "device",
        always_present: true,
        doc: "What the handset says of itself; the report merges all such records into one object.",
        fields: &[
            field("manufacturer", Holds::Text, "Who made it."),
            field("brand", Holds::Text, "Brand it is sold under."),
            field("model", Holds::Text, "Model designation."),
            field("model_number", Holds::Text, "Sales model number."),
            field("product", Holds::Text, "Product code name or product type (`iPhone12,1`)."),
            field("hardware", Holds::Text, "Board or hardware platform."),
            field("name", Holds::Text, "Name given by its user."),
            field("os", Holds::Text, "Operating system."),
            field("os_version", Holds::Text, "Its version."),
            field("build", Holds::Text, "Its build."),
            field("build_date", Holds::Time, "When the system was built."),
            field("security_patch", Holds::Text, "Security patch level."),
            field("baseband", Holds::Text, "Baseband version."),
            field("bootloader", Holds::Text, "Boot loader version."),
            field("time_zone", Holds::Text, "Time zone set on the handset."),
            field("locale", Holds::Text, "Locale set on the handset."),
            field("language", Holds::Text, "Language set on the handset."),
            field("set_up_at", Holds::Time, "When it was set up."),
            field("last_backup_at", Holds::Time, "When it was last backed up."),
            field("encryption", Holds::Text, "State and kind of storage encryption."),
        ],
    },
    Kind {
        name: "device_identifier",
        plural: "device_identifiers",
        always_present: true,
        doc: "A number or name that tells this handset, its SIM or its installation from others.",
        fields: &[
            field(
                "kind",
                Holds::Code(&[
                    "imei",
                    "imei2",
                    "meid",
                    "esn",
                    "imsi",
                    "iccid",
                    "msisdn",
                    "serial",
                    "eid",
                    "android_id",
                    "ssaid",
                    "advertising_id",
                    "gsf_id",
                    "wifi_mac",
                    "bluetooth_mac",
                    "udid",
                    "ecid",
                    "build_fingerprint",
                    "boot_id",
                    "vendor_id",
                    "instance_id",
                ]),
                "What it identifies.",
            ),
            field("value", Holds::Text, "The identifier as the source holds it."),
            field(
                "valid",
                Holds::Bool,
                "Whether its check digit or form holds; absent where the kind has none. Filled by the engine.",
            ),
            field(
                "subject",
                Holds::Text,
                "Whom it belongs to where not the handset itself (package of an SSAID).",
            ),
            field("label", Holds::Text, "Label that the source gives it (name of a SIM)."),
            field("slot", Holds::Integer, "SIM slot, counted from 0."),
            field("carrier", Holds::Text, "Carrier name."),
            field("last_seen_at", Holds::Time, "When the source last saw it."),
        ],
    },
    Kind {
        name: "account",
        plural: "accounts",
        always_present: true,
        doc: "An account that the handset holds.",
        fields: &[
            field("native_id", Holds::Text, "Its identifier in the source."),
            field("identifier", Holds::Text, "User name, address or number of the account."),
            field("display_name", Holds::Text, "Name shown."),
            field("phone", Holds::Text, "Phone number of it."),
            field("email", Holds::Text, "E-mail address of it."),
            field("created_at", Holds::Time, "When it was made on the handset."),
        ],
    },
    Kind {
        name: "contact",
        plural: "contacts",
        always_present: true,
        doc: "A person or organisation in an address book.",
        fields: &[
            field("native_id", Holds::Text, "Its identifier in the source."),
            field("display_name", Holds::Text, "Name shown."),
            field("given_name", Holds::Text, "Given name."),
            field("middle_name", Holds::Text, "Middle name."),
            field("family_name", Holds::Text, "Family name."),
            field("nickname", Holds::Text, "Nickname."),
            field("organization", Holds::Text, "Organisation."),
            field("department", Holds::Text, "Department."),
            field("job_title", Holds::Text, "Job title."),
            field("birthday", Holds::Text, "Birthday as the source holds it."),
            field("phones", Holds::Objects(ENTRY), "Phone numbers."),
            field("emails", Holds::Objects(ENTRY), "E-mail addresses."),
            field("addresses", Holds::Objects(ENTRY), "Postal addresses."),
            field("handles", Holds::Objects(ENTRY), "Handles of other services."),
            field("urls", Holds::Objects(ENTRY), "Web addresses."),
            field("events", Holds::Objects(ENTRY), "Dated events (anniversary, birthday)."),
            field("relations", Holds::Objects(ENTRY), "Related people."),
            field("notes", Holds::Texts, "Notes."),
            field("groups", Holds::Texts, "Groups it is in."),
            field("favourite", Holds::Bool, "Marked as favourite."),
            field("blocked", Holds::Bool, "Blocked."),
            field("deleted", Holds::Bool, "Marked as deleted by the source itself."),
            field("account", Holds::Text, "Account it belongs to."),
            field("times_contacted", Holds::Integer, "How often, as the source counts."),
            field("last_contacted_at", Holds::Time, "When last contacted."),
            field("created_at", Holds::Time, "When made."),
            field("updated_at", Holds::Time, "When last changed."),
        ],
    },
    Kind {
        name: "message",
        plural: "messages",
        always_present: true,
        doc: "One message of any service.",
        fields: &[
            field("native_id", Holds::Text, "Its identifier in the source."),
            field("conversation", Holds::Text, "Native identifier of its conversation."),
            field("direction", Holds::Code(&["incoming", "outgoing"]), "Seen from the handset."),
            field("sender", Holds::Object(PARTY), "Who sent it."),
            field("recipients", Holds::Objects(PARTY), "Whom it was sent to."),
            field("participants", Holds::Objects(PARTY), "Parties whose role the source does not tell."),
            field("type", Holds::Code(&[]), "What it is: text, image, system, …"),
            field("subject", Holds::Text, "Subject line."),
            field("body", Holds::Text, "Text."),
            field("status", Holds::Code(&[]), "Delivery state."),
            field("folder", Holds::Code(&[]), "Box it lies in: inbox, sent, draft, …"),
            field("read", Holds::Bool, "Whether it was read."),
            field("sent_at", Holds::Time, "When sent."),
            field("received_at", Holds::Time, "When received."),
            field("delivered_at", Holds::Time, "When delivered to the other side."),
            field("read_at", Holds::Time, "When read."),
            field("stored_at", Holds::Time, "When stored on the handset."),
            field("edited_at", Holds::Time, "When last edited."),
            field("deleted_at", Holds::Time, "When deleted, as the source itself says."),
            field("expires_at", Holds::Time, "When it was to vanish."),
            field("attachments", Holds::Objects(ATTACHMENT), "Files it carries or names."),
            field("reply_to", Holds::Text, "Native identifier of the message it answers."),
            field("quoted", Holds::Object(QUOTED), "The message it quotes, as quoted."),
            field("reactions", Holds::Objects(REACTION), "Reactions to it."),
            field("edits", Holds::Objects(EDIT), "Its other texts."),
            field("forwarded", Holds::Bool, "Whether it was forwarded."),
            field("location", Holds::Object(LOCATION), "A place it carries."),
        ],
    },
    Kind {
        name: "conversation",
        plural: "conversations",
        always_present: true,
        doc: "A thread, chat or group.",
        fields: &[
            field("native_id", Holds::Text, "Its identifier in the source."),
            field("name", Holds::Text, "Name shown."),
            field("type", Holds::Code(&["direct", "group", "broadcast"]), "What it is."),
            field("participants", Holds::Objects(PARTY), "Who is in it."),
            field("created_at", Holds::Time, "When made."),
            field("last_message_at", Holds::Time, "When its last message came, as the source says it."),
            field("archived", Holds::Bool, "Archived."),
            field("muted", Holds::Bool, "Muted."),
        ],
    },
    Kind {
        name: "call",
        plural: "calls",
        always_present: true,
        doc: "One call, made, taken or missed.",
        fields: &[
            field("native_id", Holds::Text, "Its identifier in the source."),
            field("direction", Holds::Code(&["incoming", "outgoing"]), "Seen from the handset."),
            field("counterparty", Holds::Object(PARTY), "The other side."),
            field("participants", Holds::Objects(PARTY), "All other sides of a group call."),
            field("type", Holds::Code(&["voice", "video"]), "Voice or video."),
            field("answered", Holds::Bool, "Whether it was taken."),
            field("status", Holds::Code(&[]), "How it ended: missed, rejected, blocked, voicemail, …"),
            field("started_at", Holds::Time, "When it began."),
            field("ended_at", Holds::Time, "When it ended, as the source says it."),
            field("duration_s", Holds::Seconds, "How long it lasted."),
            field("location", Holds::Object(LOCATION), "Place that the source gives."),
        ],
    },
    Kind {
        name: "trace",
        plural: "traces",
        always_present: false,
        doc: "A sign of a record that is not there: a deletion marker, a row that refers to a message that is gone.",
        fields: &[
            field(
                "of",
                Holds::Code(&["message", "call", "contact", "account", "conversation"]),
                "What kind of record is gone.",
            ),
            field("native_id", Holds::Text, "Its identifier in the source, as the sign gives it."),
            field("type", Holds::Code(&[]), "What the sign is."),
            field("conversation", Holds::Text, "Native identifier of its conversation."),
            field("name", Holds::Text, "A name that the sign gives."),
            field("counterparty", Holds::Object(PARTY), "A party that the sign gives."),
            field("participants", Holds::Objects(PARTY), "Parties that the sign gives."),
            field("body", Holds::Text, "Text that is left of it."),
            field("attachments", Holds::Objects(ATTACHMENT), "Files that it carried."),
            field("entries", Holds::Objects(ENTRY), "Numbers and addresses that are left of a contact."),
            field("at", Holds::Time, "A time of the record itself."),
            field("deleted_at", Holds::Time, "When it was removed, as the source says."),
        ],
    },
    Kind {
        name: FRAGMENT,
        plural: "fragments",
        always_present: false,
        doc: "A row of which so little can be told that no definition could be run on it: which table it belongs to, or whether a \
              rule takes it. Made by the engine, never by a definition.",
        fields: &[
            field(
                "table_candidates",
                Holds::Texts,
                "The tables that it may be of; none: no known table has rows of this shape.",
            ),
            field(
                "columns",
                Holds::Objects(COLUMN),
                "What is left of it, in the order in which it is stored.",
            ),
            field("reason", Holds::Text, "Why no definition could be run on it, and how it was made out."),
        ],
    },
    Kind {
        name: "wifi_network",
        plural: "wifi_networks",
        always_present: false,
        doc: "A wireless network that the handset knows.",
        fields: &[
            field("ssid", Holds::Text, "Network name."),
            field("bssid", Holds::Text, "Hardware address of the access point."),
            field("security", Holds::Text, "Kind of security."),
            field("hidden", Holds::Bool, "Whether it hides its name."),
            field("created_at", Holds::Time, "When it was added."),
            field("last_connected_at", Holds::Time, "When last joined."),
            field("location", Holds::Object(LOCATION), "Place that the source gives."),
        ],
    },
    Kind {
        name: "installed_app",
        plural: "installed_apps",
        always_present: false,
        doc: "An application that is or was installed.",
        fields: &[
            field("native_id", Holds::Text, "Package name or bundle identifier."),
            field("name", Holds::Text, "Name shown."),
            field("version", Holds::Text, "Version shown."),
            field("version_code", Holds::Text, "Version number for machines."),
            field("installer", Holds::Text, "What installed it."),
            field("installed_at", Holds::Time, "When first installed."),
            field("updated_at", Holds::Time, "When last updated."),
            field("removed_at", Holds::Time, "When removed."),
            field("path", Holds::Text, "Where its code lies."),
            field("container", Holds::Text, "Where its files lie."),
            field("account", Holds::Text, "Account that bought or installed it."),
            field("system", Holds::Bool, "Part of the system."),
            field("enabled", Holds::Bool, "Enabled."),
        ],
    },
];

/// The kind of this name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}
