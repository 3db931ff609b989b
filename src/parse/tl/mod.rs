//! Telegram messages as the Android client keeps them (`messages_v2.data` of `cache4.db`): an object of the TL language.
//!
//! ```text
//! u32 constructor · i32 flags · [i32 flags 2] · i32 id · [peer from] … peer dialog · [forward] … [reply] · i32 date · text · the rest
//! text   u8 length (254: three bytes more) · UTF-8 · filling to four bytes
//! peer   u32 constructor (user, chat, channel) · i64 (i32 up to layer 132)
//! ```
//!
//! Which fields there are hangs on the constructor, of which each layer of the protocol has its own. The reader is strict: it knows
//! the constructors below and no other, follows the fields one by one up to the text (of a service message up to the action), and
//! keeps what comes behind (media, buttons, marks, reactions) as `rest`. It does not search for a text that it cannot reach: such
//! a message has `rest` from there on, and that is a loss.
//!
//! Constructors and the order of fields: <https://github.com/DrKLO/Telegram>, `TLRPC.java` and `TL_legacy_message.java`; and
//! <https://github.com/abrignoni/ALEAPP/blob/main/scripts/artifacts/telegramAndroid.py>, which collects them with their layers.

mod action;
mod header;
mod layers;
mod reader;

use std::borrow::Cow;

use super::error::small_hex;
use super::tree::{Findings, place};
use super::{Document, Error, Node, Span, Value};
use layers::{Shape, shape};
use reader::{Reader, Stop};

type Members<'a> = Vec<(Cow<'a, str>, Node<'a>)>;

/// Reads one message: `{ constructor, kind, flags, id, from, peer, forward, reply, date, text, out, action, rest … }`.
///
/// # Errors
/// [`Error::Short`] where there is not even a constructor.
pub fn message(input: &[u8]) -> Result<Document<'_>, Error> {
    let mut reader = Reader::new(input);
    let (constructor, mut members) = match reader.u32() {
        Ok(constructor) => (constructor, Vec::new()),
        Err(_) => {
            let what = "the constructor of a TL message".to_owned();
            return Err(Error::Short { offset: 0, what, left: input.len(), found: small_hex(input) });
        }
    };
    reader.put(&mut members, "constructor", Value::Text(format!("{constructor:08x}").into()), 0);
    let mut findings = Findings::default();
    let walked = match shape(constructor) {
        Some(Shape::Message(layer)) => {
            reader.put(&mut members, "kind", Value::Text("message".into()), 0);
            header::message(&mut reader, layer, &mut members)
        }
        Some(Shape::Service(layer)) => {
            reader.put(&mut members, "kind", Value::Text("service".into()), 0);
            action::service(&mut reader, layer, &mut members)
        }
        None => Err(Stop::Unknown { what: "message", constructor }),
    };
    if let Err(stop) = walked {
        findings.loss("tl-not-decoded", reader.at(), stop.to_string());
    }
    let (at, rest) = (reader.at(), reader.rest());
    if !rest.is_empty() {
        reader.put(&mut members, "rest", Value::Blob(Cow::Borrowed(rest)), at);
    }
    let span = Span { offset: 0, length: place(input.len()) };
    Ok(Document { root: Node { value: Value::Map(members), span }, findings: findings.into_vec() })
}

#[cfg(test)]
mod tests;
