-- Where did the root user sign in lately, and is its MFA on?
select e.account_name, max(e.event_time) as last_sign_in, bool_and(r.mfa_active) as mfa
from aws_cloudtrail_lookup_event e
join aws_iam_credential_report r on r.account_id = e.account_id and r.user_name = '<root_account>'
where e.username = 'root' and e.event_name = 'ConsoleLogin' and e.event_time > now() - interval '2 days' and e.region = 'us-east-1'
group by e.account_name
order by e.account_name
