//! Homeroom media: sim.
