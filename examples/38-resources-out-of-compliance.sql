-- Which resources other than volumes break a rule of AWS Config?
select account_name, region, resource_type, resource_id
from aws_config_resource_compliance
where compliance_type = 'NON_COMPLIANT' and resource_type <> 'AWS::EC2::Volume'
order by account_name, resource_id
