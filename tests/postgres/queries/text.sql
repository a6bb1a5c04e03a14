-- cutting
select left('hello', 2), left('hello', -2), right('hello', 2), right('hello', -2), substring('hello' from 2 for 3), substring('hello', 2), substr('hello', -1, 4), split_part('a.b.c', '.', 2), split_part('a.b.c', '.', -1), split_part('a.b', '.', 5);
-- padding and trimming
select lpad('5', 3, '0'), rpad('x', 3), lpad('hello', 3), trim('  a '), trim(both 'x' from 'xxaxx'), trim(leading from '  a '), btrim('xyax', 'xy'), ltrim('00120', '0'), rtrim('1.500', '0');
-- case and order of letters
select upper('aé'), lower('AÉ'), initcap('hello_world 2nd o''neil'), reverse('abc'), length('héllo'), char_length('abc'), octet_length('é'), bit_length('a');
-- looking for
select position('l' in 'hello'), strpos('hello', 'z'), starts_with('hello', 'he'), 'hello' like 'h%', 'hello' not like '%x%', 'HELLO' ilike 'h_llo', 'a%b' like 'a\%b', 'a%b' like 'a!%b' escape '!';
-- joining
select 'a' || 'b', 'a' || 1, 1 || 'a', 'a' || null, 'a' || true, 'x' || 1.50, concat('a', null, 1, true, 2.50), concat_ws('-', 'a', null, 'b', 3), concat_ws(null, 'a', 'b');
-- replacing
select replace('a-b-c', '-', ''), translate('12345', '143', 'ax'), overlay('Txxxxas' placing 'hom' from 2 for 4), repeat('ab', 3), regexp_replace('a1b22', '[0-9]+', '#'), regexp_replace('a1b22', '[0-9]+', '#', 'g'), regexp_replace('John Smith', '(\w+) (\w+)', '\2 \1'), regexp_replace('AbAb', 'a', 'x', 'gi');
-- characters
select chr(65), ascii('A'), chr(233), md5('a'), quote_literal('it''s'), quote_ident('A b'), quote_nullable(null), to_hex(255);
-- regular expressions
select 'abc' ~ 'b', 'ABC' ~* 'b', 'abc' !~ 'x', 'abc' !~* 'B', 'a' || chr(10) || 'b' ~ 'a.b', 'foo bar' ~ '\ybar\y', 'a[b' ~ '[[]', 'aab' ~ '^a{2}b$', 'x-1' ~ '[[:digit:]]$';
-- parts by pattern
select substring('foobar' from 'o(.)b'), substring('foobar', 'o.b'), regexp_match('foobar', '(o.)(b)'), regexp_split_to_array('a, b,c', ',\s*'), regexp_count('banana', 'a'), regexp_like('abc', 'B', 'i'), regexp_match('abc', 'x');
-- similar to
select 'abc' similar to 'abc', 'abc' similar to 'a', 'abc' similar to '%(b|d)%', 'abc' similar to '(b|c)%', 'a.c' similar to 'a.c', 'abc' similar to 'a.c', 'abc' not similar to 'x%';
-- like any of several
select name from aws_s3_bucket where name like any (array['%log%', '%data%']) order by name;
-- ilike any, not like all
select name ilike any (array['%LOG%', 'x']), name not like all (array['%log%', '%data%']), name like any ('{%a%,%b%}') from aws_s3_bucket order by name;
-- equal to any of several
select instance_id from aws_ec2_instance where instance_state = any (array['stopped', 'terminated']) order by instance_id;
-- any of an array that is computed
select count(*) from aws_ec2_instance where instance_type = any (string_to_array('t3.micro,t3.small,m5.large', ','));
-- unlike all, less than any
select 3 = any (array[1, 2, 3]), 3 <> all (array[1, 2]), 3 < any (array[1, 5]), 3 > all (array[1, 2]), 3 = any (array[1, null]), 3 = any ('{1,2,3}'), null = any (array[1]), 3 = any (array[]::int[]);
-- a list
select count(*) from aws_ec2_instance where instance_state in ('running', 'stopped') and region not in ('eu-west-1');
-- distinct from
select null is distinct from 1, 1 is distinct from 1, null is not distinct from null, 'a' is distinct from 'b' and true;
-- text of everything
select true::text, false::varchar, 'a'::char(3) || '|', 'abcdef'::varchar(3), 12::text, now()::date::text, '{a,b}'::text[]::text, null::text;
-- booleans of text
select 'true'::bool, 't'::bool, 'yes'::bool, 'on'::bool, '1'::bool, 'off'::bool, 'NO'::bool, 1::bool, 0::bool, true::int;
-- arrays
select array[1, 2, 3], array['a', 'b c', null, ''], array[1.5, 2], '{1,2}'::int[], array[]::text[], array[array_length(array[1,2], 1)], (array['x', 'y'])[2], (array[1,2])[5];
-- functions of arrays
select array_length(array[1, 2], 1), cardinality(array[]::int[]), array_to_string(array['a', null, 'c'], ','), array_to_string(array['a', null, 'c'], ',', '*'), array_append(array[1], 2), array_prepend(0, array[1]), array_cat(array[1], array[2]), array_position(array['a', 'b'], 'b'), array_remove(array[1, 2, 1], 1), array_upper(array[1, 2, 3], 1), string_to_array('a,b,,c', ','), string_to_array('abc', null), string_to_array('', ',');
-- operators of arrays
select array[1, 2] || 3, 0 || array[1], array[1] || array[2, 3], array[1, 2] && array[2, 5], array[1, 2, 3] @> array[2], array[1] <@ array[1, 2], array[1, 2] = array[1, 2], array[1, 2] < array[1, 3];
-- gathered
select array_agg(name order by name), string_agg(name, ', ' order by name desc), count(distinct account_id), bool_and(bucket_policy_is_public), bool_or(bucket_policy_is_public), every(name is not null) from aws_s3_bucket;
-- gathered with a filter
select count(*) filter (where instance_state = 'running'), array_agg(distinct instance_type order by instance_type) from aws_ec2_instance;
-- case
select case when 1 = 1 then 'a' else 'b' end, case 2 when 1 then 'x' when 2 then 'y' end, case when false then 1 end, case when true then 1 else 2.5 end, case when true then null else current_date end;
-- case over types
select case when size > 50 then size else 0.5 end, case when size > 50 then create_time else now() end, case size when 8 then 'eight' else volume_id end from aws_ebs_volume order by volume_id;
-- coalesce and nullif
select coalesce(null, 1), coalesce(null, 'a', 'b'), coalesce(1, 2.5), nullif(1, 1), nullif(1, 2), nullif('a', 'b'), coalesce(null::text, null), num_nulls(1, null, 'a'), num_nonnulls(1, null);
-- lazily chosen
select coalesce(1, 1 / 0), case when true then 1 else 1 / 0 end;
-- three values of logic
select null and false, null or true, not null, null = null, true and null, (null is null) is true, (1 = 2) is false, null is unknown;
-- exists as a value
select exists (select 1 from aws_vpc), exists (select 1 from aws_vpc where false), not exists (select 1 from aws_vpc);
-- exists of a row
select name, exists (select 1 from aws_lambda_function f where f.account_id = b.account_id) as has from aws_s3_bucket b order by name;
-- exists in a condition
select count(*) from aws_s3_bucket b where exists (select 1 from aws_vpc v where v.account_id = b.account_id) or b.name like 'a%';
-- scalar subqueries
select (select count(*) from aws_vpc), (select max(name) from aws_s3_bucket), (select name from aws_s3_bucket where false);
-- names twice
select 1 as a, 2 as a, 'x' as "A b", name, name from aws_s3_bucket order by name limit 2;
-- a union of unlike types
select 1 as n union all select 2.5 union all select null order by n;
-- a union of literals
select 'a' as kind, count(*) as n from aws_vpc union select 'b', count(*) from aws_s3_bucket order by kind;
-- values
select * from (values (1, 'a'), (2, null)) as v(n, t) order by n;
-- with a schema's name
select count(*) from aws.aws_vpc v where v.region = 'us-east-1';
-- glob
select glob('a*b?c');
-- a glob joined
select name from aws_s3_bucket, glob('*log*') as g where name like g order by name;
-- window functions
select name, row_number() over (order by name), rank() over (order by account_id), dense_rank() over (order by account_id), lag(name) over (order by name), lead(name, 2, 'none') over (order by name), count(*) over (), sum(1) over (order by name) from aws_s3_bucket order by name;
-- distinct on
select distinct on (account_id) account_id, name from aws_s3_bucket order by account_id, name desc;
-- parameters
-- args: 'us-east-1'
select count(*) from aws_vpc where region = $1;
-- parameters of other types
-- args: '5', '2026-01-01'
select 10 - $1, $2::date + 1, $1::int * 2, now() > $2;
-- a parameter in a list
-- args: 'running', '{t3.micro,t3.small}'
select count(*) from aws_ec2_instance where instance_state = $1 and instance_type = any ($2);
-- error
select lower(5);
-- error
select nothing('a', 1);
-- error
select 'a' + 1;
-- error
select name || account_id + 1 from aws_s3_bucket;
-- error
select nope from aws_vpc;
-- error
select v.nope from aws_vpc v;
-- error
select x.vpc_id from aws_vpc v;
-- error
select name from aws_vpc_nope;
-- error
select region from aws_vpc a join aws_s3_bucket b on a.account_id = b.account_id;
-- error
select name, count(*) from aws_s3_bucket;
-- error
select name = 5 from aws_s3_bucket;
-- error
select case when true then 1 else 'x' end;
-- error, in other words
select coalesce(1, current_date);
-- error
select 'maybe'::bool;
-- error
select true::inet;
-- error
select name::nothing from aws_s3_bucket;
-- error
select '{a'::text[];
-- error, in other words
select count(*) from aws_vpc where count(*) > 1;
-- error, in other words
select 1 union select 'a';
-- error, in other words
select array[1, current_date];
-- nullif has the type of its first argument, as = takes it
select nullif(1, 2.5), nullif(1, 1.0), nullif(1::bigint, 1), nullif(1, 2::bigint), nullif(1, 1.5::float8), nullif('1', 1), nullif(1, null), nullif(null, 'a');
select nullif(cidr_block, cidr_block::inet), nullif(cidr_block, '10.0.0.0/8') from aws_vpc;
select nullif(create_date::date, create_date), nullif(create_date::date::timestamp, create_date::date) from aws_iam_role order by arn;
select nullif(tags, '{}'::jsonb), nullif(array[1, 2], array[1, 2]), nullif(array[1], array[2]) from aws_vpc;
