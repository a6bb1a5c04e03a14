//! What a column of an export is called in CUR 2.0, whichever kind of export it is in.
//!
//! Legacy reports write `lineItem/UsageAccountId` in CSV and `line_item_usage_account_id` in Parquet, as CUR
//! 2.0 does everywhere; FOCUS has words of its own.

/// A kind of export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The older Cost and Usage Report.
    Legacy,
    /// Data Exports' CUR 2.0.
    Cur2,
    /// FinOps Open Cost and Usage Specification 1.0.
    Focus,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Legacy => "cur",
            Kind::Cur2 => "cur2",
            Kind::Focus => "focus",
        }
    }

    /// By the names of a file's columns; `None` for a file that is no export of costs.
    pub fn of(columns: &[String]) -> Option<Kind> {
        let has = |name: &str| columns.iter().any(|column| column == name);
        if has("BilledCost") && has("ChargePeriodStart") {
            return Some(Kind::Focus);
        }
        if columns.iter().any(|column| column.starts_with("lineItem/")) {
            return Some(Kind::Legacy);
        }
        if !columns.iter().any(|column| column.starts_with("line_item_")) {
            return None;
        }
        // What CUR 2.0 keeps in one map has a column for each key in the older report.
        let flat = columns.iter().any(|column| column.starts_with("resource_tags_"));
        let nested = has("resource_tags") || has("product") || has("cost_category") || has("discount");
        Some(if flat || !nested { Kind::Legacy } else { Kind::Cur2 })
    }
}

/// FOCUS's name of what CUR 2.0 calls so.
const FOCUS: [(&str, &str); 31] = [
    ("bill_bill_type", "ChargeClass"),
    ("bill_billing_entity", "PublisherName"),
    ("bill_billing_period_end_date", "BillingPeriodEnd"),
    ("bill_billing_period_start_date", "BillingPeriodStart"),
    ("bill_invoicing_entity", "InvoiceIssuerName"),
    ("bill_payer_account_id", "BillingAccountId"),
    ("bill_payer_account_name", "BillingAccountName"),
    ("effective_cost", "EffectiveCost"),
    ("line_item_availability_zone", "AvailabilityZone"),
    ("line_item_currency_code", "BillingCurrency"),
    ("line_item_legal_entity", "ProviderName"),
    ("line_item_line_item_description", "ChargeDescription"),
    ("line_item_line_item_type", "ChargeCategory"),
    ("line_item_operation", "x_Operation"),
    ("line_item_product_code", "x_ServiceCode"),
    ("line_item_resource_id", "ResourceId"),
    ("line_item_unblended_cost", "BilledCost"),
    ("line_item_unblended_rate", "ListUnitPrice"),
    ("line_item_usage_account_id", "SubAccountId"),
    ("line_item_usage_account_name", "SubAccountName"),
    ("line_item_usage_amount", "ConsumedQuantity"),
    ("line_item_usage_end_date", "ChargePeriodEnd"),
    ("line_item_usage_start_date", "ChargePeriodStart"),
    ("line_item_usage_type", "x_UsageType"),
    ("pricing_public_on_demand_cost", "ListCost"),
    ("pricing_purchase_option", "PricingCategory"),
    ("pricing_unit", "ConsumedUnit"),
    ("product_region_code", "RegionId"),
    ("product_servicename", "ServiceName"),
    ("resource_tags", "Tags"),
    ("commitment_id", "CommitmentDiscountId"),
];

/// Names that the older report has for the same.
const OLDER: [(&str, &str); 4] = [
    ("product_region_code", "product_region"),
    ("product_servicename", "product_product_name"),
    ("commitment_id", "savings_plan_savings_plan_a_r_n"),
    ("effective_cost", "savings_plan_savings_plan_effective_cost"),
];

/// Maps of CUR 2.0 that the older report spreads over columns.
pub const SPREAD: [&str; 4] = ["resource_tags", "cost_category", "discount", "product"];

/// `lineItem/UsageAccountId` as `line_item_usage_account_id`; capitals as AWS spells them: `a_r_n`.
pub fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 8);
    for c in name.chars() {
        if c.is_uppercase() {
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
            out.extend(c.to_lowercase());
        } else if c.is_alphanumeric() {
            out.push(c);
        } else if !out.ends_with('_') {
            out.push('_');
        }
    }
    out
}

/// The column of a file that shows what CUR 2.0 calls `wanted`.
pub fn find(kind: Kind, columns: &[String], wanted: &str) -> Option<usize> {
    let at = |name: &str| columns.iter().position(|column| column == name);
    if kind == Kind::Focus {
        let focus = FOCUS.iter().find(|(cur, _)| *cur == wanted).and_then(|(_, name)| at(name));
        return focus.or_else(|| at(wanted));
    }
    let older = OLDER.iter().find(|(cur, _)| *cur == wanted).map(|(_, name)| *name);
    [Some(wanted), older].into_iter().flatten().find_map(|name| {
        at(name).or_else(|| columns.iter().position(|column| column.contains('/') && snake(column) == name))
    })
}

/// The columns over which the older report spreads a map, with the keys they stand for.
pub fn spread(columns: &[String], map: &str) -> Vec<(usize, String)> {
    let prefix = format!("{map}_");
    let key = |column: &String| snake(column).strip_prefix(&prefix).map(str::to_owned);
    columns.iter().enumerate().filter_map(|(at, column)| Some((at, key(column)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn capitals_become_underscores_as_aws_writes_them() {
        for (legacy, cur2) in [
            ("lineItem/UsageAccountId", "line_item_usage_account_id"),
            ("reservation/ReservationARN", "reservation_reservation_a_r_n"),
            ("resourceTags/user:CostCenter", "resource_tags_user_cost_center"),
            ("line_item_usage_type", "line_item_usage_type"),
        ] {
            assert_eq!(snake(legacy), cur2);
        }
    }

    #[test]
    fn an_export_is_known_by_its_columns() {
        let of = |names: &[&str]| Kind::of(&columns(names));
        assert_eq!(of(&["lineItem/UnblendedCost", "product/region"]), Some(Kind::Legacy));
        assert_eq!(of(&["line_item_unblended_cost", "resource_tags_user_team"]), Some(Kind::Legacy));
        assert_eq!(of(&["line_item_unblended_cost", "resource_tags"]), Some(Kind::Cur2));
        assert_eq!(of(&["BilledCost", "ChargePeriodStart"]), Some(Kind::Focus));
        assert_eq!(of(&["name", "colour"]), None);
    }

    #[test]
    fn the_same_thing_is_found_in_each_kind() {
        let focus = columns(&["BilledCost", "SubAccountId", "RegionId"]);
        assert_eq!(find(Kind::Focus, &focus, "line_item_usage_account_id"), Some(1));
        let legacy = columns(&["identity/LineItemId", "lineItem/UsageAccountId", "product/region"]);
        assert_eq!(find(Kind::Legacy, &legacy, "line_item_usage_account_id"), Some(1));
        assert_eq!(find(Kind::Legacy, &legacy, "product_region_code"), Some(2));
        assert_eq!(find(Kind::Legacy, &legacy, "line_item_unblended_cost"), None);
        let tags = columns(&["resourceTags/user:team", "resource_tags_aws_created_by"]);
        let keys: Vec<_> = spread(&tags, "resource_tags").into_iter().map(|(_, key)| key).collect();
        assert_eq!(keys, ["user_team", "aws_created_by"]);
    }
}
