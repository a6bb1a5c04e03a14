//! The way to AWS: certificates, proxy, endpoints, and the clock they show. Needs no credentials.

use super::finding::Finding;
use crate::aws::{Aws, NotReached, Reached, ca_certificates, clock_in_words, proxy_in_force};
use crate::model::FaultKind;
use crate::settings::{LoadInputs, Settings};

/// One call of each service that every run starts with.
const ENDPOINTS: [&str; 3] = ["sts:GetCallerIdentity", "organizations:ListAccounts", "ec2:DescribeRegions"];

/// Seconds off: services refuse signatures at 300.
const OFF: i64 = 300;
const A_LITTLE_OFF: i64 = 60;

pub fn certificates(inputs: &LoadInputs, settings: &Settings) -> Finding {
    const CHECK: &str = "ca bundle";
    let named = settings.network.ca_bundle.as_ref().map(|path| path.display().to_string());
    match ca_certificates(&settings.network) {
        Ok(None) => Finding::ok(CHECK, "none named: the system's certificates are trusted"),
        Ok(Some(count)) => Finding::ok(
            CHECK,
            format!("{count} certificates in {} ({})", named.unwrap_or_default(), from(inputs, "ca_bundle")),
        ),
        Err(error) => Finding::error(CHECK, &error),
    }
}

/// Where a setting's value is from.
fn from(inputs: &LoadInputs, setting: &str) -> String {
    let resolved = inputs.load().ok();
    let origin = resolved.and_then(|resolved| Some(resolved.origins.get(setting)?.origin.to_string()));
    origin.unwrap_or_else(|| "settings".to_owned())
}

pub fn proxy(settings: &Settings) -> Finding {
    match proxy_in_force(&settings.network) {
        Some((url, from)) => {
            let exempt = std::env::var("NO_PROXY").or_else(|_| std::env::var("no_proxy"));
            let exempt = exempt.map(|hosts| format!("; not for {hosts}")).unwrap_or_default();
            Finding::ok("proxy", format!("{url}, from {from}{exempt}"))
        }
        None => Finding::ok("proxy", "none"),
    }
}

/// A finding for each endpoint, and one for the clock.
pub async fn endpoints(aws: &Aws) -> Vec<Finding> {
    let asked = futures::future::join_all(ENDPOINTS.map(|operation| aws.reach(operation))).await;
    let clock = clock(&asked);
    let mut findings: Vec<Finding> = Vec::new();
    for outcome in asked {
        let finding = match outcome {
            Ok(reached) => {
                let seen = format!("{} answers within {} ms", reached.url, reached.took.as_millis());
                Finding::ok("endpoint", seen)
            }
            Err(not) => unreachable(&not),
        };
        // One endpoint for every service is one finding.
        let host = |finding: &Finding| finding.seen.split(' ').next().map(str::to_owned);
        if !findings.iter().any(|known| host(known) == host(&finding)) {
            findings.push(finding);
        }
    }
    findings.push(clock);
    findings
}

fn unreachable(not: &NotReached) -> Finding {
    let words = not.fault.message.to_lowercase();
    let todo = if words.contains("certificate") || words.contains("tls") {
        "behind a proxy that opens TLS, name its certificate: ca_bundle or AWS_CA_BUNDLE"
    } else if words.contains("dns") || words.contains("lookup") {
        "the name is not known: is this machine online, and home_region a region?"
    } else if not.fault.kind == FaultKind::Rejected {
        "check endpoint_url"
    } else {
        "check the network, HTTPS_PROXY and endpoint_url"
    };
    let url = not.url.as_deref().unwrap_or("no endpoint");
    Finding::failed("endpoint", format!("{url} does not answer: {}", not.fault.message), todo)
}

fn clock(asked: &[Result<Reached, NotReached>]) -> Finding {
    const CHECK: &str = "clock";
    let Some(ahead) = asked.iter().flatten().find_map(|reached| reached.ahead) else {
        return Finding::skipped(CHECK, "no endpoint showed its time");
    };
    match ahead.abs() {
        0..A_LITTLE_OFF => Finding::ok(CHECK, format!("{} s from AWS's", ahead.abs())),
        A_LITTLE_OFF..=OFF => Finding::warning(CHECK, clock_in_words(ahead), "set this machine's clock"),
        _ => Finding::failed(
            CHECK,
            clock_in_words(ahead),
            "set this machine's clock; canvass corrects its signatures, other tools may not",
        ),
    }
}
