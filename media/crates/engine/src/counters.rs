//! Named counters of the whole engine: what was done, and what was dropped and why.

/// Why something was dropped or refused: the counter that it goes under.
pub type Reason = fn(&mut Counters) -> &mut u64;

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Every datagram, packet or request that is dropped or refused counts under its reason.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Counters {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl Counters {
            /// All counters by name, for metrics and snapshots.
            pub fn named(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name)),*]
            }

            /// Count one under a reason.
            pub fn count(&mut self, reason: Reason) {
                *reason(self) += 1;
            }
        }
    };
}

counters! {
    datagrams_in,
    datagrams_out,
    bytes_in,
    bytes_out,
    rtp_in,
    rtp_out,
    rtx_in,
    rtx_out,
    /// Packets that fill a number whose own packet came too late to be wanted.
    fill_out,
    rtcp_in,
    rtcp_out,
    nacks_in,
    nacks_out,
    plis_in,
    plis_out,
    layer_switches,
    handshakes_in,
    handshakes_out,
    stun_answered,

    /// First byte is of no protocol we speak.
    drop_unknown_protocol,
    /// Media or DTLS from an address that no authenticated check has proven.
    drop_unproven_address,
    drop_stun_malformed,
    /// Username names no transport.
    drop_stun_stranger,
    drop_stun_forged,
    drop_stun_other,
    drop_handshake_over_rate,
    /// SRTP before the keys are there.
    drop_no_keys,
    drop_malformed,
    drop_forged,
    drop_replayed,
    drop_too_old,
    drop_sources_full,
    /// RTP from who only subscribes.
    drop_wrong_direction,
    /// SSRC that names no Track: not announced, and no mid or rid in the packet.
    drop_unknown_ssrc,
    drop_ssrc_table_full,
    drop_wrong_payload_type,
    drop_oversize,
    /// RTX that carries nothing: probes.
    drop_rtx_empty,
    /// Probes on a media SSRC.
    drop_empty,
    drop_duplicate,
    drop_muted,
    drop_rtcp_malformed,

    /// A repeat of bytes that were sealed is never made anew: without RTX it is refused.
    refuse_nack_without_rtx,
    /// Upstream never delivered it, or it is out of the cache.
    refuse_nack_unknown,
    refuse_nack_too_soon,
    refuse_nack_too_often,
    refuse_nack_over_budget,
    /// A packet that came too late for its Slot.
    refuse_late,
    /// The sealer said no: always a bug of ours, never sent.
    refuse_seal,
    refuse_oversize_out,
    /// What was gathered for a subscriber whose path or keys were gone when it should leave.
    refuse_no_path,
    rooms_abandoned,
}
