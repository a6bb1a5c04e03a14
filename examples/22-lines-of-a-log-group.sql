-- What did the database say while it had no connections left? (FilterLogEvents with a filter pattern)
select account_name, timestamp, left(message, 100) as message
from aws_cloudwatch_log_event
where log_group_name = '/aws/rds/instance/checkout-prod-main/postgresql'
  and filter = '"remaining connection slots"'
  and timestamp > now() - interval '2 hours'
order by timestamp
limit 5
