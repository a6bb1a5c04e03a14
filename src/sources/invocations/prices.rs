//! What a call costs, from dated prices as data: ours, and the operator's over them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Deserializer};

use super::model::Model;
use crate::error::{Error, Result};

const OURS: &str = include_str!("prices.yaml");

/// Billionths of a dollar for a million tokens: exact, as AWS lists no finer price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Price(u64);

const PRICE_DIGITS: usize = 9;

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        // The text as it was written: a double would not be exact.
        let written = match serde_yaml::Value::deserialize(deserializer)? {
            serde_yaml::Value::Number(number) => number.to_string(),
            serde_yaml::Value::String(text) => text,
            _ => return Err(serde::de::Error::custom("a price is a number of dollars")),
        };
        Price::parse(&written).ok_or_else(|| {
            serde::de::Error::custom(format!("'{written}' is not a price: write it like 3 or 0.25"))
        })
    }
}

impl Price {
    fn parse(text: &str) -> Option<Price> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || whole.len() > 8 || !digits(whole) || !digits(part) {
            return None;
        }
        let part = part.trim_end_matches('0');
        let padded = (part.len() <= PRICE_DIGITS).then(|| format!("{whole}{part:0<PRICE_DIGITS$}"))?;
        padded.parse().ok().map(Price)
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rates {
    input: Price,
    output: Price,
    cache_read: Option<Price>,
    cache_write: Option<Price>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelPrices {
    input: Price,
    output: Price,
    cache_read: Option<Price>,
    cache_write: Option<Price>,
    /// Of global inference profiles.
    global: Option<Rates>,
    /// Where a region costs something else.
    #[serde(default)]
    regions: BTreeMap<String, Rates>,
    /// Where the figures were read.
    #[serde(rename = "seen")]
    _seen: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceFile {
    as_of: String,
    currency: Option<String>,
    #[serde(rename = "page")]
    _page: Option<String>,
    #[serde(default)]
    models: BTreeMap<String, ModelPrices>,
    /// Model behind an application inference profile, by the profile's ARN or id.
    #[serde(default)]
    profiles: BTreeMap<String, String>,
}

/// Tokens of a call, by what they are charged as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    pub input: Option<u64>,
    pub output: Option<u64>,
    pub cache_read: Option<u64>,
    pub cache_write: Option<u64>,
}

impl Tokens {
    pub fn total(&self) -> Option<u64> {
        let all = [self.input, self.output, self.cache_read, self.cache_write];
        all.iter().any(Option::is_some).then(|| all.into_iter().flatten().fold(0, u64::saturating_add))
    }
}

#[derive(Clone, Debug)]
pub struct Prices {
    models: BTreeMap<String, ModelPrices>,
    profiles: BTreeMap<String, String>,
    as_of: String,
}

impl Prices {
    /// Ours, with those of a file before them.
    pub fn load(own: Option<&Path>) -> Result<Prices> {
        let ours = parse(OURS)
            .map_err(|why| Error::failed("the built-in model prices cannot be read").cause(why))?;
        let mut prices = Prices { models: ours.models, profiles: ours.profiles, as_of: ours.as_of };
        let Some(path) = own else { return Ok(prices) };
        let wrong = |why: String| {
            Error::usage(format!("the model prices in {} cannot be used", path.display()))
                .cause(why)
                .hint("write 'as_of: 2026-01-31' and 'models: {MODEL_ID: {input: 3, output: 15}}', in dollars for a million tokens")
        };
        let text = std::fs::read_to_string(path).map_err(|why| wrong(why.to_string()))?;
        let theirs = parse(&text).map_err(wrong)?;
        prices.as_of = format!("{} and {} of {}", prices.as_of, theirs.as_of, path.display());
        prices.models.extend(theirs.models);
        prices.profiles.extend(theirs.profiles);
        Ok(prices)
    }

    pub fn model_of_profile(&self, name: &str) -> Option<String> {
        self.profiles.get(name).cloned()
    }

    /// Dollars as decimal text, exact; or why nobody can tell.
    pub fn cost(&self, model: &Model, region: &str, tokens: &Tokens) -> std::result::Result<String, String> {
        let known = self.models.get(&model.id).filter(|_| !model.is_own);
        let Some(known) = known else {
            return Err(format!(
                "no price of '{}' is known (prices as of {}): add it to model_prices",
                model.id, self.as_of
            ));
        };
        let own = Rates {
            input: known.input,
            output: known.output,
            cache_read: known.cache_read,
            cache_write: known.cache_write,
        };
        let rates = match (&known.global, known.regions.get(region)) {
            (Some(global), _) if model.is_global => global,
            (_, Some(regional)) => regional,
            _ => &own,
        };
        let parts = [
            (tokens.input, Some(rates.input)),
            (tokens.output, Some(rates.output)),
            (tokens.cache_read, rates.cache_read),
            (tokens.cache_write, rates.cache_write),
        ];
        let mut sum: u128 = 0;
        for (count, price) in parts {
            let count = count.unwrap_or_default();
            match price {
                _ if count == 0 => {}
                Some(Price(price)) => sum += u128::from(count) * u128::from(price),
                None => {
                    return Err(format!(
                        "no price of cached tokens of '{}' is known: add it to model_prices",
                        model.id
                    ));
                }
            }
        }
        Ok(decimal(sum))
    }
}

fn parse(text: &str) -> std::result::Result<PriceFile, String> {
    let file: PriceFile = serde_yaml::from_str(text).map_err(|why| why.to_string())?;
    match file.currency.as_deref() {
        None | Some("USD") => Ok(file),
        Some(other) => Err(format!("the currency is {other}, and cost_usd is US dollars")),
    }
}

/// Billionths of a millionth as decimal text without needless zeros.
fn decimal(sum: u128) -> String {
    const DIGITS: usize = PRICE_DIGITS + 6;
    let padded = format!("{sum:0>width$}", width = DIGITS + 1);
    let (whole, part) = padded.split_at(padded.len() - DIGITS);
    match part.trim_end_matches('0') {
        "" => whole.to_owned(),
        part => format!("{whole}.{part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HAIKU: &str = "anthropic.claude-haiku-4-5-20251001-v1:0";

    fn cost(
        prices: &Prices,
        raw: &str,
        region: &str,
        counts: [u64; 4],
    ) -> std::result::Result<String, String> {
        let model = Model::read(raw, |name| prices.model_of_profile(name));
        let [input, output, cache_read, cache_write] = counts.map(Some);
        prices.cost(&model, region, &Tokens { input, output, cache_read, cache_write })
    }

    #[test]
    fn dollars_are_exact() {
        let prices = Prices::load(None).unwrap();
        let of = |raw: &str, counts| cost(&prices, raw, "us-east-1", counts).unwrap();
        // 2 x 1.1 + 500 x 5.5 + 95,500 x 0.11 + 100 x 1.375 dollars for a million.
        assert_eq!(of(HAIKU, [2, 500, 95_500, 100]), "0.0133947");
        assert_eq!(of(&format!("global.{HAIKU}"), [1_000_000, 0, 0, 0]), "1");
        assert_eq!(of("amazon.nova-micro-v1:0", [1, 0, 1, 0]), "0.00000004375");
        assert_eq!(of(HAIKU, [0, 0, 0, 0]), "0");
        let a_million_calls = of(HAIKU, [u64::MAX / 1_000_000, 0, 0, 0]);
        assert!(a_million_calls.parse::<f64>().unwrap() > 1e6, "{a_million_calls}");
    }

    #[test]
    fn what_has_no_price_costs_nobody_knows_what() {
        let prices = Prices::load(None).unwrap();
        for (raw, counts, named) in [
            ("acme.model-1", [1, 1, 0, 0], "acme.model-1"),
            ("arn:aws:bedrock:us-east-1:1:provisioned-model/x", [1, 1, 0, 0], "provisioned-model/x"),
            ("anthropic.claude-3-haiku-20240307-v1:0", [1, 1, 9, 0], "cached tokens"),
        ] {
            let why = cost(&prices, raw, "us-east-1", counts).unwrap_err();
            assert!(why.contains(named), "{why}");
        }
        assert!(cost(&prices, "anthropic.claude-3-haiku-20240307-v1:0", "us-east-1", [1, 1, 0, 0]).is_ok());
    }

    #[test]
    fn the_operators_prices_come_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prices.yaml");
        let write = |text: &str| std::fs::write(&path, text).unwrap();
        write(
            "as_of: 2026-12-01\nmodels:\n  acme.model-1: {input: 1, output: 2, regions: {eu-west-1: {input: 3, output: 4}}}\n\
             profiles: {abc: acme.model-1}\n",
        );
        let prices = Prices::load(Some(&path)).unwrap();
        assert_eq!(cost(&prices, "acme.model-1", "us-east-1", [1_000_000, 0, 0, 0]).unwrap(), "1");
        assert_eq!(cost(&prices, "acme.model-1", "eu-west-1", [1_000_000, 0, 0, 0]).unwrap(), "3");
        let profile = "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc";
        assert_eq!(cost(&prices, profile, "us-east-1", [0, 1_000_000, 0, 0]).unwrap(), "2");
        assert!(cost(&prices, HAIKU, "us-east-1", [1, 1, 0, 0]).is_ok(), "ours are still there");
        for wrong in [
            "models: [",
            "as_of: x\nmodels: {a: {input: -1, output: 2}}",
            "as_of: x\ncurrency: EUR",
            "as_of: x\nmodels: {a: {input: 1.0000000001, output: 2}}",
        ] {
            write(wrong);
            assert!(Prices::load(Some(&path)).is_err(), "{wrong}");
        }
        assert!(Prices::load(Some(&folder.path().join("nowhere"))).is_err());
    }

    /// Every price says where it was read, and costs more for the answer than for the question.
    #[test]
    fn prices_are_told_and_plausible() {
        let ours = parse(OURS).unwrap();
        assert!(ours.as_of.parse::<chrono::NaiveDate>().is_ok() && ours.models.len() > 30);
        for (id, price) in &ours.models {
            assert!(price._seen.is_some(), "{id}");
            assert!(price.output.0 == 0 || price.output.0 >= price.input.0, "{id}");
            assert!(price.cache_read.is_none_or(|read| read.0 < price.input.0), "{id}");
            assert!(price.global.as_ref().is_none_or(|global| global.input.0 < price.input.0), "{id}");
            let own = Model::read(id, |_| None);
            assert_eq!((own.id.as_str(), own.profile), (id.as_str(), None));
        }
    }
}
