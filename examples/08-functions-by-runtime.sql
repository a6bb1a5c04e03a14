-- Which Lambda runtimes are in use, in how many accounts?
select runtime, count(*) as functions, count(distinct account_id) as accounts
from aws_lambda_function
group by runtime
order by functions desc, runtime
