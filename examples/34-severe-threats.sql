-- What severe did GuardDuty find in the last thirty days?
select account_name, region, severity, type, created_at
from aws_guardduty_finding
where severity >= 7 and created_at >= now() - interval '30 days'
order by created_at desc, account_name
