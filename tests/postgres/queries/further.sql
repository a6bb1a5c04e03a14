-- forms beyond what is published
with recursive n(i) as (select 1 union all select i + 1 from n where i < 5) select i from n;
select region, is_default, count(*) from aws_vpc group by grouping sets ((region), (is_default), ());
select region, is_default, count(*), grouping(region) from aws_vpc group by rollup (region, is_default);
select region, is_default, count(*) from aws_vpc group by cube (region, is_default);
select size, sum(size) over (order by size range between 10 preceding and current row) from aws_ebs_volume;
select size, count(*) filter (where encrypted) over (order by volume_id) from aws_ebs_volume;
select first_value(size) over w, last_value(size) over w, nth_value(size, 2) over w, ntile(3) over w, percent_rank() over w, cume_dist() over w from aws_ebs_volume window w as (order by volume_id);
select stddev(size), variance(size), stddev_pop(size), var_pop(size), corr(size, iops) from aws_ebs_volume;
-- the longest match, not the alternative that is written first
select substring('foobar' from 'foo|foobar'), regexp_match('abcd', 'a(b)?(bcd|c)'), regexp_replace('abc', 'b*', 'X', 'g'), regexp_replace('foobar foo', 'foo|foobar', '<\&>', 'g'), regexp_count('abab', 'a|ab'), regexp_split_to_array('a--b-c', '-|--'), regexp_replace('john smith', '^([a-z]+) ([a-z]+)$', '\2, \1');
select regexp_matches('ab12cd3', '([a-z]+)([0-9]+)', 'g');
select substring('aaa' from 'a+?'), regexp_match('<b>x</b>', '<(.+?)>');
-- refused: greedy beside non-greedy quantifiers
select regexp_match('abbb', 'a.*?(b+)');
-- refused: groups of alternatives that may begin one another
select regexp_match('abcd', 'a(b|bc)(c|cd)?');
-- refused: back-references
select regexp_replace('aa bb', '(.)\1', '<\1>', 'g');
-- refused: lookaround
select 'foobar' ~ 'foo(?=bar)';
select 'abc' similar to 'a#_c' escape '#', 'a_c' similar to 'a#_c' escape '#';
select v.vpc_id, s.n from aws_vpc v left join lateral (select count(*) as n from aws_ec2_instance i where i.vpc_id = v.vpc_id) s on true;
select t.* from aws_ec2_instance i, lateral (select i.instance_id, jsonb_array_length(i.security_groups) as n) t;
-- the first row of each, by a lateral subquery over a table
select v.vpc_id, s.instance_id from aws_vpc v left join lateral (select instance_id from aws_ec2_instance i where i.vpc_id = v.vpc_id order by instance_id limit 1) s on true;
-- the same as a value
select v.vpc_id, (select i.instance_id from aws_ec2_instance i where i.vpc_id = v.vpc_id order by instance_id limit 1) from aws_vpc v;
select v.volume_id, (select count(*) from aws_ebs_volume w where w.size > v.size) from aws_ebs_volume v;
select v.volume_id from aws_ebs_volume v where v.size > (select avg(w.size) from aws_ebs_volume w where w.account_id = v.account_id);
-- refused: groups of each, limited
select a.name, x.region from aws_organizations_account a, lateral (select region, count(*) as n from aws_vpc v where v.account_id = a.id group by region order by 2 desc, 1 limit 1) x;
-- refused: a comparison with all rows of a correlated subquery
select v.volume_id from aws_ebs_volume v where v.size >= all (select w.size from aws_ebs_volume w where w.account_id = v.account_id);
select v.volume_id from aws_ebs_volume v where not exists (select 1 from aws_ebs_volume w where w.account_id = v.account_id and w.size > v.size);
select v.volume_id from aws_ebs_volume v where v.account_id not in (select account_id from aws_vpc where is_default);
select * from (values (1, 'a'), (2, 'b')) as t(n, s) natural join (values (1, 'x')) as u(n, t);
select n from generate_series(1, 5) n fetch first 2 rows only;
select n from generate_series(1, 5) n offset 1 rows fetch next row only;
-- refused: whole rows of derived tables
select to_jsonb(v) from (select vpc_id, region from aws_vpc) v;
-- refused: rows of computed values
select (1, 'a') = (1, 'a');
-- refused: several columns in (subquery)
select count(*) from aws_vpc v where (v.account_id, v.region) in (select account_id, region from aws_ec2_instance);
-- ordered-set aggregates
select percentile_cont(0.5) within group (order by size) from aws_ebs_volume;
select region, percentile_cont(0.95) within group (order by size::float8 desc), percentile_cont(0) within group (order by iops), percentile_cont(1) within group (order by size::numeric / 3) from aws_ebs_volume group by region order by 1;
select percentile_disc(0.5) within group (order by volume_type), percentile_disc(0.1) within group (order by size desc), percentile_disc(0) within group (order by create_time), percentile_disc(1) within group (order by size::numeric) from aws_ebs_volume;
select mode() within group (order by volume_type), mode() within group (order by size desc), mode() within group (order by tags ->> 'env') from aws_ebs_volume;
select percentile_cont(0.5) within group (order by now() - create_time) > interval '1 day', percentile_cont(0.25) within group (order by interval '1 day' * size) from aws_ebs_volume;
select percentile_cont(0.5) within group (order by size) filter (where size > 100000), percentile_cont(null) within group (order by size), percentile_disc(0.5) within group (order by null::text) from aws_ebs_volume;
-- error, in other words
select percentile_cont(1.5) within group (order by size) from aws_ebs_volume;
-- error
select percentile_cont(0.5) within group (order by volume_type) from aws_ebs_volume;
-- refused: collations
select name from aws_s3_bucket order by name collate "C";
-- refused: infinite times
select 'infinity'::timestamp > now();
-- refused: ranges, points, XML, text search
select '[1,5)'::int4range @> 3;
select jsonb_set('{"a": 1}', '{b}', '2'), jsonb_insert('[1]', '{0}', '0'), jsonb_strip_nulls('{"a": null}'), '{"a": 1, "b": 2}'::jsonb - 'a', '[1, 2]'::jsonb - 0, '{"a": {"b": 1}}'::jsonb #- '{a,b}';
select * from jsonb_to_record('{"a": 1, "b": "x"}') as x(a int, b text);
select * from jsonb_to_recordset('[{"a": 1}, {"a": 2}]') as x(a int);
select jsonb_path_query('{"a": [1, 2, 3]}', '$.a[*] ? (@ > $x)', '{"x": 1}');
select '{"a": 1}'::jsonb @? '$.a', '{"a": 1}'::jsonb @@ '$.a == 1', jsonb_path_match('{"a": 1}', '$.a == 1'), jsonb_path_query_first('[1, 2]', '$[*]');
select now() at time zone 'Europe/Berlin', timestamp '2026-07-01 12:00' at time zone 'America/New_York', timestamptz '2026-01-01 00:00:00+02' at time zone 'utc';
select make_date(2026, 1, 2), make_timestamp(2026, 1, 2, 3, 4, 5.5), make_interval(days => 3, hours => 2), justify_days(interval '40 days'), justify_hours(interval '30 hours'), justify_interval(interval '1 month -1 hour');
select $$a'b$$, E'a\nb\t\u00e9', 'it''s';
select /* a /* nested */ comment */ 1 -- end
;
select vpc_id from aws_vpc order by vpc_id limit all offset 2 rows;
select (select jsonb_agg(x order by x) from jsonb_array_elements(i.security_groups) x) from aws_ec2_instance i;
select sum(n) from (select count(*) as n from aws_vpc group by region) s;
select 'a' < 'B', 'a' < 'b', 'é' > 'z', 'Z' < 'a', upper('é'), initcap('hello wORLD-foo');
select '2026-01-01'::date + 1, '2026-01-01'::date - '2025-12-01'::date, date '2026-01-01' + time '03:00', time '03:00' + interval '1 hour', '1 day'::interval * 2.5, interval '1 day' / 2, interval '1 month' > interval '29 days', -interval '1 day', extract(isodow from date '2026-01-01'), age(date '2026-01-01'), age(timestamp '2026-03-01', timestamp '2025-01-31');
-- error, in other words
select 1::bigint * 9223372036854775807 + 1;
-- error, in other words
select 1 / 0;
-- error, in other words
select 2147483647 + 1;
select true and null, true or null, not null, null = null, null is not distinct from null;
select bit_and(size::int), bit_or(size::int), count(distinct (account_id, region)) from aws_ebs_volume;
select max(tags ->> 'Name'), min(create_time::date), max(size::numeric), max(array[size]) from aws_ebs_volume;
select string_agg(distinct region, ','), array_agg(distinct region) from aws_vpc;
select string_agg(distinct region, ',' order by region desc) from aws_vpc;
-- refused: the same distinct values in two orders
select string_agg(distinct region, ','), string_agg(distinct region, ',' order by region desc) from aws_vpc;
select array_agg(tags ->> 'Name' order by vpc_id) filter (where is_default) from aws_vpc;
select lower(region) r, count(*) c from aws_vpc group by r having count(*) >= 1 order by c desc, r limit 3;
select * from aws_vpc v where v.tags @> jsonb_build_object('Name', v.title);
select regexp_matches('a1b2', '[a-z]\d', 'g'), regexp_split_to_table('a,b', ',');
select x, count(*) from (select unnest(array['a', 'b', 'a']) as x) s group by x order by x;
select distinct unnest(array[1, 1, 2]) as x order by x;
select generate_series(1, 3) * 2, case when true then 'x' end;
select coalesce(sum(size), 0), coalesce(avg(size), 0) from aws_ebs_volume where false;
select t.a[1], t.b -> 'x' from (select array['p', 'q'] as a, '{"x": 1}'::jsonb as b) t;
values (1, 'a'), (2, null);
-- elements of documents stay documents in whatever function takes them
select to_jsonb(e), jsonb_build_array(e), jsonb_build_object('e', e), jsonb_typeof(e) from aws_vpc a, jsonb_array_elements(a.akas) as e order by 1;
select e from aws_vpc a, jsonb_array_elements(a.tags_src) as e where e is not distinct from a.tags_src -> 0 order by 1;
select to_jsonb(e) from aws_vpc a join aws_account b on a.account_id = b.account_id, jsonb_array_elements(case jsonb_typeof(a.tags_src) when 'array' then a.tags_src else '[]' end) as e order by 1;
select to_jsonb(x.v), x.k from aws_vpc a cross join lateral (select value as v, key as k from jsonb_each(a.tags) order by key limit 1) x order by 2, 1;
-- grouping by the same constant twice, of types that are compared by keys
select 3::numeric as c0, 3::numeric as c1, max(create_date) as c2, min(create_date) as c3 from aws_iam_user group by 1, 2;
select '{}'::jsonb, '{}'::jsonb, count(*), min(vpc_id) from aws_vpc group by 1, 2;
select tags, tags, interval '1 day', interval '24 hours', count(*), min(vpc_id) from aws_vpc group by 1, 2, 3, 4 order by 6;
-- count of a constant beside count of rows
select count(1), count('x') as x from aws_vpc having count(*) > 1;
select region, count(1), count(*) from aws_vpc group by region having count(1) > 1 order by 1;
-- rows of a relation that an outer join leaves out are not counted
select r.region, count(v.*), count(r.*), count(*) from aws_region r left join aws_vpc v on v.region = r.region and v.account_id = r.account_id group by r.region order by 1;
with few as (select region, count(*) as n from aws_vpc group by region having count(*) > 3) select count(f.*), count(v.*) from aws_vpc v left join few as f on f.region = v.region;
select count(a.*) from aws_vpc a;
select i.vpc_id, count(i.*) as total from aws_vpc_security_group as i, aws_account as a where a.account_id = i.account_id group by i.vpc_id order by count(i.*) desc, 1;
select r.region from aws_region r left join aws_vpc v on v.region = r.region group by r.region order by count(v.*) desc, 1;
