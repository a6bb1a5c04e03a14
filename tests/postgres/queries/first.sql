-- rows of every kind of column, in an order
select account_id, region, instance_id, instance_type, launch_time, ebs_optimized, tags
from aws_ec2_instance
order by account_id, region, instance_id;

-- a text filter
select name from aws_s3_bucket where name like 'p%' order by name;

-- counts per group
select account_id, count(*) from aws_iam_user group by account_id;

-- names of columns, twice the same
select name, name, lower(name), upper(name) from aws_iam_role order by arn;

-- json members
select vpc_id, tags -> 'Name', tags ->> 'Name', tags -> 'none' from aws_vpc order by vpc_id;

-- error, in other words
select nothing from aws_vpc;

-- a frozen clock
select now(), current_timestamp;
