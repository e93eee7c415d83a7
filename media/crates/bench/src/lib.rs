//! What `make measure-forwarding` and `make bench` run: the media plane under load, its clients, and a bare forwarder beside
//! it. Nothing here is part of the product.
//!
//! Each program takes one line at a time on its standard input and answers with one line of JSON; `tests/measure` starts
//! them, in whichever network, and alternates between them.

pub mod bare;
pub mod clients;
pub mod hot;
pub mod meter;
pub mod net;
pub mod path;
pub mod publisher;
pub mod recorder;
pub mod scene;
pub mod seal;
pub mod serve;
pub mod sfu;
