-- Which errors are the most frequent over all functions of an account? (Logs Insights, groups asked together)
select account_name, region, fields ->> 'errorType' as error, (fields ->> 'n')::int as n
from aws_cloudwatch_log_insight
where log_groups = '/aws/lambda/*'
  and query = 'filter ispresent(errorType) | stats count(*) as n by errorType'
  and timestamp > now() - interval '3 hours'
  and account_name like '%-prod'
order by n desc, account_name, region, error
limit 8
