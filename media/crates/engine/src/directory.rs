//! Who is where: from addresses, ufrags and keys to an object's Room and index.
//!
//! The only thing that Rooms share. A packet looks here once, by its address pair; commands and STUN look by key and ufrag.

use crate::api::{Path, SubscriptionKey, TrackKey, TransportKey};
use crate::hash::{Quick, QuickMap};
use crate::transport::Transport;

/// A Transport's place: its Room's index, and its own in the Room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    pub room: u32,
    pub transport: u32,
}

/// A Subscription's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotSpot {
    pub spot: Spot,
    pub slot: usize,
}

pub struct Directory {
    /// Proven address pairs; bounded by the pairs that an ICE agent keeps.
    paths: QuickMap<Path, Spot>,
    ufrags: QuickMap<String, Spot>,
    pub transports: QuickMap<TransportKey, Spot>,
    /// The Room's index.
    pub tracks: QuickMap<TrackKey, u32>,
    pub subscriptions: QuickMap<SubscriptionKey, SlotSpot>,
}

impl Directory {
    pub fn new(hash: Quick) -> Self {
        Self {
            paths: QuickMap::with_hasher(hash),
            ufrags: QuickMap::with_hasher(hash),
            transports: QuickMap::with_hasher(hash),
            tracks: QuickMap::with_hasher(hash),
            subscriptions: QuickMap::with_hasher(hash),
        }
    }

    #[inline]
    pub fn at_path(&self, path: &Path) -> Option<Spot> {
        self.paths.get(path).copied()
    }

    pub fn at_ufrag(&self, ufrag: &str) -> Option<Spot> {
        self.ufrags.get(ufrag).copied()
    }

    /// Bring paths and ufrags of a Transport up to date with its ICE agent. An address that now proves another Transport is
    /// that one's: whoever holds the credentials last is who sends.
    pub fn register(&mut self, spot: Spot, transport: &mut Transport) {
        let ufrags: Vec<String> = transport.ice.local_ufrags().map(str::to_owned).collect();
        for gone in transport
            .registered_ufrags
            .iter()
            .filter(|known| !ufrags.contains(known))
        {
            self.ufrags.remove(gone);
        }
        for ufrag in &ufrags {
            self.ufrags.insert(ufrag.clone(), spot);
        }
        transport.registered_ufrags = ufrags;
        let paths: Vec<Path> = transport.ice.pairs().map(|pair| pair.path).collect();
        for gone in transport
            .registered_paths
            .iter()
            .filter(|known| !paths.contains(known))
        {
            if self.paths.get(gone) == Some(&spot) {
                self.paths.remove(gone);
            }
        }
        for path in &paths {
            if !transport.registered_paths.contains(path) {
                self.paths.insert(*path, spot);
            }
        }
        transport.registered_paths = paths;
    }

    /// Forget a Transport and all that named it.
    pub fn forget_transport(&mut self, spot: Spot, transport: &Transport) {
        self.transports.remove(&transport.spec.transport);
        self.paths.retain(|_, at| *at != spot);
        self.ufrags.retain(|_, at| *at != spot);
        self.subscriptions.retain(|_, at| at.spot != spot);
    }

    /// Forget everything of a Room.
    pub fn forget_room(&mut self, room: u32) {
        self.transports.retain(|_, at| at.room != room);
        self.paths.retain(|_, at| at.room != room);
        self.ufrags.retain(|_, at| at.room != room);
        self.tracks.retain(|_, at| *at != room);
        self.subscriptions.retain(|_, at| at.spot.room != room);
    }

    pub fn path_count(&self) -> usize {
        self.paths.len()
    }
}
