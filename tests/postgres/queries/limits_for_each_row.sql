-- the first of each
select v.vpc_id, (select g.group_name from aws_vpc_security_group g where g.vpc_id = v.vpc_id order by g.group_name limit 1) as first_group from aws_vpc v order by 1;
select v.vpc_id, (select g.group_name from aws_vpc_security_group g where g.vpc_id = v.vpc_id and g.group_name like 'w%' order by g.group_name desc limit 1) from aws_vpc v order by 1;
select i.instance_id, (select v.size || '/' || v.volume_id from aws_ebs_volume v where v.account_id = i.account_id and v.region = i.region order by v.size desc, v.volume_id limit 1) from aws_ec2_instance i order by 1;
select u.name from aws_iam_user u where u.create_date < (select r.create_date from aws_iam_role r where r.account_id = u.account_id order by r.create_date desc nulls last, r.arn limit 1) order by 1;
select a.name, (select count(*) from (select 1 from aws_iam_role r where r.account_id = a.id) t limit 1) from aws_organizations_account a order by 1;
-- the first by what is computed, and by a comparison that is no equality
select v.vpc_id, (select jsonb_array_length(coalesce(g.ip_permissions, '[]')) from aws_vpc_security_group g where g.vpc_id = v.vpc_id order by jsonb_array_length(coalesce(g.ip_permissions, '[]')) desc, g.group_id limit 1) from aws_vpc v order by 1;
select d.db_instance_identifier, (select o.allocated_storage from aws_rds_db_instance o where o.allocated_storage > d.allocated_storage order by o.allocated_storage limit 1) from aws_rds_db_instance d order by 1;
-- the value is NULL where the first row's is
select v.vpc_id, (select nullif(g.group_name, 'default') from aws_vpc_security_group g where g.vpc_id = v.vpc_id order by g.group_name = 'default' desc, g.group_name limit 1) from aws_vpc v order by 1;
-- the first few, lateral
select v.vpc_id, g.group_name from aws_vpc v cross join lateral (select group_name from aws_vpc_security_group s where s.vpc_id = v.vpc_id order by group_name limit 2) g order by 1, 2;
select v.vpc_id, g.group_name from aws_vpc v, lateral (select group_name from aws_vpc_security_group s where s.vpc_id = v.vpc_id order by group_name limit 2 offset 1) as g order by 1, 2;
select u.name, r.name, r.create_date from aws_iam_user u left join lateral (select * from aws_iam_role r where r.account_id = u.account_id and r.name like 'l%' order by r.create_date desc, r.name limit 1) r on true order by 1, 2, 3;
select v.vpc_id, g.n from aws_vpc v left join lateral (select group_name as n, 1 as found from aws_vpc_security_group s where s.vpc_id = v.vpc_id and group_name <> 'default' order by group_name limit 1) g on g.n like '%w%' order by 1, 2;
select v.vpc_id, g.n, g.found from aws_vpc v left join lateral (select group_name as n, 1 as found from aws_vpc_security_group s where s.vpc_id = v.vpc_id and s.region = v.region and group_name <> 'default' order by group_name limit 1) g on true order by 1, 2;
-- with a set beside it
select v.vpc_id, g.group_name, p ->> 'IpProtocol' from aws_vpc v, lateral (select group_name, ip_permissions from aws_vpc_security_group s where s.vpc_id = v.vpc_id order by group_name limit 1) g, jsonb_array_elements(g.ip_permissions) p order by 1, 2, 3;
