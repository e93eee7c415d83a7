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
    datagrams_in,
    bytes_in,
    datagrams_out,
    bytes_out,
    /// Longer than any datagram we negotiate; dropped.
    in_truncated,
    /// Neither an IPv4 nor an IPv6 sender; dropped.
    in_no_address,
    /// The kernel dropped them because the shard did not read in time (SO_RXQ_OVFL).
    in_overflow,
    in_errors,
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
