-- What each model cost in the last seven days, from the invocation logs of every account.
select model_id, count(*) as calls, sum(input_tokens) as input, sum(cache_read_input_tokens) as cached,
  sum(output_tokens) as output, round(sum(cost_usd)::numeric, 2) as usd
from aws_bedrock_invocation
where timestamp >= date_trunc('day', now()) - interval '7 days' and account_name not in ('sandbox-bob', 'mobile-staging')
group by model_id
order by usd desc
