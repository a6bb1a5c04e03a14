//! What integration tests stand on: the program as an operator runs it, and outside judges.

pub mod canvass;
pub mod corpus;
pub mod demo_server;
pub mod demo_tables;
pub mod moto;
pub mod product;
pub mod terminal;
pub mod venv;
