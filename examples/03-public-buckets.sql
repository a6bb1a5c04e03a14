-- Which buckets could the world read?
select account_name, name, region, bucket_policy_is_public, block_public_policy, restrict_public_buckets
from aws_s3_bucket
where bucket_policy_is_public or not (block_public_acls and block_public_policy)
order by account_name, name
