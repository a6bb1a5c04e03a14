//! A simulated AWS Organization behind the SDK's HTTP client, and over TCP.
//!
//! It imports only `model` and the catalog's shapes, never the codecs of `aws/`: two sides that
//! share a codec agree in the same mistake.

mod knobs;

pub use knobs::Knobs;
