//! Source description and goodbye (RFC 3550 sections 6.5 and 6.6). Of the descriptions only the CNAME is of use to us.

use super::{append_packet, packet_type};
use crate::bytes::{u8_at, u32_at};
use crate::rtp::Csrcs;
use crate::{Malformed, Ssrc};

const ITEM_END: u8 = 0;
const ITEM_CNAME: u8 = 1;

/// Longest CNAME written; RFC 7022 wants 16 random bytes in base64, which is 24.
pub const CNAME_LEN_MAX: usize = 255;

/// RFC 3550 section 6.5.
#[derive(Clone, Debug)]
pub struct Sdes<'a> {
    chunks: u8,
    rest: &'a [u8],
}

impl<'a> Sdes<'a> {
    pub(super) fn parse(count: u8, body: &'a [u8]) -> Sdes<'a> {
        Sdes {
            chunks: count,
            rest: body,
        }
    }

    /// Source and CNAME of each chunk that has one. A broken chunk ends it.
    pub fn cnames(&self) -> Cnames<'a> {
        Cnames {
            chunks: self.chunks,
            rest: self.rest,
        }
    }
}

/// Iterator over the CNAMEs of an SDES packet.
#[derive(Clone, Debug)]
pub struct Cnames<'a> {
    chunks: u8,
    rest: &'a [u8],
}

impl<'a> Cnames<'a> {
    /// One chunk: SSRC, items, a zero, and zeroes to the next word.
    fn chunk(&mut self) -> Option<(Ssrc, Option<&'a [u8]>)> {
        let ssrc = Ssrc(u32_at(self.rest, 0)?);
        let mut at = 4;
        let mut cname = None;
        loop {
            let kind = u8_at(self.rest, at)?;
            if kind == ITEM_END {
                break;
            }
            let len = usize::from(u8_at(self.rest, at + 1)?);
            let value = self.rest.get(at + 2..at + 2 + len)?;
            if kind == ITEM_CNAME && cname.is_none() {
                cname = Some(value);
            }
            at += 2 + len;
        }
        // The terminator itself takes a byte, so a chunk that ends on a word gets a whole word of zeroes. The last chunk may
        // come without them.
        self.rest = self
            .rest
            .get((at + 1).next_multiple_of(4)..)
            .unwrap_or_default();
        Some((ssrc, cname))
    }
}

impl<'a> Iterator for Cnames<'a> {
    type Item = (Ssrc, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        while self.chunks > 0 {
            self.chunks -= 1;
            match self.chunk() {
                Some((ssrc, Some(cname))) => return Some((ssrc, cname)),
                Some((_, None)) => {}
                None => self.chunks = 0,
            }
        }
        None
    }
}

/// Appends an SDES packet with one CNAME; it is cut at [`CNAME_LEN_MAX`] bytes.
pub fn append_sdes_cname(ssrc: Ssrc, cname: &str, out: &mut Vec<u8>) {
    let cname = cname.as_bytes();
    let cname = cname.get(..CNAME_LEN_MAX).unwrap_or(cname);
    append_packet(packet_type::SDES, 1, out, |out| {
        out.extend_from_slice(&ssrc.0.to_be_bytes());
        out.extend_from_slice(&[ITEM_CNAME, cname.len() as u8]);
        out.extend_from_slice(cname);
        out.push(ITEM_END);
    });
}

/// RFC 3550 section 6.6. The reason text is not read.
#[derive(Clone, Debug)]
pub struct Bye<'a> {
    sources: &'a [u8],
}

impl<'a> Bye<'a> {
    pub(super) fn parse(count: u8, body: &'a [u8]) -> Result<Bye<'a>, Malformed> {
        let sources = body
            .get(..4 * usize::from(count))
            .ok_or(Malformed::Length)?;
        Ok(Bye { sources })
    }

    /// Who leaves.
    pub fn sources(&self) -> Csrcs<'a> {
        Csrcs::over(self.sources)
    }
}

/// Appends a BYE for up to 31 sources; the rest is left out.
pub fn append_bye(sources: &[Ssrc], out: &mut Vec<u8>) {
    let sources = sources.get(..31).unwrap_or(sources);
    append_packet(packet_type::BYE, sources.len() as u8, out, |out| {
        for ssrc in sources {
            out.extend_from_slice(&ssrc.0.to_be_bytes());
        }
    });
}
