//! RTCP (RFC 3550 section 6, RFC 4585, RFC 5104, RFC 5506): reading compound packets, writing our own.

pub mod description;
pub mod feedback;
pub mod report;
pub mod twcc;

pub use description::{Bye, Sdes, append_bye, append_sdes_cname};
pub use feedback::{
    Fir, FirEntry, Nack, Pli, Remb, append_fir, append_nack, append_pli, append_remb,
};
pub use report::{
    ReceiverReport, ReportBlock, SenderReport, append_receiver_report, append_sender_report,
};
pub use twcc::{FeedbackHead, TransportFeedback, append_transport_feedback};

use crate::bytes::{u8_at, u16_at, u32_at};
use crate::rtp::VERSION_2;
use crate::{Malformed, Ssrc};

/// Packet types (RFC 3550 section 12.1, RFC 4585 section 6.1).
pub mod packet_type {
    /// Sender report.
    pub const SR: u8 = 200;
    /// Receiver report.
    pub const RR: u8 = 201;
    /// Source description.
    pub const SDES: u8 = 202;
    /// Goodbye.
    pub const BYE: u8 = 203;
    /// Transport-layer feedback.
    pub const RTPFB: u8 = 205;
    /// Payload-specific feedback.
    pub const PSFB: u8 = 206;
}

/// Bytes of the header that every RTCP packet begins with, without any SSRC.
pub const HEADER_LEN: usize = 4;

/// One packet of a compound.
#[derive(Clone, Debug)]
pub enum Block<'a> {
    /// RFC 3550 section 6.4.1.
    SenderReport(SenderReport<'a>),
    /// RFC 3550 section 6.4.2.
    ReceiverReport(ReceiverReport<'a>),
    /// RFC 3550 section 6.5.
    Sdes(Sdes<'a>),
    /// RFC 3550 section 6.6.
    Bye(Bye<'a>),
    /// RFC 4585 section 6.2.1.
    Nack(Nack<'a>),
    /// draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1.
    TransportFeedback(TransportFeedback<'a>),
    /// RFC 4585 section 6.3.1.
    Pli(Pli),
    /// RFC 5104 section 4.3.1.
    Fir(Fir<'a>),
    /// draft-alvestrand-rmcat-remb-03.
    Remb(Remb<'a>),
    /// Well formed, but a kind that we do not read.
    Other {
        /// Packet type.
        packet_type: u8,
        /// Count or format, the low five bits of the first byte.
        count: u8,
    },
}

/// Iterator over the packets of a decrypted RTCP datagram. Reduced-size ones are welcome (RFC 5506), so the first packet may
/// be of any type. After the first `Err` it ends: a broken length leaves nothing to go on from.
#[derive(Clone, Debug)]
pub struct Compound<'a> {
    rest: &'a [u8],
}

impl<'a> Compound<'a> {
    /// Over a whole datagram.
    pub fn new(datagram: &'a [u8]) -> Compound<'a> {
        Compound { rest: datagram }
    }

    fn step(&mut self) -> Result<Block<'a>, Malformed> {
        let b0 = u8_at(self.rest, 0).ok_or(Malformed::TooShort)?;
        let packet_type = u8_at(self.rest, 1).ok_or(Malformed::TooShort)?;
        let words = u16_at(self.rest, 2).ok_or(Malformed::TooShort)?;
        if b0 & 0xc0 != VERSION_2 {
            return Err(Malformed::Version);
        }
        let len = HEADER_LEN + 4 * usize::from(words);
        let packet = self.rest.get(..len).ok_or(Malformed::Length)?;
        let rest = self.rest.get(len..).unwrap_or_default();
        let body = packet.get(HEADER_LEN..).unwrap_or_default();
        let body = if b0 & 0x20 != 0 {
            without_padding(body)?
        } else {
            body
        };
        self.rest = rest;
        parse_block(packet_type, b0 & 0x1f, body)
    }
}

/// RFC 3550 section 6.4.1 wants padding in whole words and in the last packet only; libwebrtc pads each transport-wide
/// feedback by one to three bytes wherever it stands, so neither is held against anyone.
fn without_padding(body: &[u8]) -> Result<&[u8], Malformed> {
    let count = usize::from(*body.last().ok_or(Malformed::Padding)?);
    let keep = body.len().checked_sub(count).ok_or(Malformed::Padding)?;
    if count == 0 {
        return Err(Malformed::Padding);
    }
    body.get(..keep).ok_or(Malformed::Padding)
}

fn parse_block(packet_type: u8, count: u8, body: &[u8]) -> Result<Block<'_>, Malformed> {
    Ok(match (packet_type, count) {
        (packet_type::SR, _) => Block::SenderReport(SenderReport::parse(count, body)?),
        (packet_type::RR, _) => Block::ReceiverReport(ReceiverReport::parse(count, body)?),
        (packet_type::SDES, _) => Block::Sdes(Sdes::parse(count, body)),
        (packet_type::BYE, _) => Block::Bye(Bye::parse(count, body)?),
        (packet_type::RTPFB, feedback::FORMAT_NACK) => Block::Nack(Nack::parse(body)?),
        (packet_type::RTPFB, twcc::FORMAT) => {
            Block::TransportFeedback(TransportFeedback::parse(body)?)
        }
        (packet_type::PSFB, feedback::FORMAT_PLI) => Block::Pli(Pli::parse(body)?),
        (packet_type::PSFB, feedback::FORMAT_FIR) => Block::Fir(Fir::parse(body)?),
        (packet_type::PSFB, feedback::FORMAT_AFB) if Remb::is(body) => {
            Block::Remb(Remb::parse(body)?)
        }
        _ => Block::Other { packet_type, count },
    })
}

impl<'a> Iterator for Compound<'a> {
    type Item = Result<Block<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let block = self.step();
        if block.is_err() {
            self.rest = &[];
        }
        Some(block)
    }
}

/// Sender and media SSRC, with which every feedback message begins (RFC 4585 section 6.1), and what follows.
fn feedback_head(body: &[u8]) -> Result<(Ssrc, Ssrc, &[u8]), Malformed> {
    let sender = u32_at(body, 0).ok_or(Malformed::TooShort)?;
    let media = u32_at(body, 4).ok_or(Malformed::TooShort)?;
    Ok((Ssrc(sender), Ssrc(media), body.get(8..).unwrap_or_default()))
}

/// Appends one RTCP packet: header, what `body` appends, zeroes to a whole word, and then the length.
///
/// A body never exceeds a datagram here, so the 16-bit length in words cannot overflow; were it to, it saturates and the
/// packet is refused by whoever reads it.
fn append_packet(packet_type: u8, count: u8, out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[VERSION_2 | (count & 0x1f), packet_type, 0, 0]);
    body(out);
    out.resize(start + (out.len() - start).next_multiple_of(4), 0);
    let words = u16::try_from((out.len() - start) / 4 - 1).unwrap_or(u16::MAX);
    if let Some(field) = out.get_mut(start + 2..start + 4) {
        field.copy_from_slice(&words.to_be_bytes());
    }
}
