-- Which instances are running, and where?
select account_name, region, instance_id, instance_type
from aws_ec2_instance
where instance_state = 'running'
order by account_name, region, instance_id
