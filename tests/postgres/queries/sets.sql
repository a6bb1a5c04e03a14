-- functions that return sets
select * from jsonb_array_elements('[1,"a",null,{"b":2}]') as x;
select x from jsonb_array_elements('[1,"a",null]') as x;
select x.value from jsonb_array_elements('[1,"a",null]') as x;
select value from jsonb_array_elements('[1,"a",null]');
select x ->> 'b' from jsonb_array_elements('[{"b":2},{"b":null},{}]') as x;
with t(id, a) as (values (1,'[1,2]'::jsonb),(2,'[]'::jsonb),(3,null::jsonb)) select id, x from t, jsonb_array_elements(a) as x;
with t(id, a) as (values (1,'[1,2]'::jsonb),(2,'[]'::jsonb),(3,null::jsonb)) select id, x from t cross join jsonb_array_elements(a) as x;
with t(id, a) as (values (1,'[1,2]'::jsonb),(2,'[]'::jsonb),(3,null::jsonb)) select id, x from t join lateral jsonb_array_elements(t.a) as x on true;
with t(id, a) as (values (1,'[1,2]'::jsonb),(2,'[]'::jsonb),(3,null::jsonb)) select id, x from t left join lateral jsonb_array_elements(t.a) as x on true;
with t(id, a) as (values (1,'[1,2]'::jsonb),(2,'[]'::jsonb),(3,null::jsonb)) select id, x from t left join jsonb_array_elements(t.a) as x on true;
with t(id, a) as (values (1,'[1,2]'::jsonb),(2,'[]'::jsonb),(3,null::jsonb)) select id, x from t left join jsonb_array_elements(t.a) as x on x > '1';
with t(id, a) as (values (1,'[[1,2],[3]]'::jsonb),(2,'[]'::jsonb)) select id, x, y from t, jsonb_array_elements(a) as x, jsonb_array_elements(x) as y;
with t(id, a) as (values (1,'[[1,2],[3]]'::jsonb),(2,'[]'::jsonb)) select id, x, y, o from t, jsonb_array_elements(a) with ordinality as x(x, o), jsonb_array_elements(x) as y;
with t(id, a) as (values (1,'{"k":[{"v":"a"},{"v":"b"}]}'::jsonb)) select id, x ->> 'v' as v from t, jsonb_array_elements(a -> 'k') as x where x ->> 'v' <> 'a';
with t(id, a) as (values (1,'["a","b"]'::jsonb),(2,'["c"]'::jsonb)) select id from t where exists (select 1 from jsonb_array_elements_text(t.a) as x where x = 'b');
with t(id, a) as (values (1,'["a","b"]'::jsonb),(2,'["c"]'::jsonb)) select id from t where not exists (select 1 from jsonb_array_elements_text(a) as x where x = 'b');
with t(id, a) as (values (1,'["a","b"]'::jsonb),(2,'["c"]'::jsonb)) select id from t where 'c' in (select jsonb_array_elements_text(a));
with t(id, a) as (values (1,'["a","b"]'::jsonb),(2,'["c",null]'::jsonb)) select id, 'a' in (select x from jsonb_array_elements_text(a) x) from t;
with t(id, a) as (values (1,'["a","b"]'::jsonb),(2,'["c",null]'::jsonb)) select id, 'a' not in (select x from jsonb_array_elements_text(a) x) from t;
with t(id, a) as (values (1,'["a","b"]'::jsonb),(2,'[]'::jsonb)) select id, (select count(*) from jsonb_array_elements(a)) as n from t;
with t(id, a) as (values (1,'["a","b"]'::jsonb),(2,'[]'::jsonb)) select id, (select string_agg(x, ',' order by x desc) from jsonb_array_elements_text(a) x) as n from t;
with t(id, a) as (values (1,'["a","b"]'::jsonb),(2,'[]'::jsonb)) select id, array(select x from jsonb_array_elements_text(a) x) as n from t;
with t(id, a) as (values (1,'["a","b"]'::jsonb),(2,'["z"]'::jsonb)) select id, (select x from jsonb_array_elements_text(a) x order by x desc limit 1) as n from t;
-- error
with t(id, a) as (values (1,'["a","b"]'::jsonb),(2,'["z"]'::jsonb)) select id, (select x from jsonb_array_elements_text(a) x) as n from t;
select jsonb_array_elements('[1,2,3]'), jsonb_array_elements_text('["a"]');
select unnest(array[1,2,3]), unnest(array['a','b']);
select unnest(array[1,2,3]) + 1 as x;
with t(id, a) as (values (1,'["a","b"]'::jsonb),(2,'["a"]'::jsonb)) select jsonb_array_elements_text(a) as v, count(*) from t group by v order by v;
with t(id, a) as (values (1,'["a","b"]'::jsonb),(2,'["a"]'::jsonb)) select jsonb_array_elements_text(a), count(*) from t group by 1 order by 1;
with t(id, a) as (values (1,'["a","b"]'::jsonb),(2,'["a"]'::jsonb)) select unnest(array_agg(id order by id)) from t;
with t(id, a) as (values (1,'a'),(2,'a'),(3,'b')) select a, unnest(array_agg(id order by id)) as i from t group by a order by a, i;
select * from jsonb_each('{"a":1,"b":null,"cc":"x"}');
select key, value from jsonb_each_text('{"a":1,"b":null,"cc":"x"}');
select k.key, k.value from jsonb_each('{"a":1}') as k;
select e.k, e.v from jsonb_each('{"a":1}') as e(k, v);
select jsonb_each_text('{"a":1,"b":null,"c":"x y"}');
select jsonb_object_keys('{"a":1,"b":null}');
select k from jsonb_object_keys('{"a":1,"b":null}') as k;
select * from unnest(array[1,2,3], array['a']) as t(n, s);
select * from unnest(array[1,2,3]) with ordinality;
select * from unnest(array[1,2,3]) with ordinality as t(v, i);
select * from generate_series(1, 5, 2);
select * from generate_series(5, 1, -2) as g;
select g from generate_series(1.5, 3, 0.5) as g;
select d from generate_series('2024-01-30'::timestamp, '2024-04-01', interval '1 month') as d;
select d from generate_series(date '2024-01-30', date '2024-02-02', interval '1 day') as d;
-- error
select * from generate_series(1, 5, 0);
select * from regexp_split_to_table('a1b2c', '\d') as x;
select regexp_split_to_array('a, b', ',\s*');
select string_to_array('a,b,c', ',');
select * from unnest(string_to_array('a,b', ',')) as s;
select * from string_to_table('a,b', ',') as s;
select unnest(string_to_array('x y', ' ')) as w;
-- error
select * from jsonb_array_elements('{"a":1}');
-- error
select * from jsonb_array_elements('5');
-- error
select * from jsonb_array_elements_text('"x"');
-- error
select * from jsonb_each('[1]');
-- error
select * from jsonb_object_keys('[1]');
-- error
select * from jsonb_object_keys('5');
select * from jsonb_array_elements(null);
select x from jsonb_array_elements(null::jsonb) as x;
with t(id, a) as (values (1,'[1,2]'::jsonb)) select t.id, s.c from t, lateral (select count(*) as c from jsonb_array_elements(t.a)) s;
with t(id, a) as (values (1,'[1,2]'::jsonb),(2,'[]'::jsonb)) select t.id, s.m from t left join lateral (select max(x::int) as m from jsonb_array_elements_text(t.a) x having count(*) > 0) s on true;
with t(id, a) as (values (1,'[3,1,2]'::jsonb),(2,'[9,8]'::jsonb)) select t.id, s.x from t, lateral (select x from jsonb_array_elements_text(t.a) x order by x limit 2) s;
with t(id, a) as (values (1,'[1,2]'::jsonb),(2,'[]'::jsonb)) select * from t, jsonb_array_elements(a) with ordinality as e(v, n);
select jsonb_array_elements(jsonb_array_elements('[[1,2],[3]]'));
select *, unnest(array[1,2]) as u from (values (1),(2)) v(a);
select case when x = 1 then 'a' end from unnest(array[1,2]) x;
select count(*), x from unnest(array[1,1,2]) as x group by x order by x;
select distinct unnest(array[1,1,2]) as x order by x;
select unnest(array[3,1,2]) as x order by x limit 2;
select unnest(array[3,1,2]) as x order by 1 desc limit 2;
select a, unnest(array[a, a+1]) as x from (values (1),(5)) v(a) where a > 1;
select x from unnest('{a,b}'::text[]) as x;
select * from (values ('[1,2]'::jsonb)) t(tags), jsonb_array_elements(tags) as tags;
select tags -> 0 from (values ('[[1],[2]]'::jsonb)) t(tags), jsonb_array_elements(tags) as tags;
select t.id, x from (values (1,'[1]'::jsonb)) t(id,a) join jsonb_array_elements(t.a) x on x = '1';
-- error, in other words
select coalesce(unnest(array[1]), 2);
-- error, in other words
select 1 where unnest(array[true]);
select r.id, r.name from jsonb_to_recordset('[{"id":1,"name":"a"},{"id":2}]') as r(id int, name text);
select * from jsonb_to_record('{"id":1,"x":{"y":2}}') as r(id int, x jsonb);
