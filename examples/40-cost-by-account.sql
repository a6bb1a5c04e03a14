-- What has each account cost this month, and what did the month before cost up to its end?
select account_name, period_start, sum(amount) as cost, bool_or(estimated) as estimated
from aws_cost_and_usage
where granularity = 'MONTHLY' and period_start >= date_trunc('month', now()) - interval '1 month'
group by account_name, period_start
order by period_start desc, cost desc
limit 12
