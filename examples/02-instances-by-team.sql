-- How many instances does each team run in production?
select account_tags ->> 'team' as team, instance_type, count(*) as instances
from aws_ec2_instance
where account_tags ->> 'env' = 'production' and instance_state = 'running'
group by 1, 2
order by 1, 3 desc, 2
