-- What did somebody at 203.0.113.7 do in payments-prod?
select event_time, username, event_source, event_name, cloud_trail_event ->> 'errorCode' as error_code
from aws_cloudtrail_lookup_event
where cloud_trail_event ->> 'sourceIPAddress' = '203.0.113.7' and account_name = 'payments-prod'
  and event_time > now() - interval '2 days'
order by event_time desc
