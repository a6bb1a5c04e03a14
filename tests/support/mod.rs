//! What integration tests stand on: the program as an operator runs it, and outside judges.

pub mod canvass;
pub mod moto;
pub mod terminal;
pub mod venv;
