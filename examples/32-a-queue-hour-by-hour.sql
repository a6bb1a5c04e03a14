-- How long was orders-queue, hour by hour?
select date_trunc('hour', timestamp) as hour, max(value) as longest
from aws_cloudwatch_metric_data_point
where namespace = 'AWS/SQS' and metric_name = 'ApproximateNumberOfMessagesVisible' and stat = 'Maximum'
  and dimensions ->> 'QueueName' = 'orders-queue' and account_name = 'checkout-prod'
  and timestamp >= now() - interval '12 hours'
group by date_trunc('hour', timestamp)
order by hour
