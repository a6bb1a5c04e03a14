-- Which networks do production instances live in?
select i.account_name, i.region, v.vpc_id, v.cidr_block, v.is_default, count(*) as instances
from aws_ec2_instance as i
join aws_vpc as v on v.vpc_id = i.vpc_id and v.account_id = i.account_id and v.region = i.region
where i.ou_path = 'Root/Workloads/Prod'
group by 1, 2, 3, 4, 5
order by 1, 2, 3
