-- Which databases are reachable from outside or not encrypted?
select account_name, region, db_instance_identifier, engine, engine_version, publicly_accessible, storage_encrypted
from aws_rds_db_instance
where publicly_accessible or not storage_encrypted
order by account_name, region, db_instance_identifier
