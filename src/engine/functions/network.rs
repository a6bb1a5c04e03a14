//! Functions of network addresses.

use datafusion::common::{Result, exec_datafusion_err};

use super::Table;
use super::call::{Cidr, count};
use super::overloaded::overload;
use crate::engine::types::PgType;
use crate::engine::types::network::Network;

use PgType::{Bool, Cidr as CidrType, Inet, Int4, Text};

pub fn table() -> Table {
    vec![
        ("host", vec![overload(&[Inet], Text, |c| c.one(|n: Network| Ok(n.host())))]),
        ("masklen", vec![overload(&[Inet], Int4, |c| c.one(|n: Network| count(n.length.into())))]),
        ("family", vec![overload(&[Inet], Int4, |c| c.one(|n: Network| Ok(if n.is_v4() { 4 } else { 6 })))]),
        ("network", vec![overload(&[Inet], CidrType, |c| c.one(|n: Network| Ok(n.network())))]),
        ("netmask", vec![overload(&[Inet], Inet, |c| c.one(|n: Network| Ok(n.netmask())))]),
        ("hostmask", vec![overload(&[Inet], Inet, |c| c.one(|n: Network| Ok(n.hostmask())))]),
        ("broadcast", vec![overload(&[Inet], Inet, |c| c.one(|n: Network| Ok(n.broadcast())))]),
        (
            "set_masklen",
            vec![
                overload(&[Inet, Int4], Inet, |c| c.two(with_length)),
                overload(&[CidrType, Int4], CidrType, |c| c.two(|n: Cidr, length| with_length(n.0, length))),
            ],
        ),
        (
            "inet_same_family",
            vec![overload(&[Inet, Inet], Bool, |c| {
                c.two(|a: Network, b: Network| Ok(a.is_v4() == b.is_v4()))
            })],
        ),
        (
            "abbrev",
            vec![
                overload(&[Inet], Text, |c| c.one(|n: Network| Ok(n.to_string()))),
                overload(&[CidrType], Text, |c| c.one(|n: Cidr| Ok(abbreviated(n.0)))),
            ],
        ),
    ]
}

fn with_length(network: Network, length: i32) -> Result<Network> {
    network.with_length(length).ok_or_else(|| exec_datafusion_err!("invalid mask length: {length}"))
}

/// Octets beyond the mask are left out: `10.1.0.0/16` is `10.1/16`.
fn abbreviated(network: Network) -> String {
    if !network.is_v4() {
        return network.to_string();
    }
    let shown = usize::from(network.length).div_ceil(8).max(1);
    let host = network.host();
    let octets: Vec<&str> = host.split('.').take(shown).collect();
    format!("{}/{}", octets.join("."), network.length)
}
