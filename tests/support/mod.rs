//! What integration tests stand on: outside judges, and how they are started and stopped.

pub mod moto;
pub mod venv;
