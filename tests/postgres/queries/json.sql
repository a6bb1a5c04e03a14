-- jsonb
select '1.0'::jsonb = '1'::jsonb, '1'::jsonb < '2', '[1]'::jsonb > '5', '{"a":1}'::jsonb <> '{"a":1.0}';
select x from (values ('1.0'::jsonb),('1'),('"a"'),('null'),('[]'),('[1]'),('{}'),('true'),('-1.5'),('10')) v(x) order by x, x::text;
select x from (values ('1.0'::jsonb),('1'),('"a"'),('null'),('[]'),('[1]'),('{}'),('true'),('-1.5'),('10')) v(x) order by x desc nulls last, x::text;
select count(*) from (select distinct x from (values ('1.0'::jsonb),('1'),('"a"'),('"a"')) v(x)) s;
select x, count(*) from (values ('2'::jsonb),('1'),('"a"'),('"a"')) v(x) group by x order by x;
select count(distinct x) from (values ('1.0'::jsonb),('1'),('2')) v(x);
select x from (values ('1.0'::jsonb),('2')) v(x) where x in ('1', '3');
select x from (values ('1.0'::jsonb),('2')) v(x) where x between '0' and '1.5';
select x is distinct from '1' from (values ('1.0'::jsonb),('2'),(null)) v(x) order by 1;
select a.x, b.x from (values ('1.0'::jsonb),('2')) a(x) join (values ('1'::jsonb),('2.00')) b(x) on a.x = b.x order by 1;
select '{"a":1}'::jsonb || '{"b":2,"a":3}';
select '[1]'::jsonb || '[2]', '[1]'::jsonb || '2', '1'::jsonb || '2', '{"a":1}'::jsonb || '[1]', '{"a":1}'::jsonb || '5';
select '{"a":1,"b":2}'::jsonb - 'a', '["a","b","a"]'::jsonb - 'a', '[1,2,3]'::jsonb - 1, '[1,2,3]'::jsonb - -1, '[1]'::jsonb - 5;
select '{"a":1,"b":2}'::jsonb - array['a','b'];
select '{"a":{"b":[1,2]}}'::jsonb #- '{a,b,0}', '{"a":1}'::jsonb #- '{x,y}';
-- error
select '5'::jsonb - 'a';
-- error
select '{"a":1}'::jsonb - 1;
-- error
select '5'::jsonb #- '{a}';
-- error
select '[1]'::jsonb #- '{a}';
select jsonb_set('{"a":{"b":1}}', '{a,b}', '2'), jsonb_set('{"a":{"b":1}}', '{a,c}', '2'), jsonb_set('{"a":1}', '{b}', '2', false), jsonb_set('[1,2]', '{5}', '9'), jsonb_set('[1,2]', '{-5}', '9'), jsonb_set('{"a":1}', '{x,y}', '2');
select jsonb_insert('[1,2]', '{0}', '9'), jsonb_insert('[1,2]', '{0}', '9', true), jsonb_insert('{"a":1}', '{b}', '2');
-- error
select jsonb_set('5', '{a}', '1');
select jsonb_strip_nulls('{"a":null,"b":{"c":null,"d":1},"e":[null]}');
select jsonb_pretty('{"a":[1,{"b":null}],"c":{},"d":[]}');
select jsonb_build_object('a', 1, 'b', 'x', 'c', null, 'd', true, 'e', 1.50, 'f', '{"z":1}'::jsonb, 'bb', array[1,2]);
select json_build_object('a', 1, 'b', 'x', 'c', null, 'd', array['p','q']);
select jsonb_build_array(1, 'a', null, '[1]'::jsonb, false, 2.50), json_build_array(1, 'a', null);
select jsonb_build_object(), jsonb_build_array();
select to_jsonb('a'::text), to_jsonb(1), to_jsonb(1.50), to_jsonb(true), to_jsonb(array['a',null]), to_jsonb('{"a":1}'::jsonb), to_jsonb(timestamp '2024-01-02 03:04:05.6'), to_jsonb(date '2024-01-02'), to_jsonb(1.5::float8), to_jsonb(1e20::float8), to_jsonb(null::text);
select to_jsonb(timestamptz '2024-01-02 03:04:05+00');
select to_json('a"b'::text), to_json(array[1,2]);
-- error, in other words
select jsonb_build_object('a');
-- error
select jsonb_build_object(null, 1);
select jsonb_agg(x order by x desc) from (values (1),(3),(2),(null)) v(x);
select jsonb_agg(x) from (values ('a')) v(x) where false;
select json_agg(x order by x), jsonb_agg(distinct x) from (values ('a'),('b')) v(x);
select jsonb_object_agg(k, v) from (values ('b',1),('a',2),('b',3)) t(k,v);
select json_object_agg(k, v) from (values ('b',1),('a',2)) t(k,v);
select g, jsonb_agg(x order by x) from (values ('a',1),('b',2),('a',0)) t(g,x) group by g order by g;
select jsonb_agg(x order by x) filter (where x > 1) from (values (1),(3),(2)) v(x);
select jsonb_agg(j order by j) from (values ('{"a":1}'::jsonb),('[1]')) v(j);
select jsonb_extract_path('{"a":{"b":1}}', 'a', 'b'), jsonb_extract_path_text('{"a":{"b":"x"}}', 'a', 'b');
select jsonb_path_query('{"a":[1,2,3]}', '$.a[*] ? (@ > 1)');
select * from jsonb_path_query('{"a":[1,2,3]}', '$.a[*] ? (@ > 1)') as p;
select jsonb_path_exists('{"a":[{"b":"x"}]}', '$.a[*] ? (@.b == "x")'), jsonb_path_query_array('{"a":[1,2]}', '$.a[*]'), jsonb_path_query_first('{"a":[1,2]}', '$.a[*]');
select jsonb_path_query_array('{"a":[1,2]}', '$.a[*] ? (@ >= $min)', '{"min":2}');
select '{"a":1}'::jsonb @? '$.a', '{"a":1}'::jsonb @@ '$.a == 1', '{"a":1}'::jsonb @@ '$.b == 1';
select jsonb_path_query_array('{"a":[{"n":1},{"n":"x"}]}', 'strict $.a[*].n');
-- error
select jsonb_path_query('[1]', 'strict $.a');
-- error, in other words
select jsonb_path_query('[1]', '$.a ? ');
select '12345678901234567890123.50'::jsonb, '1e5'::jsonb, '-0'::jsonb, '1.10'::jsonb;
select ('{"a":12345678901234567890}'::jsonb ->> 'a')::numeric + 1;
select ('{"a":1.50}'::jsonb -> 'a')::numeric, ('{"a":true}'::jsonb -> 'a')::bool, ('5'::jsonb)::int, ('5.5'::jsonb)::int;
-- error
select ('"x"'::jsonb)::int;
-- error
select ('{"a":"true"}'::jsonb -> 'a')::bool;
-- error
select ('null'::jsonb)::int;
select '{"a":null}'::jsonb -> 'a' is null, '{"a":null}'::jsonb ->> 'a' is null, '{}'::jsonb -> 'a' is null;
select case when true then '{"b":1,"a":2}' else x end from (values ('[]'::jsonb)) v(x);
select coalesce(x, '{"bb":1,"a":2}') from (values (null::jsonb)) v(x);
select coalesce(x -> 'a', '[]'::jsonb) -> 0 from (values ('{"a":[7]}'::jsonb)) v(x);
select x -> 'a' from (select case when true then y else '{}'::jsonb end as x from (values ('{"a":[7]}'::jsonb)) v(y)) q;
select '{"a": 1,  "b":[1]}'::json, '{"a": 1,  "b":[1,2]}'::json -> 'b';
select '{"a":1}'::json::jsonb, '{"b":1,"a":2}'::jsonb::json, '{"b":1,"a":2}'::jsonb::text;
-- error
select json_array_length('[1,2]'), jsonb_array_length('{}');
select jsonb_typeof(x) from jsonb_array_elements('[1,"a",null,true,{},[]]') x;
-- error
select 'a'::jsonb;
-- error
select '{"a":}'::jsonb;
select '{"a":"b"}'::jsonb @> '{"a":"b"}', '["a","b"]'::jsonb ? 'a', '{"a":1}'::jsonb ?| array['b','a'], '{"a":1}'::jsonb ?& array['b','a'];
-- error
select x = 'a' from (values ('["a"]'::jsonb -> 0)) v(x);
select x::text = '"a"' from (values ('["a"]'::jsonb -> 0)) v(x);
select 'x' || ('{"a":"b"}'::jsonb ->> 'a');
select concat('x', '{"a":"b"}'::jsonb -> 'a');
select t.v from (values ('{"a":[1,2]}'::jsonb)) t(v), jsonb_array_elements(case jsonb_typeof(t.v -> 'a') when 'array' then t.v -> 'a' else jsonb_build_array(t.v -> 'a') end) as e where e = '2';
select rank() over (order by x) from (values ('10'::jsonb),('9'),('"a"')) v(x) order by 1;
select count(*) over (partition by x) from (values ('1.0'::jsonb),('1'),('2')) v(x) order by 1;
select count(*) from (select x from (values ('1.0'::jsonb),('1'),('2')) v(x) union select '2.0'::jsonb) u;
select distinct on (x) x, n from (values ('1'::jsonb, 1),('1.0', 2),('2', 3)) v(x, n) order by x, n;
select to_jsonb(array_agg(x order by x)) - array['b'] from (values ('"b"'::jsonb), ('"c"'), ('{"a": 1}')) v(x);
select k, to_jsonb(array_agg(x order by x)), array_agg(x order by x) from (values (1, '"b"'::jsonb), (1, '[2]'), (2, null)) v(k, x) group by k order by k;
select array_agg(x) over (partition by k) from (values (1, '{"b": 1}'::jsonb), (2, '[2]')) v(k, x) order by k;
select array_agg(distinct x order by x) from (values ('10.0.0.1'::inet), ('10.0.0.0/8'), ('10.0.0.1')) v(x);
