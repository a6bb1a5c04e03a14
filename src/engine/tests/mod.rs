//! Statements prepared and run over a small made-up organization: no AWS, no catalog files.

mod answering;
mod json;
mod kept;
mod keyed;
mod limits;
mod mistakes;
mod planning;
mod sets;
mod world;
