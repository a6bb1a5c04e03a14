//! What a run has spent, counted where every call passes, and what it may spend.

use parking_lot::Mutex;

use crate::model::{Fault, FaultKind, Measure, Spend, Usd};

/// What a statement may cost at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    pub calls: Option<u64>,
    pub usd: Option<Usd>,
}

impl Limits {
    pub fn is_none(&self) -> bool {
        self.calls.is_none() && self.usd.is_none()
    }
}

/// Shared by whatever calls.
#[derive(Debug)]
pub struct Tally {
    books: Mutex<Books>,
    /// Dollars of what was spent, at the catalog's prices.
    price: fn(&Spend) -> Usd,
}

#[derive(Debug, Default)]
struct Books {
    spent: Spend,
    limits: Limits,
    /// Of what counts against the limits.
    calls: u64,
    usd: Usd,
    reached: Option<String>,
}

impl Tally {
    pub fn new(price: fn(&Spend) -> Usd) -> Tally {
        Tally { books: Mutex::default(), price }
    }

    /// From now on, what is spent counts against these.
    pub fn limit(&self, limits: Limits) {
        let mut books = self.books.lock();
        *books = Books { spent: std::mem::take(&mut books.spent), limits, ..Books::default() };
    }

    /// One attempt is about to set out: it is counted, or refused where it would pass a limit.
    pub fn set_out(&self, operation: &str) -> Result<(), Fault> {
        let mut books = self.books.lock();
        if !books.limits.is_none() {
            let price = self.price_of(|spend| spend.call(operation, 1));
            let over = books.over(1, price);
            if let Some(limit) = over {
                let fault = Fault::new(FaultKind::Cancelled, format!("{limit} was reached"));
                books.reached = Some(limit);
                return Err(fault);
            }
            books.calls += 1;
            books.usd += price;
        }
        books.spent.call(operation, 1);
        Ok(())
    }

    /// What a service bills by instead of the call, known once it has answered.
    pub fn used(&self, measure: Measure, amount: u64) {
        let mut books = self.books.lock();
        if books.limits.usd.is_some() {
            books.usd += self.price_of(|spend| spend.measure(measure, amount));
        }
        books.spent.measure(measure, amount);
    }

    pub fn spent(&self) -> Spend {
        self.books.lock().spent.clone()
    }

    /// The limit that stopped a call, as an operator knows it.
    pub fn limit_reached(&self) -> Option<String> {
        self.books.lock().reached.clone()
    }

    fn price_of(&self, spend: impl FnOnce(&mut Spend)) -> Usd {
        let mut one = Spend::default();
        spend(&mut one);
        (self.price)(&one)
    }
}

impl Books {
    /// The limit that this much more would pass.
    fn over(&self, calls: u64, usd: Usd) -> Option<String> {
        match self.limits {
            Limits { calls: Some(most), .. } if self.calls + calls > most => {
                Some(format!("the limit of {most} calls (--max-calls)"))
            }
            // What costs nothing may go on: it is how a service is told to stop.
            Limits { usd: Some(most), .. } if usd > Usd::ZERO && self.usd + usd > most => {
                Some(format!("the limit of {most} (--max-cost)"))
            }
            Limits { usd: Some(most), .. } if self.usd > most => {
                Some(format!("the limit of {most} (--max-cost)"))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cent a call, and one a byte.
    fn tally() -> Tally {
        Tally::new(|spend| {
            let bytes = spend.measures.values().sum::<u64>();
            "0.01".parse::<Usd>().unwrap().times(spend.total_calls() + bytes, 1)
        })
    }

    #[test]
    fn calls_beyond_the_limit_are_refused_and_not_counted() {
        let tally = tally();
        tally.set_out("sts:GetCallerIdentity").unwrap();
        tally.limit(Limits { calls: Some(2), usd: None });
        tally.set_out("ec2:DescribeVpcs").unwrap();
        tally.set_out("ec2:DescribeVpcs").unwrap();
        let fault = tally.set_out("ec2:DescribeVpcs").unwrap_err();
        assert_eq!(fault.message, "the limit of 2 calls (--max-calls) was reached");
        assert_eq!(fault.kind, FaultKind::Cancelled);
        assert_eq!(tally.spent().total_calls(), 3);
        assert_eq!(tally.limit_reached().as_deref(), Some("the limit of 2 calls (--max-calls)"));
        tally.limit(Limits::default());
        tally.set_out("ec2:DescribeVpcs").unwrap();
        assert_eq!(tally.limit_reached(), None);
    }

    #[test]
    fn dollars_are_counted_whatever_they_are_for() {
        let tally = tally();
        tally.limit(Limits { calls: None, usd: Some("0.05".parse().unwrap()) });
        tally.set_out("logs:StartQuery").unwrap();
        tally.used(Measure::BytesScanned, 5);
        let fault = tally.set_out("logs:GetQueryResults").unwrap_err();
        assert_eq!(fault.message, "the limit of $0.05 (--max-cost) was reached");
    }
}
