//! Where a thing lies that is named by its ARN or its queue's URL: asking elsewhere finds nothing, or
//! what does not belong there.

use crate::model::{AccountId, Region};

/// An account, and a region of it where the table has regions.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub account: &'a AccountId,
    pub region: Option<&'a Region>,
}

impl Place<'_> {
    /// Whether the text names something in another account or region. Where it names none, or belongs
    /// to AWS itself, it may be known everywhere.
    pub fn is_not_of(&self, text: &str) -> bool {
        let Some(named) = named(text) else { return false };
        named.account.is_some_and(|account| account != self.account.as_str())
            || self.region.is_some_and(|asked| !named.region.is_empty() && named.region != asked.as_str())
    }
}

/// The account in which what the text names lies, where the text says.
pub fn account_named(text: &str) -> Option<AccountId> {
    named(text)?.account?.parse().ok()
}

struct Named<'t> {
    account: Option<&'t str>,
    region: &'t str,
}

fn named(text: &str) -> Option<Named<'_>> {
    let is_account = |text: &&str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    if let Some(rest) = text.strip_prefix("arn:") {
        let mut parts = rest.splitn(5, ':');
        let (Some(_), Some(_), Some(region), Some(account), Some(_)) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        return Some(Named { account: Some(account).filter(is_account), region });
    }
    // https://sqs.eu-west-1.amazonaws.com/111122223333/orders
    let (region, rest) = text.strip_prefix("https://sqs.")?.split_once('.')?;
    let account = rest.split('/').nth(1).filter(is_account)?;
    Some(Named { account: Some(account), region })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_lies_where_it_says() {
        let (account, region) = ("100000000006".parse().unwrap(), Region::new("eu-west-1"));
        let place = Place { account: &account, region: Some(&region) };
        for (text, elsewhere) in [
            ("arn:aws:ecs:eu-west-1:100000000006:cluster/a", false),
            ("arn:aws:ecs:eu-west-1:100000000007:cluster/a", true),
            ("arn:aws:ecs:us-east-1:100000000006:cluster/a", true),
            ("arn:aws:iam::aws:policy/ReadOnlyAccess", false),
            ("arn:aws:s3:::bucket", false),
            ("cluster-a", false),
            ("https://sqs.eu-west-1.amazonaws.com/100000000006/q", false),
            ("https://sqs.eu-west-1.amazonaws.com/100000000007/q", true),
            ("https://sqs.us-east-1.amazonaws.com/100000000006/q", true),
            ("https://example.com/100000000007/q", false),
        ] {
            assert_eq!(place.is_not_of(text), elsewhere, "{text}");
        }
        let global = Place { region: None, ..place };
        assert!(!global.is_not_of("arn:aws:s3:us-east-1:100000000006:accesspoint/a"));
        assert_eq!(account_named("arn:aws:iam::100000000007:role/a").unwrap().as_str(), "100000000007");
        assert_eq!(account_named("arn:aws:iam::aws:policy/a"), None);
    }
}
