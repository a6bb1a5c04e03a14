-- What was unusually expensive lately, and where?
select a.anomaly_start_date, a.anomaly_end_date, c ->> 'LinkedAccountName' as account, c ->> 'Region' as region,
  c ->> 'UsageType' as usage_type, a.total_impact, a.total_expected_spend
from aws_ce_anomaly as a, jsonb_array_elements(a.root_causes) as c
order by a.total_impact desc
