-- the forms people publish, each as often written: joins, subqueries, windows, casts, units and formats
-- left join
select i.instance_id, v.vpc_id, v.cidr_block from aws_ec2_instance as i left join aws_vpc as v on i.vpc_id = v.vpc_id and v.is_default;
-- inner join
select i.instance_id, v.volume_id from aws_ec2_instance as i join aws_ebs_volume as v on v.account_id = i.account_id and v.region = i.region;
-- right join
select b.name, u.name from aws_s3_bucket as b right join aws_iam_user as u on u.account_id = b.account_id and u.name = b.name;
-- full join
select b.name, u.name from aws_s3_bucket as b full join aws_iam_user as u on u.account_id = b.account_id and b.versioning_enabled;
-- cross join
select v.vpc_id, n from aws_vpc as v cross join generate_series(1, 2) as n;
-- cross lateral
select i.instance_id, g ->> 'GroupName' from aws_ec2_instance as i cross join lateral jsonb_array_elements(i.security_groups) as g;
-- a function joined to the left
select g.group_id, p ->> 'IpProtocol' as protocol from aws_vpc_security_group as g left join jsonb_array_elements(g.ip_permissions) as p on p ->> 'IpProtocol' = 'tcp';
-- a function joined with on true
select g.group_id, p ->> 'ToPort' from aws_vpc_security_group as g join jsonb_array_elements(g.ip_permissions) as p on true;
-- join using
select account_id, i.instance_id, v.vpc_id from aws_ec2_instance as i join aws_vpc as v using (account_id, region);
-- comma joins
select i.instance_id, v.vpc_id from aws_ec2_instance i, aws_vpc v where i.vpc_id = v.vpc_id;
-- any of a subquery
select name from aws_iam_role where account_id = any (select account_id from aws_vpc where is_default);
-- a subquery as a value
select name, (select count(*) from aws_vpc v where v.account_id = b.account_id) as vpcs from aws_s3_bucket b;
-- an array from a subquery
select account_id, array(select v.vpc_id from aws_vpc v where v.account_id = a.account_id order by 1) from aws_account a;
-- exists
select name from aws_s3_bucket b where exists (select 1 from aws_iam_user u where u.account_id = b.account_id and u.mfa_enabled);
-- exists as a value
select exists (select 1 from aws_s3_bucket where bucket_policy_is_public) as any_public;
-- rank
select account_id, n, rank() over (order by n desc) from (select account_id, count(*) as n from aws_ec2_instance group by account_id) c order by 3, 1;
-- dense_rank and row_number
select name, dense_rank() over (partition by account_id order by versioning_enabled), row_number() over (partition by account_id order by name) from aws_s3_bucket;
-- lag and lead
select volume_id, size, size - lag(size) over (order by volume_id), lead(size, 1, 0::bigint) over (order by volume_id) from aws_ebs_volume;
-- share of the month before
with spent(month, cost) as (values (date '2026-01-01', 10.5), (date '2026-02-01', 21.0), (date '2026-03-01', 7.25)) select month, cost::numeric::money, round((100 * (cost - lag(cost) over (order by month)) / lag(cost) over (order by month))::numeric, 2) as percent from spent order by month;
-- window sums
select account_id, size, sum(size) over (partition by account_id order by volume_id rows between 1 preceding and current row) from aws_ebs_volume;
-- case with a value
select name, case versioning_enabled when true then 'ok' else 'alarm' end as status from aws_s3_bucket;
-- case with conditions
select arn as resource, case when mfa_enabled then 'ok' when login_profile is null then 'skip' else 'alarm' end as status, name || case when mfa_enabled then ' has MFA.' else ' has no MFA.' end as reason, region, account_id from aws_iam_user;
-- group by and having
select vpc_id, count(*) from aws_ec2_instance group by vpc_id having count(*) > 1;
-- group by an output column
select lower(region) as place, count(*) from aws_vpc group by place order by place;
-- group by a place
select instance_type, count(*) from aws_ec2_instance group by 1 order by 2 desc, 1;
-- order by an aggregate
select region, count(*) from aws_ec2_instance group by region order by count(*) desc, region;
-- distinct and grouped
select distinct account_id, count(*) from aws_vpc group by account_id;
-- distinct on
select distinct on (account_id) account_id, vpc_id from aws_vpc order by account_id, vpc_id desc;
-- limit and offset
select vpc_id from aws_vpc order by vpc_id limit 3 offset 2;
-- nulls first and last
select name, password_last_used from aws_iam_user order by password_last_used desc nulls last, name;
select name, password_last_used from aws_iam_user order by password_last_used nulls first, name;
-- union, union all
select 'bucket' as kind, name from aws_s3_bucket union select 'user', name from aws_iam_user;
select account_id from aws_vpc union all select account_id from aws_ec2_instance;
-- types of a union
select 1 as n union all select 2.5 union all select null;
-- intersect and except
select account_id from aws_vpc intersect select account_id from aws_ec2_instance;
select region from aws_vpc except select region from aws_ec2_instance;
select 1 as n except select 1.00;
select 1.50 as n intersect select 1.5 union select 3;
-- common table expressions
with public as (select name, account_id from aws_s3_bucket where bucket_policy_is_public), users as (select account_id, count(*) as n from aws_iam_user group by account_id) select p.name, u.n from public p left join users u using (account_id);
-- a derived table
select k.region, k.n from (select region, count(*) as n from aws_vpc group by region) as k where k.n > 1;
-- columns renamed
select x.a, x.b from (select vpc_id, region from aws_vpc) as x(a, b);
-- quoted names
select vpc_id as "VPC Id", region as "Region" from aws_vpc order by "VPC Id";
-- aggregates of distinct values and with filters
select count(distinct region), count(*) filter (where is_default), count(*) filter (where not is_default), array_agg(distinct region order by region) from aws_vpc;
-- bool_and, bool_or
select account_id, bool_and(encrypted), bool_or(encrypted), every(size > 0) from aws_ebs_volume group by account_id;
-- min, max, sum, avg
select region, min(size), max(size), sum(size), avg(size), round(avg(size), 2), min(create_time), max(volume_id) from aws_ebs_volume group by region;
-- string_agg in two orders
select account_id, string_agg(name, ', ' order by name), string_agg(name, ', ' order by name desc), array_agg(name order by name desc) from aws_iam_role group by account_id;
-- columns of a function, and its alias as a value
select t.key, t.value from aws_ec2_instance i, jsonb_each(i.tags) as t;
select t, t ->> 'Key' from aws_vpc v, jsonb_array_elements(v.tags_src) t;
select k, v from aws_ec2_instance i, jsonb_each_text(i.tags) as t(k, v);
select value ->> 'GroupId' from aws_ec2_instance, jsonb_array_elements(security_groups);
select p.value ->> 'IpProtocol' from aws_vpc_security_group g, jsonb_array_elements(g.ip_permissions) as p;
-- with ordinality
select s ->> 'Effect', n from aws_iam_role, jsonb_array_elements(assume_role_policy_std -> 'Statement') with ordinality as t(s, n);
-- a function over a function
select a from aws_iam_role, jsonb_array_elements(assume_role_policy_std -> 'Statement') as s, jsonb_array_elements_text(s -> 'Action') as a;
-- one value or several
select a from aws_iam_role, jsonb_array_elements(assume_role_policy -> 'Statement') as s, jsonb_array_elements_text(case jsonb_typeof(s -> 'Action') when 'array' then s -> 'Action' else jsonb_build_array(s -> 'Action') end) as a;
-- parts of a text
select part from aws_ec2_instance, unnest(string_to_array(instance_type, '.')) as part;
select instance_id, string_to_array(placement_availability_zone, '-') as parts, (string_to_array(placement_availability_zone, '-'))[1] from aws_ec2_instance;
select parts[2] from aws_ec2_instance, string_to_array(instance_type, '.') as parts;
-- glob
select name from aws_iam_role, glob('*admin*') as pattern where name ilike pattern;
-- json twins
select key, value from json_each_text('{"a": 1, "b": "x", "c": null}');
select value from json_array_elements_text('["a", 2, null, {"b": 1}]');
select e from aws_ec2_instance, json_array_elements_text((tags_src)::json) as e;
select k, v from aws_ec2_instance, json_each_text(tags::json) as t(k, v);
-- paths in FROM
select q from aws_vpc_security_group, jsonb_path_query(ip_permissions, '$[*].IpRanges[*].CidrIp') as q;
-- series by day, and correlated
select d::date from generate_series(date '2026-01-30', date '2026-02-02', interval '1 day') as d;
select v.volume_id, s from aws_ebs_volume v, generate_series(1, v.size / 50) as s;
select to_char(m, 'YYYY-MM') from generate_series(date_trunc('month', current_date - interval '3 month'), date_trunc('month', current_date), interval '1 month') as m;
-- sets in the SELECT list
select name, jsonb_array_elements_text(attached_policy_arns) from aws_iam_role;
select instance_id, jsonb_object_keys(tags), unnest(array[1, 2]) from aws_ec2_instance;
select instance_id, (jsonb_each_text(tags)).key from aws_ec2_instance;
-- jsonb beside a literal and a column
select name from aws_s3_bucket where tags -> 'env' = '"prod"';
select i.instance_id from aws_ec2_instance i join aws_vpc v on i.tags -> 'Name' = v.tags -> 'Name';
select g.group_id from aws_vpc_security_group g, jsonb_array_elements(g.ip_permissions) p where p -> 'FromPort' = '22' or p ->> 'FromPort' is null;
-- keys that are not constant, places from either end
select instance_id, tags ->> (case when region like 'eu%' then 'Name' else 'env' end), security_groups -> 0, security_groups -> -1 ->> 'GroupId', tags_src ->> 0 from aws_ec2_instance;
-- paths as arrays
select block_device_mappings #> '{0,Ebs,Status}', block_device_mappings #>> '{0,Ebs,VolumeId}', block_device_mappings #>> array['0', 'DeviceName'] from aws_ec2_instance;
-- json operators
select '{"a": {"b": 1}}'::json -> 'a' ->> 'b', '{"a": [1, 2]}'::json #>> '{a,1}', '[1, 2]'::json -> 1;
-- contains, contained, has keys
select tags @> '{"env": "prod"}', tags <@ '{"env": "prod"}', tags ? 'env', tags ?| array['x', 'env'], tags ?& array['Name', 'env'] from aws_ec2_instance;
-- casts of JSON access
select (p ->> 'FromPort')::int, (p -> 'FromPort')::int, (p ->> 'FromPort')::numeric, (p ->> 'ToPort')::float, (p -> 'ToPort')::text, (p ->> 'IpProtocol')::text from aws_vpc_security_group, jsonb_array_elements(ip_permissions) p;
select (r ->> 'CidrIp')::cidr, (r ->> 'CidrIp')::inet, masklen((r ->> 'CidrIp')::cidr) from aws_vpc_security_group, jsonb_array_elements(ip_permissions) p, jsonb_array_elements(p -> 'IpRanges') r;
select (b -> 'Ebs' ->> 'DeleteOnTermination')::bool, (b -> 'Ebs' -> 'DeleteOnTermination')::bool, (b -> 'Ebs' ->> 'AttachTime')::timestamp, (b -> 'Ebs' ->> 'AttachTime')::date, (b ->> 'Ebs')::jsonb -> 'Status' from aws_ec2_instance, jsonb_array_elements(block_device_mappings) b;
-- casts of columns
select size::numeric, size::text, size::int, size::float8, size::varchar, create_time::date, create_time::timestamp, encrypted::text, encrypted::int, size::numeric::money, size::money, iops::text from aws_ebs_volume;
select tags::json ->> 'Name', tags::text, title::varchar(3), cidr_block::text, cidr_block::inet, is_default::text from aws_vpc;
select '{1,2}'::int4[], '{a,b}'::text[], 'true'::bool, 't'::bool, 'off'::bool, '1'::bool, 1::bool, 5::int4::text, '12'::varchar::int, '1.5'::float, 'x'::varchar;
-- addresses
select vpc_id from aws_vpc where cidr_block <<= '10.0.0.0/8';
select instance_id, private_ip_address << '10.0.0.0/8', host(private_ip_address), masklen(private_ip_address) from aws_ec2_instance;
select cidr_block, host(cidr_block), netmask(cidr_block), network(cidr_block), broadcast(cidr_block), masklen(cidr_block), power(2, 32 - masklen(cidr_block)) from aws_vpc;
select i.instance_id, v.vpc_id from aws_ec2_instance i join aws_vpc v on i.private_ip_address <<= v.cidr_block;
-- levels of the organization
select id, path, nlevel(text2ltree('a.b.c')), 'a.b.c'::ltree ~ 'a.*', 'a.b'::ltree @> 'a.b.c'::ltree, 'a.b.c'::ltree ~ '*.!b.c' from (values (1, 'a.b')) v(id, path);
-- patterns
select name from aws_iam_role where name like '%Admin%' and name not like 'a%' and name ilike '%ADMIN%' and name not ilike 'x%';
select name like any (array['%a%', '%b%']), name ilike any (array['%A', 'b%']), name not ilike any (array['a%', 'b%']), name similar to '%(a|e)%', name ~ '^[a-z]', name ~* '^A', name !~ 'x$', name !~* 'X$' from aws_iam_role;
select name from aws_iam_role where name in ('admin', 'reader') or name not in ('a', 'b') and name = any ('{admin,reader}');
-- between
select volume_id, size between 10 and 100, size not between 10 and 100, size between symmetric 100 and 10 from aws_ebs_volume;
-- true, false, null
select name, versioning_enabled is true, versioning_enabled is not true, versioning_enabled is false, versioning_enabled is null, versioning_enabled is not null, logging is null, versioning_enabled is unknown from aws_s3_bucket;
-- coalesce, nullif, greatest
select coalesce(tags ->> 'Name', title, 'none'), nullif(tags ->> 'env', 'prod'), greatest(size, 100), least(size, iops, 50) from aws_ebs_volume;
-- distinct from, with its precedence
select name from aws_s3_bucket where versioning_enabled is distinct from true and bucket_policy_is_public is not distinct from false;
-- intervals in all spellings
select name from aws_iam_user where create_date < now() - interval '90 days' and create_date < now() - interval '90' day and create_date < now() - '90 days'::interval;
select interval '1 d', interval '2 hours', interval '30 minutes', interval '1 month', interval '3 months', interval '1 year', interval '1 year 2 months 3 days 04:05:06', interval '1' month, interval '90' day, interval '1-2' year to month;
-- ages
select age(now(), create_date), now() - create_date, date_part('day', now() - create_date), extract(day from now() - create_date), current_date - create_date::date, current_date - 30, current_date - interval '30 days', extract(epoch from now() - create_date) from aws_iam_user;
-- parts
select date_part('days', interval '40 days'), extract(days from interval '5 days 03:00'), extract(hour from timestamp '2026-01-02 03:04:05'), extract(epoch from timestamp '2026-01-02 03:04:05'), extract(year from date '2026-01-02'), date_part('dow', date '2026-01-04'), extract(week from date '2026-01-04');
-- truncated
select date_trunc('month', create_time), date_trunc('day', create_time), date_trunc('year', create_time), date_trunc('hour', create_time), date_trunc('month', current_date)::date from aws_ebs_volume;
-- formats
select to_char(create_time, 'YYYY-MM'), to_char(create_time, 'Mon-YY'), to_char(create_time, 'DD-Mon-YYYY'), to_char(create_time, 'Month'), to_char(create_time, 'YYYY-MM-DD HH24:MI:SS'), to_char(size, 'fm00000'), to_char(1234.5, 'FM9,999.00'), to_char(-5, '999') from aws_ebs_volume;
-- read by format
select to_timestamp('02 Jan 2026', 'DD Mon YYYY'), to_date('2026-01-31', 'YYYY-MM-DD'), to_timestamp(1767225600), to_number('1,234.5', '9,999.9');
-- functions of text
select split_part(arn, ':', 5), split_part(arn, '/', 2), initcap(name), reverse(name), left(name, 3), right(name, 2), substring(name, 2, 3), substring(name from 1 for 2), position('a' in name), length(name), replace(name, 'a', 'b'), concat(name, '-', region), concat_ws('/', account_id, null, name), trim('"' from '"x"'), upper(name), lower(name) from aws_iam_role;
-- joined texts
select name || ' in ' || account_id || '.', name || 5, 'mfa ' || mfa_enabled::text from aws_iam_user;
-- arrays
select array_to_string(array['a', null, 'b'], ', '), array_length(array[1, 2], 1), cardinality(array['a']), array['a'] || 'b'::text, array[1] || array[2], array[1, 2] @> array[1], 2 = any (array[1, 2]), array_agg(region) is not null from aws_region;
-- regular expressions
select regexp_split_to_array('a1b22c', '\d+'), regexp_replace('a1b2', '\d', '#', 'g'), regexp_matches('ab12', '([a-z]+)(\d+)'), substring('abc-123' from '\d+');
-- built documents
select json_build_object('id', vpc_id, 'title', coalesce(title, vpc_id), 'properties', json_build_object('Region', region, 'n', 1.50)) from aws_vpc;
select jsonb_build_object('id', vpc_id, 'tags', tags, 'default', is_default, 'cidr', cidr_block), jsonb_build_array(vpc_id, 1, null, 2.50) from aws_vpc;
select account_id, json_agg(vpc_id order by vpc_id), jsonb_agg(tags order by vpc_id), jsonb_object_agg(vpc_id, region) from aws_vpc group by account_id;
-- lengths, types, keys, extracted paths
select jsonb_array_length(security_groups), jsonb_typeof(tags), jsonb_typeof(tags -> 'Name'), jsonb_extract_path(block_device_mappings, '0', 'Ebs'), jsonb_extract_path_text(tags, 'Name'), to_jsonb(instance_type), to_jsonb(tags_src) from aws_ec2_instance;
select jsonb_path_exists(ip_permissions, '$[*] ? (@.FromPort == 22)') from aws_vpc_security_group;
-- numbers
select round(size / 3.0, 2), size / 3, size % 7, -size, size * 1.5, size + 0.5, round(2.5), round(-2.5), round(2.567, 1), power(2, 10), 7 / 2, 7 / 2.0, ceil(1.2), floor(-1.2), abs(-3), 0.1 + 0.2 = 0.3, 1e3, 12345678901234567890 + 1 from aws_ebs_volume;
-- numbers beyond two to the power of 53
select '{"n": 9007199254740993, "m": 12345678901234567890.10}'::jsonb, ('{"n": 9007199254740993}'::jsonb ->> 'n')::bigint + 1, ('{"n": 9007199254740993}'::jsonb -> 'n')::numeric * 10;
-- JSON null and NULL
select '{"a": null}'::jsonb -> 'a' is null, '{"a": null}'::jsonb ->> 'a' is null, '{"a": null}'::jsonb -> 'b' is null, ('{"a": null}'::jsonb -> 'a') = 'null', coalesce('{"a": null}'::jsonb -> 'a', '5');
-- hidden columns
select _ctx ->> 'connection_name', sp_connection_name, sp_ctx from aws_vpc;
-- without FROM
select 'x' as label, 1 as value, null as nothing, now() > now() - interval '1 day' as later, current_date = now()::date as today;
-- schema-qualified
select count(*) from aws.aws_vpc;
-- args: '{vpc,x}', '10', 'eu-west-1'
select vpc_id, $2::int + 1 from aws_vpc where vpc_id = any ($1::text[]) or region = $3;
