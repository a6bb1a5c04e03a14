-- Which functions failed in more than a hundredth of their calls in the last day?
select account_name, region, dimensions ->> 'FunctionName' as function_name,
  sum(value) filter (where metric_name = 'Errors') as errors,
  sum(value) filter (where metric_name = 'Invocations') as invocations
from aws_cloudwatch_metric_data_point
where namespace = 'AWS/Lambda' and metric_name in ('Errors', 'Invocations') and stat = 'Sum' and period = 3600
  and timestamp >= now() - interval '1 day'
group by account_name, region, dimensions ->> 'FunctionName'
having sum(value) filter (where metric_name = 'Errors') > 0.01 * sum(value) filter (where metric_name = 'Invocations')
order by errors desc
