//! Homeroom media: driver.
