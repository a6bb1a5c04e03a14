//! Asking Cost Explorer, page by page, in the account that pays. Every page costs a cent.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use aws_sdk_costexplorer::Client;
use aws_sdk_costexplorer::config::retry::RetryConfig;
use aws_sdk_costexplorer::types::{
    DateInterval, Expression, Granularity as AwsGranularity, GroupDefinition, ResultByTime,
};

use crate::aws::{self, ActionSet, Aws, TypedSession};
use crate::model::{Account, Fault, FaultKind, Meter};
use crate::sources::cost::period::{Granularity, Span};

pub const OPERATION: &str = "ce:GetCostAndUsage";

/// One question, whatever number of pages its answer takes.
#[derive(Clone, Debug)]
pub struct Question {
    pub granularity: Granularity,
    pub span: Span,
    pub metrics: Vec<&'static str>,
    pub groups: Vec<GroupDefinition>,
    pub filter: Option<Expression>,
}

#[derive(Debug, Default)]
pub struct Page {
    pub results: Vec<ResultByTime>,
    /// What Cost Explorer calls the accounts among its values.
    pub names: HashMap<String, String>,
}

/// A question under way.
pub struct Asking<'a> {
    aws: &'a Aws,
    account: &'a Account,
    actions: &'a ActionSet,
    meter: Arc<Meter>,
    question: Question,
    session: Option<(TypedSession, Client)>,
    renewed: bool,
    seen: HashSet<String>,
    next: Option<String>,
    over: bool,
}

impl<'a> Asking<'a> {
    pub fn new(
        aws: &'a Aws,
        account: &'a Account,
        actions: &'a ActionSet,
        meter: Arc<Meter>,
        question: Question,
    ) -> Self {
        Self {
            aws,
            account,
            actions,
            meter,
            question,
            session: None,
            renewed: false,
            seen: HashSet::new(),
            next: None,
            over: false,
        }
    }

    pub async fn next(&mut self) -> Option<Result<Page, Fault>> {
        if self.over {
            return None;
        }
        let page = loop {
            match self.page().await {
                // A session of an earlier run may be void by now, and a long answer outlives one.
                Err(fault) if fault.kind == FaultKind::Expired && !self.renewed => {
                    self.renewed = true;
                    if let Some((session, _)) = self.session.take() {
                        session.expire().await;
                    }
                }
                page => break page,
            }
        };
        if page.is_err() {
            self.over = true;
        }
        Some(page)
    }

    async fn page(&mut self) -> Result<Page, Fault> {
        if self.session.is_none() {
            let session = self.aws.typed_session(OPERATION, &self.account.id, self.actions).await?;
            let config = aws_sdk_costexplorer::config::Builder::from(session.config())
                .retry_config(RetryConfig::disabled())
                .build();
            self.session = Some((session, Client::from_conf(config)));
        }
        let Some((session, client)) = &self.session else {
            return Err(Fault::new(FaultKind::Cancelled, "there is no session"));
        };
        let Question { granularity, span, metrics, groups, filter } = &self.question;
        let period = DateInterval::builder()
            .start(granularity.text(span.start))
            .end(granularity.text(span.end))
            .build()
            .map_err(|error| Fault::new(FaultKind::Rejected, error.to_string()).in_operation(OPERATION))?;
        let call = client
            .get_cost_and_usage()
            .time_period(period)
            .granularity(AwsGranularity::from(granularity.as_str()))
            .set_metrics(Some(metrics.iter().map(|&metric| metric.to_owned()).collect()))
            .set_group_by(Some(groups.clone()).filter(|groups| !groups.is_empty()))
            .set_filter(filter.clone())
            .set_next_page_token(self.next.clone());
        let asked = session.make(OPERATION, || call.clone().send());
        let output = aws::metered(Arc::clone(&self.meter), asked).await.map_err(taught)?;
        self.next = output.next_page_token.filter(|token| !token.is_empty());
        self.over = self.next.is_none();
        // Each page costs money: a circle is left where it begins.
        if let Some(token) = &self.next
            && !self.seen.insert(token.clone())
        {
            self.over = true;
            let why = "the same page token came twice: the pages go in a circle";
            return Err(Fault::new(FaultKind::BadResponse, why).in_operation(OPERATION));
        }
        let mut names = HashMap::new();
        for attributes in output.dimension_value_attributes.unwrap_or_default() {
            let name = attributes.attributes.and_then(|mut all| all.remove("description"));
            names.extend(attributes.value.zip(name));
        }
        Ok(Page { results: output.results_by_time.unwrap_or_default(), names })
    }
}

/// The refusals that everybody meets once, with what to do about them.
fn taught(fault: Fault) -> Fault {
    let said = fault.message.to_lowercase();
    let advice = if fault.code.as_deref() == Some("DataUnavailableException") {
        "Cost Explorer has nothing for this account yet: switch it on in the Billing console of the payer \
         account; the first figures take a day"
    } else if said.contains("not enabled") {
        "Cost Explorer is off: switch it on in the Billing console of the payer account"
    } else if fault.kind == FaultKind::IamDenied {
        "is this the account that pays (payer_account), and may its role call ce:GetCostAndUsage? a member \
         account sees costs only where the management account lets it"
    } else if said.contains("historical data beyond") {
        "ask for the last 14 months, or switch multi-year data on in Cost Explorer's settings"
    } else {
        return fault;
    };
    let message = format!("{} ({advice})", fault.message);
    Fault { message, ..fault }
}
