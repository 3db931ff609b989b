//! The constructors of messages, by the layers of the protocol that wrote them.

/// What a constructor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Message(Layer),
    Service(ServiceLayer),
}

/// What tells the layers of a message apart: each has all that stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layer {
    /// One number of flags.
    Flags,
    /// Two of them (layer 179 on), and boosts.
    Flags2,
    /// A rank of the sender (224 on).
    Rank,
    /// A guest of the chat (226 on).
    Guest,
}

/// What tells the layers of a service message apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ServiceLayer {
    /// Up to layer 118: the sender and what it answers are plain numbers.
    Numbers { has_flags: bool, is_sender_optional: bool, has_reply: bool, has_unread: bool },
    /// Peers, and a header of the reply.
    Peers { has_saved_peer: bool },
}

const NUMBERS: ServiceLayer =
    ServiceLayer::Numbers { has_flags: true, is_sender_optional: true, has_reply: false, has_unread: false };

/// The shape of a constructor.
pub(super) fn shape(constructor: u32) -> Option<Shape> {
    Some(match constructor {
        0xa66c_7efc | 0x1e4c_8a69 | 0x76be_c211 | 0x3811_6ee0 | 0x85d6_cbe2 | 0xbce3_83d2 | 0x58ae_39c9
        | 0xf52e_6b7f => Shape::Message(Layer::Flags),
        0x9cb4_90e9 | 0xb92f_76cf | 0x9815_cec8 | 0xeabc_dd4d | 0x96fd_bbe9 | 0x9434_5242 | 0xbde0_9c2e
        | 0x2357_bf25 => Shape::Message(Layer::Flags2),
        0x3ae5_6482 => Shape::Message(Layer::Rank),
        0x95ef_6f2b | 0x7600_b9d3 => Shape::Message(Layer::Guest),
        0x7a80_0e0a => Shape::Service(ServiceLayer::Peers { has_saved_peer: true }),
        0xd3d2_8540 | 0x2b08_5862 | 0x286f_a604 => {
            Shape::Service(ServiceLayer::Peers { has_saved_peer: false })
        }
        0x9e19_a1f6 => Shape::Service(ServiceLayer::Numbers {
            has_flags: true,
            is_sender_optional: true,
            has_reply: true,
            has_unread: false,
        }),
        0xc06b_9607 => Shape::Service(NUMBERS),
        0x1d86_f70e => Shape::Service(ServiceLayer::Numbers {
            has_flags: true,
            is_sender_optional: false,
            has_reply: false,
            has_unread: false,
        }),
        0x9f8d_60bb => Shape::Service(ServiceLayer::Numbers {
            has_flags: false,
            is_sender_optional: false,
            has_reply: false,
            has_unread: true,
        }),
        _ => return None,
    })
}
