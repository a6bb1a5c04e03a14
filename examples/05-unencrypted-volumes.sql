-- How many gigabytes lie on unencrypted volumes, by account?
select account_name, count(*) as volumes, sum(size) as gigabytes
from aws_ebs_volume
where not encrypted
group by account_name
order by gigabytes desc, account_name
