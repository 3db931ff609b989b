//! The fields of a message up to its text, with the headers of a forward and of a reply.

use std::borrow::Cow;

use super::Members;
use super::layers::Layer;
use super::reader::{Reader, Stop};
use crate::parse::{Node, Span, Value};

/// Bits of the flags of a message.
const OUT: i32 = 1 << 1;
const FORWARD: i32 = 1 << 2;
const REPLY: i32 = 1 << 3;
const BUTTONS: i32 = 1 << 6;
const MARKS: i32 = 1 << 7;
const FROM: i32 = 1 << 8;
const MEDIA: i32 = 1 << 9;
const VIEWS: i32 = 1 << 10;
const VIA_BOT: i32 = 1 << 11;
const EDITED: i32 = 1 << 15;
const REPLIES: i32 = 1 << 23;
const SAVED_PEER: i32 = 1 << 28;
const BOOSTS: i32 = 1 << 29;
/// Of the second flags.
const BUSINESS_BOT: i32 = 1;
const RANK: i32 = 1 << 12;
const GUEST: i32 = 1 << 19;

type Walk = Result<(), Stop>;

/// Reads a message up to its text, and behind it what can be reached.
pub(super) fn message<'a>(reader: &mut Reader<'a>, layer: Layer, members: &mut Members<'a>) -> Walk {
    let flags = flags(reader, members)?;
    let more = if layer >= Layer::Flags2 { reader.i32()? } else { 0 };
    number(reader, members, "id")?;
    if flags & FROM != 0 {
        peer(reader, members, "from")?;
    }
    if layer >= Layer::Flags2 && flags & BOOSTS != 0 {
        reader.i32()?;
    }
    if layer >= Layer::Rank && more & RANK != 0 {
        text(reader, members, "from_rank")?;
    }
    peer(reader, members, "peer")?;
    if flags & SAVED_PEER != 0 {
        peer(reader, members, "saved_peer")?;
    }
    if flags & FORWARD != 0 {
        nested(reader, members, "forward", forward)?;
    }
    if flags & VIA_BOT != 0 {
        long(reader, members, "via_bot")?;
    }
    if layer >= Layer::Flags2 && more & BUSINESS_BOT != 0 {
        long(reader, members, "via_business_bot")?;
    }
    if layer >= Layer::Guest && more & GUEST != 0 {
        peer(reader, members, "via_guest")?;
    }
    if flags & REPLY != 0 {
        nested(reader, members, "reply", reply)?;
    }
    number(reader, members, "date")?;
    text(reader, members, "text")?;
    behind_text(reader, flags, members)
}

/// Media, buttons and marks are objects that this reader does not follow; where there are none the date of the last edit is near.
fn behind_text<'a>(reader: &mut Reader<'a>, flags: i32, members: &mut Members<'a>) -> Walk {
    if flags & MEDIA != 0 {
        let start = reader.at();
        let constructor = reader.rest().first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
        if let Some(constructor) = constructor {
            let value = Value::Text(format!("{constructor:08x}").into());
            let span = Span::between(start, start.saturating_add(4));
            members.push(("media".into(), Node { value, span }));
        }
        return Ok(());
    }
    if flags & (BUTTONS | MARKS | REPLIES) != 0 {
        return Ok(());
    }
    if flags & VIEWS != 0 {
        number(reader, members, "views")?;
        number(reader, members, "forwards")?;
    }
    if flags & EDITED != 0 {
        number(reader, members, "edit_date")?;
    }
    Ok(())
}

/// The flags, and what they say by themselves.
pub(super) fn flags<'a>(reader: &mut Reader<'a>, members: &mut Members<'a>) -> Result<i32, Stop> {
    let start = reader.at();
    let flags = reader.i32()?;
    reader.put(members, "flags", Value::Integer(flags.cast_unsigned().into()), start);
    reader.put(members, "out", Value::Bool(flags & OUT != 0), start);
    Ok(flags)
}

pub(super) fn number<'a>(reader: &mut Reader<'a>, members: &mut Members<'a>, name: &'static str) -> Walk {
    let start = reader.at();
    let value = reader.i32()?;
    reader.put(members, name, Value::Integer(value.into()), start);
    Ok(())
}

pub(super) fn long<'a>(reader: &mut Reader<'a>, members: &mut Members<'a>, name: &'static str) -> Walk {
    let start = reader.at();
    let value = reader.i64()?;
    reader.put(members, name, Value::Integer(value), start);
    Ok(())
}

pub(super) fn text<'a>(reader: &mut Reader<'a>, members: &mut Members<'a>, name: &'static str) -> Walk {
    let start = reader.at();
    let value = reader.text()?;
    reader.put(members, name, value, start);
    Ok(())
}

/// A peer as `{ kind, id }`.
pub(super) fn peer<'a>(reader: &mut Reader<'a>, members: &mut Members<'a>, name: &'static str) -> Walk {
    let start = reader.at();
    let constructor = reader.u32()?;
    let (kind, is_long) = match constructor {
        0x5951_1722 => ("user", true),
        0x36c6_019a => ("chat", true),
        0xa2a5_371e => ("channel", true),
        0x9db1_bc6d => ("user", false),
        0xbad0_e5bb => ("chat", false),
        0xbddd_e532 => ("channel", false),
        _ => return Err(Stop::Unknown { what: "peer", constructor }),
    };
    let mut inner = Vec::new();
    reader.put(&mut inner, "kind", Value::Text(kind.into()), start);
    if is_long {
        long(reader, &mut inner, "id")?
    } else {
        number(reader, &mut inner, "id")?
    };
    reader.put(members, name, Value::Map(inner), start);
    Ok(())
}

/// An object below; what of it was read stands even where it breaks.
pub(super) fn nested<'a>(
    reader: &mut Reader<'a>,
    members: &mut Members<'a>,
    name: &'static str,
    read: fn(&mut Reader<'a>, &mut Members<'a>) -> Walk,
) -> Walk {
    let (start, mut inner) = (reader.at(), Vec::new());
    let walked = read(reader, &mut inner);
    reader.put(members, name, Value::Map(inner), start);
    walked
}

/// One field of a header: the bits of its flags that it hangs on (0: it is always there), what it is, its name.
type Step = (i32, Type, &'static str);

#[derive(Debug, Clone, Copy)]
enum Type {
    Number,
    Text,
    Peer,
    Forward,
    Opaque,
}

fn walk<'a>(reader: &mut Reader<'a>, members: &mut Members<'a>, steps: &[Step]) -> Walk {
    let flags = reader.i32()?;
    for (bit, kind, name) in steps {
        if *bit != 0 && flags & bit == 0 {
            continue;
        }
        match kind {
            Type::Number => number(reader, members, name)?,
            Type::Text => text(reader, members, name)?,
            Type::Peer => peer(reader, members, name)?,
            Type::Forward => nested(reader, members, name, forward)?,
            Type::Opaque => return Err(Stop::Opaque(name)),
        }
    }
    Ok(())
}

const FORWARD_169: &[Step] = &[
    (1, Type::Peer, "from"),
    (32, Type::Text, "from_name"),
    (0, Type::Number, "date"),
    (4, Type::Number, "channel_post"),
    (8, Type::Text, "post_author"),
    (16, Type::Peer, "saved_from"),
    (16, Type::Number, "saved_message"),
    (64, Type::Text, "psa_type"),
];

const FORWARD_NOW: &[Step] = &[
    (1, Type::Peer, "from"),
    (32, Type::Text, "from_name"),
    (0, Type::Number, "date"),
    (4, Type::Number, "channel_post"),
    (8, Type::Text, "post_author"),
    (16, Type::Peer, "saved_from"),
    (16, Type::Number, "saved_message"),
    (256, Type::Peer, "saved_sender"),
    (512, Type::Text, "saved_sender_name"),
    (1024, Type::Number, "saved_date"),
    (64, Type::Text, "psa_type"),
];

fn forward<'a>(reader: &mut Reader<'a>, members: &mut Members<'a>) -> Walk {
    let constructor = reader.u32()?;
    match constructor {
        0x4e4d_f4bb => walk(reader, members, FORWARD_NOW),
        0x5f77_7dce => walk(reader, members, FORWARD_169),
        _ => Err(Stop::Unknown { what: "forward header", constructor }),
    }
}

const REPLY_165: &[Step] =
    &[(0, Type::Number, "message"), (1, Type::Peer, "peer"), (2, Type::Number, "top_message")];

/// Each later layer has more of these.
const REPLY_NOW: &[Step] = &[
    (16, Type::Number, "message"),
    (1, Type::Peer, "peer"),
    (32, Type::Forward, "from"),
    (256, Type::Opaque, "media of a reply"),
    (2, Type::Number, "top_message"),
    (64, Type::Text, "quote"),
    (128, Type::Opaque, "marked quote"),
    (1024, Type::Number, "quote_offset"),
    (2048, Type::Number, "task"),
    (4096, Type::Opaque, "poll option"),
];

/// The header of a reply.
pub(super) fn reply<'a>(reader: &mut Reader<'a>, members: &mut Members<'a>) -> Walk {
    let constructor = reader.u32()?;
    let steps = |count: usize| REPLY_NOW.get(..count).unwrap_or(REPLY_NOW);
    match constructor {
        0x1b97_dd66 => walk(reader, members, REPLY_NOW),
        0x6917_560b => walk(reader, members, steps(9)),
        0xafbc_09db => walk(reader, members, steps(8)),
        0x6eeb_cabd => walk(reader, members, steps(7)),
        0xa6d5_7763 => walk(reader, members, REPLY_165),
        0x0e5a_f939 => {
            peer(reader, members, "peer")?;
            number(reader, members, "story")
        }
        0x9c98_bfc1 => {
            long(reader, members, "user")?;
            number(reader, members, "story")
        }
        _ => Err(Stop::Unknown { what: "reply header", constructor }),
    }
}

/// A value as an own member, for what is told by a constructor alone.
pub(super) fn label<'a>(name: &'static str, text: &'static str, span: Span) -> (Cow<'a, str>, Node<'a>) {
    (name.into(), Node { value: Value::Text(text.into()), span })
}
