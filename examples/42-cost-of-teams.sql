-- What does each team cost this month, by the tags of its accounts?
select account_tags ->> 'team' as team, sum(amount) as cost, sum(amortized_amount) as amortized
from aws_cost_and_usage
where granularity = 'MONTHLY' and period_start >= date_trunc('month', now())
group by team
order by cost desc
