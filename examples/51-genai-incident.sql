-- The dearest hours of the last three days, and who called.
select account_name, date_trunc('hour', timestamp) as hour, identity_name, count(*) as calls,
  count(*) filter (where error_code = 'ThrottlingException') as throttled,
  round(avg(latency_ms)) as latency_ms, round(sum(cost_usd)::numeric, 2) as usd
from aws_bedrock_invocation
where timestamp >= now() - interval '3 days' and account_name like 'ml-%'
group by 1, 2, 3
order by usd desc
limit 4
