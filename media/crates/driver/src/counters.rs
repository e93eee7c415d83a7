//! What a shard's sockets and queues did and dropped, by name. Since start; nothing is ever dropped uncounted.

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub(crate) struct ShardCounters {
            $($(#[$doc])* pub(crate) $name: u64,)*
        }

        impl ShardCounters {
            pub(crate) fn each(&self, each: &mut dyn FnMut(&'static str, u64)) {
                $(each(concat!("driver_", stringify!($name)), self.$name);)*
            }
        }
    };
}

counters! {
    /// As the kernel handed them over: with GRO, several datagrams in one.
    messages_in,
    datagrams_in,
    bytes_in,
    /// As they were handed to the kernel: with GSO, several datagrams in one.
    messages_out,
    datagrams_out,
    bytes_out,
    /// Longer than any datagram we negotiate; dropped.
    in_truncated,
    /// Neither an IPv4 nor an IPv6 sender; dropped.
    in_no_address,
    /// The kernel dropped them because the shard did not read in time (SO_RXQ_OVFL).
    in_overflow,
    in_errors,
    /// Runs that the kernel would not cut; their datagrams went one by one.
    out_cuts_refused,
    /// The socket's send buffer was full; dropped, RTX repairs.
    out_would_block,
    /// The device queue was full (ENOBUFS); dropped.
    out_no_buffers,
    /// No route, a firewall or a bad address; dropped.
    out_refused,
    /// No socket of that address family; dropped.
    out_no_socket,
    commands,
    commands_failed,
    /// Records that no copy of a recording has: the spool did not take them in time.
    tap_records_dropped,
    panics,
    rooms_faulted,
    /// Handshake datagrams dropped because events were not drained; DTLS sends them again.
    handshakes_dropped,
    /// Events that belonged to no Room and found the queue full.
    events_dropped,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_is_told_by_name() {
        let counters = ShardCounters {
            out_refused: 7,
            ..ShardCounters::default()
        };
        let mut seen = Vec::new();
        counters.each(&mut |name, value| seen.push((name, value)));
        assert!(seen.contains(&("driver_out_refused", 7)));
        assert!(seen.contains(&("driver_datagrams_in", 0)));
    }
}
