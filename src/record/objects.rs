//! The objects that stand inside records: parties, attachments, places, entries.

use super::kinds::{Field, Holds, field};

/// Who sent, received or took part. `name_source` is filled by the engine: the source, table and column that gave `name`.
pub const PARTY: &[Field] = &[
    field("address", Holds::Text, "The address as the source holds it: number, e-mail, JID, UUID, handle."),
    field(
        "kind",
        Holds::Code(&["phone", "email", "jid", "uuid", "handle", "user_id", "address"]),
        "What the address is; `address` where the source does not say.",
    ),
    field("name", Holds::Text, "A name for this party, from the place that `name_source` says."),
    field("name_source", Holds::Text, "Source, table and column that gave the name."),
    field("self", Holds::Bool, "Whether the source says that this party is the owner of the handset."),
];

/// A column of a row on which no definition could be run.
pub const COLUMN: &[Field] = &[
    field("name", Holds::Text, "Its name; `c0`, `c1`, … by position where the table cannot be told."),
    field(
        "type",
        Holds::Code(&["null", "integer", "real", "text", "blob"]),
        "Storage class of the value; absent where nothing is left of it.",
    ),
    field("value", Holds::Code(&[]), "The value as stored; of one that is cut, what is left."),
    field("missing", Holds::Bool, "True: the value could not be read, or not to its end."),
];

/// A file that a message carries or names.
pub const ATTACHMENT: &[Field] = &[
    field("native_id", Holds::Text, "Its identifier in the source."),
    field("name", Holds::Text, "File name shown to the user."),
    field("mime_type", Holds::Text, "Media type as the source says it."),
    field("size", Holds::Integer, "Bytes, as the source says it."),
    field("path", Holds::Text, "Path on the handset, as the source writes it."),
    field("sha256", Holds::Text, "SHA-256 that the source itself recorded, in hex."),
    field("url", Holds::Text, "Where the source says it was fetched from."),
    field("text", Holds::Text, "Text held in the attachment's own row (a vCard, an SMIL part)."),
    field("caption", Holds::Text, "Caption shown with it."),
    field("duration_s", Holds::Seconds, "Playing time."),
    field("width", Holds::Integer, "Pixels."),
    field("height", Holds::Integer, "Pixels."),
    field("created_at", Holds::Time, "When the source says it was made."),
];

/// A place on the earth.
pub const LOCATION: &[Field] = &[
    field("latitude", Holds::Number, "Degrees north, WGS 84."),
    field("longitude", Holds::Number, "Degrees east, WGS 84."),
    field("accuracy_m", Holds::Number, "Radius in metres, as the source says it."),
    field("name", Holds::Text, "Name of the place."),
    field("address", Holds::Text, "Postal address of the place."),
    field("url", Holds::Text, "Link to the place."),
];

/// The message that another one quotes.
pub const QUOTED: &[Field] = &[
    field("native_id", Holds::Text, "Identifier of the quoted message in the source."),
    field("sender", Holds::Object(PARTY), "Who wrote it."),
    field("body", Holds::Text, "Its text as quoted."),
    field("sent_at", Holds::Time, "When it was sent."),
];

/// A reaction to a message.
pub const REACTION: &[Field] = &[
    field("native_id", Holds::Text, "Its identifier in the source."),
    field("sender", Holds::Object(PARTY), "Who reacted."),
    field("value", Holds::Text, "The emoji or the label of the reaction."),
    field("at", Holds::Time, "When."),
];

/// An earlier or later text of an edited message.
pub const EDIT: &[Field] =
    &[field("body", Holds::Text, "The text."), field("at", Holds::Time, "When it was written.")];

/// A number, an e-mail address, a postal address or a handle of a contact.
pub const ENTRY: &[Field] = &[
    field("value", Holds::Text, "The entry."),
    field("label", Holds::Code(&[]), "Home, work, …"),
    field("kind", Holds::Text, "Protocol or service, for handles."),
    field("normalized", Holds::Text, "The form that the source itself normalised."),
];
