-- Which services failed requests in the last hour, and how slow were they? (X-Ray)
select account_name, entry_point_name, count(*) as failed, max(response_time) as slowest
from aws_xray_trace_summary
where start_time > now() - interval '1 hour' and has_fault
group by account_name, entry_point_name
order by failed desc, account_name, entry_point_name
