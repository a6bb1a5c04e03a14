-- When did a function fail, and how often? (Logs Insights; the incident of the demo)
select timestamp, account_name, region, fields ->> 'errors' as errors
from aws_cloudwatch_log_insight
where log_group_name = '/aws/lambda/order-intake'
  and query = 'filter level = "ERROR" | stats count(*) as errors by bin(5m)'
  and timestamp > now() - interval '1 hour'
order by timestamp
