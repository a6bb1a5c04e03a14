-- Who stopped which instance in production in the last day, and from where?
select account_name, region, event_time, username, resource_name, cloud_trail_event ->> 'sourceIPAddress' as address
from aws_cloudtrail_lookup_event
where event_name = 'StopInstances' and account_tags ->> 'env' = 'production' and event_time > now() - interval '1 day'
order by event_time desc
limit 10
