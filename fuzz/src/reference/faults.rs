//! Sets of faults: what a message may be refused for.

use std::fmt;

use nova_http1::Fault;

/// Every fault that octets can have. `Incomplete` is none of them: the end of a stream has it.
pub const ALL: [Fault; 21] = [
    Fault::Method,
    Fault::Target,
    Fault::RequestLine,
    Fault::Version,
    Fault::VersionUnsupported,
    Fault::LineEnd,
    Fault::FieldName,
    Fault::FieldValue,
    Fault::LineFolding,
    Fault::Host,
    Fault::ContentLength,
    Fault::TransferEncoding,
    Fault::TransferCodingUnknown,
    Fault::LengthAndTransferEncoding,
    Fault::Expectation,
    Fault::Chunk,
    Fault::Trailer,
    Fault::MethodCase,
    Fault::RequestLineTooLong,
    Fault::FieldsTooLarge,
    Fault::ContentTooLarge,
];

/// Several faults at once.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Faults(u32);

impl Faults {
    /// No fault.
    pub const NONE: Self = Self(0);

    /// One fault.
    pub const fn one(fault: Fault) -> Self {
        Self(1 << fault as u32)
    }

    /// These and one more.
    #[must_use]
    pub const fn or(self, fault: Fault) -> Self {
        Self(self.0 | Self::one(fault).0)
    }

    /// Adds a fault.
    pub fn add(&mut self, fault: Fault) {
        *self = self.or(fault);
    }

    /// Whether `fault` is one of them.
    pub const fn has(self, fault: Fault) -> bool {
        self.0 & Self::one(fault).0 != 0
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(ALL.iter().filter(|&&fault| self.has(fault))).finish()
    }
}
