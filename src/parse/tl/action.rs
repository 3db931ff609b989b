//! Service messages: their header, the name of the action, and the fields of the actions that say something of a conversation.

use super::Members;
use super::header::{flags, label, long, nested, number, peer, reply, text};
use super::layers::ServiceLayer;
use super::reader::{Reader, Stop};
use crate::parse::{Node, Span, Value};

const REPLY: i32 = 1 << 3;
const FROM: i32 = 1 << 8;
const SAVED_PEER: i32 = 1 << 28;

type Walk = Result<(), Stop>;

/// Reads a service message.
pub(super) fn service<'a>(reader: &mut Reader<'a>, layer: ServiceLayer, members: &mut Members<'a>) -> Walk {
    match layer {
        ServiceLayer::Peers { has_saved_peer } => {
            let flags = flags(reader, members)?;
            number(reader, members, "id")?;
            if flags & FROM != 0 {
                peer(reader, members, "from")?;
            }
            peer(reader, members, "peer")?;
            if has_saved_peer && flags & SAVED_PEER != 0 {
                peer(reader, members, "saved_peer")?;
            }
            if flags & REPLY != 0 {
                nested(reader, members, "reply", reply)?;
            }
        }
        ServiceLayer::Numbers { has_flags, is_sender_optional, has_reply, has_unread } => {
            let flags = if has_flags { flags(reader, members)? } else { 0 };
            number(reader, members, "id")?;
            if !is_sender_optional || flags & FROM != 0 {
                user(reader, members)?;
            }
            peer(reader, members, "peer")?;
            if has_reply && flags & REPLY != 0 {
                number(reader, members, "reply_message")?;
            }
            if has_unread {
                number(reader, members, "out_raw")?;
                number(reader, members, "unread_raw")?;
            }
        }
    }
    number(reader, members, "date")?;
    nested(reader, members, "action", action)
}

/// A sender of an old layer: always a user, by a number of 32 bits.
fn user<'a>(reader: &mut Reader<'a>, members: &mut Members<'a>) -> Walk {
    let (start, mut inner) = (reader.at(), Vec::new());
    reader.put(&mut inner, "kind", Value::Text("user".into()), start);
    number(reader, &mut inner, "id")?;
    reader.put(members, "from", Value::Map(inner), start);
    Ok(())
}

/// Reads the action: `{ constructor, name, … }`.
fn action<'a>(reader: &mut Reader<'a>, members: &mut Members<'a>) -> Walk {
    let start = reader.at();
    let constructor = reader.u32()?;
    reader.put(members, "constructor", Value::Text(format!("{constructor:08x}").into()), start);
    let Some(name) = name(constructor) else { return Err(Stop::Unknown { what: "action", constructor }) };
    members.push(label("name", name, Span::between(start, reader.at())));
    match constructor {
        0xb5a1_ce5a => text(reader, members, "title"),
        0xbd47_cbad | 0xa663_8b9a => {
            text(reader, members, "title")?;
            users(reader, members, constructor == 0xbd47_cbad)
        }
        0x15ce_fd00 | 0x488a_7337 => users(reader, members, constructor == 0x15ce_fd00),
        0xa43f_30cc => long(reader, members, "user"),
        0x0312_24c3 => long(reader, members, "inviter"),
        0xfae6_9f56 => text(reader, members, "text"),
        0x3c13_4d7b => {
            reader.i32()?;
            number(reader, members, "period_s")
        }
        0x80e1_1a7f => call(reader, members),
        _ => Ok(()),
    }
}

/// A vector of users.
fn users<'a>(reader: &mut Reader<'a>, members: &mut Members<'a>, is_long: bool) -> Walk {
    let start = reader.at();
    let constructor = reader.u32()?;
    if constructor != 0x1cb5_c415 {
        return Err(Stop::Unknown { what: "vector", constructor });
    }
    let mut users = Vec::new();
    for _ in 0..reader.i32()?.max(0) {
        let at = reader.at();
        let id = if is_long { reader.i64()? } else { reader.i32()?.into() };
        users.push(Node { value: Value::Integer(id), span: Span::between(at, reader.at()) });
    }
    reader.put(members, "users", Value::List(users), start);
    Ok(())
}

const VIDEO: i32 = 1 << 2;

/// A call: `video` is bit 2 of the flags; the reason hangs on bit 0, the duration on bit 1.
fn call<'a>(reader: &mut Reader<'a>, members: &mut Members<'a>) -> Walk {
    let start = reader.at();
    let flags = reader.i32()?;
    reader.put(members, "video", Value::Bool(flags & VIDEO != 0), start);
    long(reader, members, "call")?;
    if flags & 1 != 0 {
        let start = reader.at();
        let constructor = reader.u32()?;
        let reason = match constructor {
            0x85e4_2301 => "missed",
            0xe095_c1a0 => "disconnected",
            0x57ad_c690 => "hung_up",
            0xfaf7_e8c9 => "busy",
            _ => return Err(Stop::Unknown { what: "reason", constructor }),
        };
        members.push(label("reason", reason, Span::between(start, reader.at())));
    }
    if flags & 2 != 0 {
        number(reader, members, "duration_s")?;
    }
    Ok(())
}

/// What an action does.
fn name(constructor: u32) -> Option<&'static str> {
    Some(match constructor {
        0xbd47_cbad | 0xa663_8b9a => "chat_created",
        0xb5a1_ce5a => "title_changed",
        0x7fcb_13a8 => "photo_changed",
        0x95e3_fbef | 0x95e3_f807 => "photo_removed",
        0x15ce_fd00 | 0x488a_7337 | 0x5e3c_fc4b => "users_added",
        0xa43f_30cc | 0xb2ae_9b0c => "user_removed",
        0x0312_24c3 | 0xf89c_f5e8 => "joined_by_link",
        0xebbc_a3cb => "joined_by_request",
        0x95d2_ac92 => "channel_created",
        0xe103_7f92 | 0x51bd_b021 => "upgraded_to_supergroup",
        0xea39_48e9 | 0xb055_eaee => "migrated_from_group",
        0x94bd_38ed => "message_pinned",
        0x9fba_b604 => "history_cleared",
        0x80e1_1a7f => "phone_call",
        0x2ffe_2f7a => "conference_call",
        0x7a0d_7f42 => "group_call",
        0x502f_92f7 | 0x76b9_f11a => "invited_to_group_call",
        0xb3a0_7661 => "group_call_scheduled",
        0x4792_929b => "screenshot_taken",
        0x3c13_4d7b | 0xaa1a_fbfd => "timer_changed",
        0xf3f2_5f76 | 0x70ef_8294 => "contact_joined",
        0x98e0_d697 => "proximity_reached",
        0x92a7_2876 => "game_score",
        0xfae6_9f56 => "custom",
        0xb6ae_f7b0 => "empty",
        0xc624_b16e | 0x4069_9cd0 | 0x9616_3f56 => "payment_sent",
        0xbf7d_6572 => "content_protection_changed",
        0xabe9_affe | 0xc516_d679 | 0xe7e7_5f97 => "bot_allowed",
        0x0d99_9256 => "topic_created",
        0xb18a_431c | 0xc094_4820 => "topic_edited",
        0xaa78_6345 | 0xb91b_bd3a => "theme_changed",
        0x5060_a3f4 | 0xbc44_a927 => "wallpaper_changed",
        0x57de_635e => "photo_suggested",
        _ => return None,
    })
}
