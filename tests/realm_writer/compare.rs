//! Whether a node that the writer would write is the one that a file has: the check of the writer where no second reader knows the format.

use super::node::{Child, Node};
use super::{Cell, Field, Format, leaves};

/// How a node of a file is like one that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// Byte for byte, but for refs.
    Equal,
    /// The same layout and number of elements, of another width.
    Wider,
    Other,
}

/// The leaf of a column of format 24.
pub struct Leaf(Node);

/// What the writer would write for these values.
pub fn leaf_as_it_would_be(field: &Field, cells: &[&Cell]) -> Leaf {
    Leaf(leaves::column(Format::TwentyFour, field, cells))
}

/// The ref at a place of an array of refs.
pub fn reference(file: &[u8], offset: u64, at: usize) -> Option<u64> {
    let node = file.get(offset as usize..)?;
    let width = [0, 1, 2, 4, 8, 16, 32, 64][usize::from(node[4] & 7)] / 8;
    let element = node.get(8 + at * width..8 + (at + 1) * width).filter(|element| !element.is_empty())?;
    let mut bytes = [0; 8];
    bytes[..width].copy_from_slice(element);
    Some(u64::from_le_bytes(bytes)).filter(|reference| *reference != 0 && reference & 1 == 0)
}

/// Compares a tree with the one at an offset of a file.
pub fn likeness(file: &[u8], offset: u64, made: &Leaf) -> Likeness {
    of(file, offset, &made.0)
}

fn of(file: &[u8], offset: u64, made: &Node) -> Likeness {
    let found = &file[offset as usize..];
    match made {
        Node::Bytes(bytes) if found.starts_with(bytes) => Likeness::Equal,
        // Flags but for the width, and the number of elements.
        Node::Bytes(bytes) if found[4] & !7 == bytes[4] & !7 && found[5..8] == bytes[5..8] => Likeness::Wider,
        Node::Bytes(_) => Likeness::Other,
        Node::Refs { is_inner, has_context, children } => {
            let flags = 0x40 | u8::from(*is_inner) << 7 | u8::from(*has_context) << 5;
            if found[4] & !7 != flags || found[6..8] != (children.len() as u16).to_be_bytes() {
                return Likeness::Other;
            }
            let child =
                |(at, (_, child)): (usize, &(String, Child))| match (child, reference(file, offset, at)) {
                    (Child::Node(child), Some(reference)) => of(file, reference, child),
                    (Child::Null, None) => Likeness::Equal,
                    _ => Likeness::Other,
                };
            children.iter().enumerate().map(child).max().unwrap_or(Likeness::Equal)
        }
    }
}
