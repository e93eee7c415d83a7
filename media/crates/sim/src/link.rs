//! One direction of an emulated network leg.

use crate::chance::Chance;

/// What the leg does to datagrams.
#[derive(Clone, Copy, Debug)]
pub struct Network {
    pub loss: f64,
    pub delay_us: u64,
    /// Added evenly between 0 and this. Without `reorders` the order is kept.
    pub jitter_us: u64,
    pub reorders: bool,
    pub duplicates: f64,
    /// 0 is unlimited.
    pub rate_bps: u64,
    /// What the bottleneck's queue holds; more is dropped.
    pub queue_us: u64,
}

impl Network {
    /// How long a datagram of this length, with UDP and IPv4 around it, takes the bottleneck.
    fn serialise_us(&self, len: usize) -> u64 {
        ((len as u64 + 28) * 8_000_000)
            .checked_div(self.rate_bps)
            .unwrap_or(0)
    }
}

impl Default for Network {
    fn default() -> Self {
        Self {
            loss: 0.0,
            delay_us: 10_000,
            jitter_us: 0,
            reorders: false,
            duplicates: 0.0,
            rate_bps: 0,
            queue_us: 200_000,
        }
    }
}

#[derive(Debug)]
pub struct Link {
    pub network: Network,
    free_at: u64,
    last_arrival: u64,
    pub sent: u64,
    pub dropped: u64,
}

impl Link {
    pub fn new(network: Network) -> Self {
        Self {
            network,
            free_at: 0,
            last_arrival: 0,
            sent: 0,
            dropped: 0,
        }
    }

    /// When a datagram sent now arrives; nothing if it does not, twice if it was doubled.
    pub fn send(&mut self, now: u64, len: usize, chance: &mut Chance) -> [Option<u64>; 2] {
        self.sent += 1;
        let net = self.network;
        let mut leaves = now;
        if net.rate_bps > 0 {
            let start = self.free_at.max(now);
            if start - now > net.queue_us {
                self.dropped += 1;
                return [None, None];
            }
            leaves = start + net.serialise_us(len);
            self.free_at = leaves;
        }
        if chance.happens(net.loss) {
            self.dropped += 1;
            return [None, None];
        }
        let mut arrival = leaves
            + net.delay_us
            + if net.jitter_us > 0 {
                chance.below(net.jitter_us)
            } else {
                0
            };
        if !net.reorders {
            arrival = arrival.max(self.last_arrival);
            self.last_arrival = arrival;
        }
        let double = chance
            .happens(net.duplicates)
            .then(|| arrival + 1 + chance.below(5_000));
        [Some(arrival), double]
    }
}
