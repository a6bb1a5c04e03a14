-- Which security groups let the whole internet in on SSH?
select account_name, region, group_id, group_name, vpc_id
from aws_vpc_security_group
where ip_permissions @> '[{"FromPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]'::jsonb
order by account_name, region, group_id
