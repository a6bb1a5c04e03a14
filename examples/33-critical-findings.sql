-- Which findings of Security Hub are critical and open?
select account_name, region, severity ->> 'Label' as severity, title, resources -> 0 ->> 'Id' as resource
from aws_securityhub_finding
where severity ->> 'Label' in ('CRITICAL', 'HIGH') and record_state = 'ACTIVE' and workflow_status in ('NEW', 'NOTIFIED')
order by severity, account_name, resource
