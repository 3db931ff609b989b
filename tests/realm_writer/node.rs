//! Nodes: eight bytes of header and elements (realm-core, `node_header.hpp`).

/// What stands in an array of refs.
pub(super) enum Child {
    Null,
    Tag(i64),
    Node(Node),
}

/// A tree that is not written yet.
pub(super) enum Node {
    /// A node without refs, with its header.
    Bytes(Vec<u8>),
    /// A node of refs. Each child has a name that it keeps from commit to commit.
    Refs { is_inner: bool, has_context: bool, children: Vec<(String, Child)> },
}

/// A number in the place of a ref.
pub(super) fn tag(number: i64) -> i64 {
    (number << 1) | 1
}

/// Children named by their place.
pub(super) fn numbered(children: Vec<Child>) -> Vec<(String, Child)> {
    children.into_iter().enumerate().map(|(at, child)| (at.to_string(), child)).collect()
}

/// A header, and elements that end with a multiple of eight bytes.
pub(super) fn node(flags: u8, size: usize, elements: &[u8]) -> Vec<u8> {
    let size = &(size as u32).to_be_bytes()[1..];
    let mut bytes = [&b"AAAA"[..], &[flags], size, elements].concat();
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

/// The bits that the widest of these numbers needs.
fn width(numbers: &[i64]) -> u8 {
    let of = |number: &i64| match *number {
        0 => 0,
        1 => 1,
        2..=3 => 2,
        4..=15 => 4,
        -128..=127 => 8,
        -32_768..=32_767 => 16,
        -2_147_483_648..=2_147_483_647 => 32,
        _ => 64,
    };
    numbers.iter().map(of).max().unwrap_or(0)
}

fn packed(numbers: &[i64], width: u8) -> Vec<u8> {
    if width >= 8 {
        return numbers
            .iter()
            .flat_map(|number| number.to_le_bytes()[..usize::from(width / 8)].to_vec())
            .collect();
    }
    let mut bytes = vec![0_u8; (numbers.len() * usize::from(width)).div_ceil(8)];
    for (at, number) in numbers.iter().enumerate().filter(|_| width > 0) {
        let bit = at * usize::from(width);
        bytes[bit / 8] |= (*number as u8) << (bit % 8);
    }
    bytes
}

fn code(width: u8) -> u8 {
    [0, 1, 2, 4, 8, 16, 32, 64].iter().position(|known| *known == width).unwrap() as u8
}

/// Numbers in as few bits as they need.
pub(super) fn ints(numbers: &[i64], has_refs: bool, has_context: bool) -> Vec<u8> {
    let width = width(numbers);
    let flags = code(width) | u8::from(has_refs) << 6 | u8::from(has_context) << 5;
    node(flags, numbers.len(), &packed(numbers, width))
}

/// Numbers in so many bytes, where they would need less.
pub(super) fn wide(numbers: &[i64], length: u64) -> Vec<u8> {
    let widths = [1, 2, 4, 8, 16, 32, 64];
    let all = widths.iter().filter(|wide| **wide >= width(numbers));
    let mut made = all.map(|width| node(code(*width), numbers.len(), &packed(numbers, *width)));
    made.find(|bytes| bytes.len() as u64 == length).unwrap()
}

/// Refs.
pub(super) fn refs(refs: &[i64], is_inner: bool, has_context: bool) -> Vec<u8> {
    let mut bytes = ints(refs, true, has_context);
    bytes[4] |= u8::from(is_inner) << 7;
    bytes
}

/// The bytes of one blob.
pub(super) fn blob(bytes: &[u8]) -> Vec<u8> {
    // The width of a blob is said to be one, its elements are bytes (`wtype_Ignore`).
    node(0x11, bytes.len(), bytes)
}
