//! Scans that a join supplies with keys: the same rows as without keys, and no call that no value needs.

mod calls;
mod planned;
mod same_rows;
mod shelf;
