//! `inet` and `cidr`: an address and the length of its network.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    pub address: IpAddr,
    /// Bits of the network.
    pub length: u8,
    /// A `cidr`: written with its length always, and without bits beyond it.
    pub is_cidr: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotANetwork {
    Syntax,
    /// Of a `cidr`: bits to the right of the mask.
    BitsBeyondMask,
}

impl Network {
    pub fn inet(text: &str) -> Result<Network, NotANetwork> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NotANetwork::Syntax)?;
        let whole = bits(address);
        let length = match length {
            None => whole,
            Some(text) if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) => {
                return Err(NotANetwork::Syntax);
            }
            Some(text) => text.parse().ok().filter(|n| *n <= whole).ok_or(NotANetwork::Syntax)?,
        };
        Ok(Network { address, length, is_cidr: false })
    }

    pub fn cidr(text: &str) -> Result<Network, NotANetwork> {
        // 10.1 is 10.1.0.0/16: octets left out are zero, and the mask covers what is there.
        let (address, length) = text.split_once('/').map_or((text, None), |(a, l)| (a, Some(l)));
        let octets = address.split('.').count();
        let completed = match (address.contains(':'), octets) {
            (false, 1..=3) => format!("{address}{}", ".0".repeat(4 - octets)),
            _ => address.to_owned(),
        };
        let whole = match length {
            Some(length) => format!("{completed}/{length}"),
            None if !address.contains(':') && octets < 4 => format!("{completed}/{}", octets * 8),
            None => completed,
        };
        let network = Network { is_cidr: true, ..Network::inet(&whole)? };
        if network.network().address != network.address {
            return Err(NotANetwork::BitsBeyondMask);
        }
        Ok(network)
    }

    pub fn is_v4(self) -> bool {
        self.address.is_ipv4()
    }

    /// Bits of an address of this family.
    pub fn width(self) -> u8 {
        bits(self.address)
    }

    fn number(self) -> u128 {
        match self.address {
            IpAddr::V4(address) => u128::from(address.to_bits()),
            IpAddr::V6(address) => address.to_bits(),
        }
    }

    fn with_number(self, number: u128) -> Network {
        let address = match self.address {
            IpAddr::V4(_) => {
                IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(number & u128::from(u32::MAX)).unwrap_or(0)))
            }
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from_bits(number)),
        };
        Network { address, ..self }
    }

    /// Ones where the network is.
    fn mask(self) -> u128 {
        let host_bits = u32::from(self.width() - self.length);
        let all = if self.is_v4() { u128::from(u32::MAX) } else { u128::MAX };
        all & u128::MAX.checked_shl(host_bits).unwrap_or(0)
    }

    /// `network(inet)`: without the bits beyond the mask.
    pub fn network(self) -> Network {
        Network { is_cidr: true, ..self.with_number(self.number() & self.mask()) }
    }

    pub fn netmask(self) -> Network {
        Network { length: self.width(), is_cidr: false, ..self.with_number(self.mask()) }
    }

    pub fn hostmask(self) -> Network {
        let all = if self.is_v4() { u128::from(u32::MAX) } else { u128::MAX };
        Network { length: self.width(), is_cidr: false, ..self.with_number(all & !self.mask()) }
    }

    pub fn broadcast(self) -> Network {
        let all = if self.is_v4() { u128::from(u32::MAX) } else { u128::MAX };
        Network { is_cidr: false, ..self.with_number(self.number() | (all & !self.mask())) }
    }

    /// `None` past the family's last address.
    pub fn plus(self, count: i64) -> Option<Network> {
        let most = if self.is_v4() { u128::from(u32::MAX) } else { u128::MAX };
        let number = match u128::try_from(count) {
            Ok(count) => self.number().checked_add(count)?,
            Err(_) => self.number().checked_sub(u128::from(count.unsigned_abs()))?,
        };
        (number <= most).then(|| Network { is_cidr: false, ..self.with_number(number) })
    }

    pub fn minus(self, other: Network) -> Option<i64> {
        if self.is_v4() != other.is_v4() {
            return None;
        }
        let (a, b) = (self.number(), other.number());
        if a >= b { i64::try_from(a - b).ok() } else { i64::try_from(b - a).ok().map(|n| -n) }
    }

    /// `set_masklen`; -1 is the whole address.
    pub fn with_length(self, length: i32) -> Option<Network> {
        let length = if length == -1 {
            self.width()
        } else {
            u8::try_from(length).ok().filter(|n| *n <= self.width())?
        };
        let changed = Network { length, ..self };
        Some(if self.is_cidr { changed.network() } else { changed })
    }

    /// `self <<= other`: inside, or the same network.
    pub fn is_within(self, other: Network) -> bool {
        self.is_v4() == other.is_v4()
            && self.length >= other.length
            && self.number() & other.mask() == other.number() & other.mask()
    }

    pub fn overlaps(self, other: Network) -> bool {
        self.is_within(other) || other.is_within(self) || {
            let mask = self.mask() & other.mask();
            self.is_v4() == other.is_v4() && self.number() & mask == other.number() & mask
        }
    }

    /// `host(inet)`
    pub fn host(self) -> String {
        self.address.to_string()
    }

    /// Bytes whose order is PostgreSQL's: family, then network bits, then length, then the whole address.
    pub fn key(self) -> Vec<u8> {
        let mut key = vec![u8::from(!self.is_v4())];
        let shift = if self.is_v4() { 96 } else { 0 };
        key.extend(((self.number() & self.mask()) << shift).to_be_bytes());
        key.push(self.length);
        key.extend((self.number() << shift).to_be_bytes());
        key
    }
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address)?;
        if self.is_cidr || self.length < self.width() {
            write!(f, "/{}", self.length)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inet(text: &str) -> Network {
        Network::inet(text).unwrap()
    }

    // The right side is psql 15's answer.
    #[test]
    fn addresses_are_read_and_written() {
        for (text, expected) in [
            ("10.0.0.1", "10.0.0.1"),
            ("10.0.0.1/24", "10.0.0.1/24"),
            ("10.0.0.1/32", "10.0.0.1"),
            ("2600:0:0::1/56", "2600::1/56"),
            ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
        ] {
            assert_eq!(inet(text).to_string(), expected);
        }
        for wrong in ["", "10.0.0", "10.0.0.1/33", "10.0.0.256", "10.0.0.1/", "x"] {
            assert_eq!(Network::inet(wrong), Err(NotANetwork::Syntax), "{wrong}");
        }
        assert_eq!(Network::cidr("10.0.0.0/8").unwrap().to_string(), "10.0.0.0/8");
        assert_eq!(Network::cidr("10.1").unwrap().to_string(), "10.1.0.0/16");
        assert_eq!(Network::cidr("10.0.0.1").unwrap().to_string(), "10.0.0.1/32");
        assert_eq!(Network::cidr("10.0.0.1/24"), Err(NotANetwork::BitsBeyondMask));
    }

    #[test]
    fn parts_of_a_network() {
        let network = inet("192.168.5.7/20");
        assert_eq!(network.network().to_string(), "192.168.0.0/20");
        assert_eq!(network.netmask().to_string(), "255.255.240.0");
        assert_eq!(network.hostmask().to_string(), "0.0.15.255");
        assert_eq!(network.broadcast().to_string(), "192.168.15.255/20");
        assert_eq!(network.plus(-8).unwrap().to_string(), "192.168.4.255/20");
        assert_eq!(inet("0.0.0.0").plus(-1), None);
        assert_eq!(inet("10.0.0.9").minus(inet("10.0.0.1")), Some(8));
        assert_eq!(inet("0.0.0.0/0").network().to_string(), "0.0.0.0/0");
    }

    #[test]
    fn one_network_is_within_another() {
        assert!(inet("10.1.2.3").is_within(inet("10.0.0.0/8")));
        assert!(!inet("10.0.0.0/8").is_within(inet("10.1.2.3")));
        assert!(!inet("::1").is_within(inet("0.0.0.0/0")));
        assert!(inet("10.0.0.0/8").overlaps(inet("10.1.0.0/16")));
        assert!(!inet("10.0.0.0/16").overlaps(inet("10.1.0.0/16")));
    }

    #[test]
    fn the_order_is_postgresqls() {
        let mut texts =
            ["10.0.0.10", "10.0.0.9", "10.0.0.0/8", "::1", "10.0.0.0/24", "9.0.0.0", "10.0.0.9/24"];
        texts.sort_by_key(|text| inet(text).key());
        assert_eq!(
            texts,
            ["9.0.0.0", "10.0.0.0/8", "10.0.0.0/24", "10.0.0.9/24", "10.0.0.9", "10.0.0.10", "::1"]
        );
    }
}
