-- How busy were the databases in the last day?
select account_name, region, dimensions ->> 'DBInstanceIdentifier' as db_instance_identifier,
  round(avg(value)::numeric, 1) as average, round(max(value)::numeric, 1) as highest
from aws_cloudwatch_metric_data_point
where namespace = 'AWS/RDS' and metric_name = 'CPUUtilization' and stat = 'Average' and period = 300
  and timestamp >= now() - interval '1 day'
group by account_name, region, dimensions ->> 'DBInstanceIdentifier'
order by average desc
limit 8
