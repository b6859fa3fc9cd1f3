//! Field lines (RFC 9110 §5, RFC 9112 §5): order, case and repeats are kept.

use std::fmt;

/// One field line: the name as it was sent and the value without the white space around it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// A token (RFC 9110 §5.1); compare it without case.
    pub name: &'a [u8],
    /// Field value (RFC 9110 §5.5), octets as sent: not necessarily UTF-8.
    pub value: &'a [u8],
}

impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, value) =
            (String::from_utf8_lossy(self.name), String::from_utf8_lossy(self.value));
        write!(f, "{name}: {value}")
    }
}

/// Where a field line lies within the octets of its section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Span {
    /// Offset of the first octet of the name.
    pub name: u32,
    /// Octets in the name.
    pub name_len: u32,
    /// Offset of the first octet of the value.
    pub value: u32,
    /// Octets in the value.
    pub value_len: u32,
}

/// A field section: the field lines of a head or of a trailer section, in the order of the wire.
///
/// It is a view; how the lines are kept is not part of the contract (HTTP/1 knows where they lie in
/// the received octets, HTTP/2 makes them from a table).
#[derive(Clone, Copy)]
pub struct Fields<'a>(Repr<'a>);

#[derive(Clone, Copy)]
enum Repr<'a> {
    Spans { octets: &'a [u8], spans: &'a [Span] },
    Slices(&'a [Field<'a>]),
    Pairs(&'a [(&'a str, &'a str)]),
}

impl<'a> Fields<'a> {
    /// No field lines.
    pub const EMPTY: Fields<'static> = Fields(Repr::Slices(&[]));

    /// Field lines that lie in `octets` where `spans` says.
    ///
    /// A span that points outside of `octets` reads as an empty name or value.
    pub const fn from_spans(octets: &'a [u8], spans: &'a [Span]) -> Self {
        Self(Repr::Spans { octets, spans })
    }

    /// Field lines that lie anywhere.
    pub const fn from_slices(fields: &'a [Field<'a>]) -> Self {
        Self(Repr::Slices(fields))
    }

    /// Field lines as an application writes them: name, value.
    pub const fn from_pairs(pairs: &'a [(&'a str, &'a str)]) -> Self {
        Self(Repr::Pairs(pairs))
    }

    /// Where they lie, if they are a part of received octets.
    pub(crate) const fn spans(&self) -> &'a [Span] {
        match self.0 {
            Repr::Spans { spans, .. } => spans,
            Repr::Slices(_) | Repr::Pairs(_) => &[],
        }
    }

    /// How many field lines there are.
    pub const fn len(&self) -> usize {
        match self.0 {
            Repr::Spans { spans, .. } => spans.len(),
            Repr::Slices(fields) => fields.len(),
            Repr::Pairs(pairs) => pairs.len(),
        }
    }

    /// Whether there is no field line.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The field line at `index`, counted from zero.
    pub fn at(&self, index: usize) -> Option<Field<'a>> {
        match self.0 {
            Repr::Spans { octets, spans } => spans.get(index).map(|span| Field {
                name: slice(octets, span.name, span.name_len),
                value: slice(octets, span.value, span.value_len),
            }),
            Repr::Slices(fields) => fields.get(index).copied(),
            Repr::Pairs(pairs) => pairs
                .get(index)
                .map(|(name, value)| Field { name: name.as_bytes(), value: value.as_bytes() }),
        }
    }

    /// All field lines in order.
    pub fn iter(&self) -> impl Iterator<Item = Field<'a>> + use<'a> {
        let fields = *self;
        (0..fields.len()).filter_map(move |index| fields.at(index))
    }

    /// The values of all field lines called `name` (compared without case), in order.
    pub fn all<'n>(&self, name: &'n str) -> impl Iterator<Item = &'a [u8]> + use<'a, 'n> {
        self.iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name.as_bytes()))
            .map(|field| field.value)
    }

    /// The value of the first field line called `name` (compared without case).
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next()
    }
}

fn slice(octets: &[u8], start: u32, len: u32) -> &[u8] {
    let start = start as usize;
    octets.get(start..start + len as usize).unwrap_or_default()
}

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
