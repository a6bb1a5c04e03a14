-- Which IAM users have a password but no MFA device?
select account_name, name, create_date, password_last_used
from aws_iam_user
where not mfa_enabled and login_profile is not null
order by account_name, name
