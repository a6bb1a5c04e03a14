-- Which instances have no owner?
select account_name, region, instance_id, title, tags
from aws_ec2_instance
where tags ->> 'owner' is null
order by account_name, region, instance_id
limit 10
