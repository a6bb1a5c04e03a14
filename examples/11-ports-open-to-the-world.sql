-- Which ports does which security group open to everybody?
select
  account_name,
  region,
  group_name,
  p ->> 'IpProtocol' as protocol,
  (p ->> 'FromPort')::int as from_port,
  (p ->> 'ToPort')::int as to_port
from
  aws_vpc_security_group,
  jsonb_array_elements(ip_permissions) as p,
  jsonb_array_elements(p -> 'IpRanges') as r
where
  (r ->> 'CidrIp')::cidr = '0.0.0.0/0'
order by
  account_name,
  region,
  group_name,
  from_port;
