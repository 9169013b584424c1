//! W3C trace context (<https://www.w3.org/TR/trace-context/>): what belongs to one request, across processes.

use std::fmt;

use tonic::metadata::MetadataMap;
use uuid::Uuid;

/// The name of the header.
pub const HEADER: &str = "traceparent";

/// The trace that a request belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    id: u128,
    parent: u64,
    sampled: bool,
}

impl Trace {
    /// A new trace.
    pub fn begin() -> Self {
        let [_, _, _, _, _, _, _, _, parent @ ..] = *Uuid::new_v4().as_bytes();
        Self {
            id: Uuid::new_v4().as_u128(),
            parent: u64::from_be_bytes(parent),
            sampled: true,
        }
    }

    /// The trace that a header names; `None` where it is malformed.
    pub fn parse(header: &str) -> Option<Self> {
        let mut parts = header.split('-');
        let (version, trace, span, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let lower_hex = |text: &str, length: usize| {
            text.len() == length
                && text
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        if !lower_hex(version, 2)
            || version == "ff"
            || !lower_hex(trace, 32)
            || !lower_hex(span, 16)
            || !lower_hex(flags, 2)
            || (version == "00" && parts.next().is_some())
        {
            return None;
        }
        let id = u128::from_str_radix(trace, 16).ok().filter(|id| *id != 0)?;
        let parent = u64::from_str_radix(span, 16).ok().filter(|id| *id != 0)?;
        let sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
        Some(Self {
            id,
            parent,
            sampled,
        })
    }

    /// The trace of a request, or a new one.
    pub fn of(metadata: &MetadataMap) -> Self {
        let header = metadata.get(HEADER).and_then(|value| value.to_str().ok());
        header.and_then(Self::parse).unwrap_or_else(Self::begin)
    }

    /// Shared by everything that the request sets off.
    pub fn correlation(&self) -> Uuid {
        Uuid::from_u128(self.id)
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = u8::from(self.sampled);
        write!(
            formatter,
            "00-{:032x}-{:016x}-{flags:02x}",
            self.id, self.parent
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_reads_back_and_nonsense_begins_a_new_one() {
        let trace = Trace::begin();
        assert_eq!(Trace::parse(&trace.to_string()), Some(trace));
        for nonsense in [
            "",
            "00-0-0-00",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(Trace::parse(nonsense), None, "{nonsense}");
        }
    }
}
