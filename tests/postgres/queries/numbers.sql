-- integers by their size
select 1, -1, 2147483647, 2147483648, 9223372036854775807, 9223372036854775808, 1.5, -0.50, 1e3, 1.5e-3;
-- integer arithmetic
select 7 / 2, -7 / 2, 7 % 3, -7 % 3, 7 + 3, 7 - 10, 7 * 6, 2147483647 + 1::bigint;
-- numeric arithmetic keeps every digit
select 0.1 + 0.2, 0.1 + 0.2 = 0.3, 1.10 * 2.25, 1.000 - 0.5, 10.5 % 3;
-- division shows as many digits as postgresql shows
select 1 / 3.0, 100 / 3.0, 1.0 / 7777, 123456 / 7.0, 0.0001 / 10000.0, 2 / 3::numeric, 6.0 / 2;
-- mixed operands
select 1 + 1.5, 1::bigint + 1.5, 1.5 + 1.5::float8, 1 + 2::float8, 1::smallint + 1, 1::smallint + 1::smallint, 1::real + 1::real;
-- rounding
select round(2.5), round(-2.5), round(2.345, 2), round(1250, -2), round(2.5::float8), round(3.5::float8), round(2.3, 3), trunc(2.789, 1), trunc(-2.7);
-- ceil, floor, abs, sign
select ceil(2.1), ceil(-2.1), floor(2.9), floor(-2.9), abs(-5), abs(-5.50), abs(-5::float8), sign(-2.5), sign(3::float8), ceiling(1.1::float8);
-- casts between numbers
select 1.5::int, 2.5::int, -2.5::int, 2.5::float8::int, 3.5::float8::int, 1.5::bigint, 10::numeric, 12.345::numeric(10, 2), 1e20::float8::numeric, 0.1::float8::numeric, 7::float4::numeric;
-- text as numbers
select '42'::int, ' 42 '::bigint, '1.50'::numeric, '1e2'::float8, '-7'::smallint;
-- numbers as text
select 42::text, 1.50::text, 0.1::float8::text, 1e20::float8::text, 1e-5::float8::text, 100000::real::text, (-0.0)::float8::text;
-- floats
select 1e15::float8, 123456789012345::float8, 1.0::float8 / 3, 'NaN'::float8, 'Infinity'::float8, 0.1::real, 1e6::real;
-- roots and powers
select sqrt(2), sqrt(2.0), sqrt(100::numeric), power(2, 10), power(2.0, 10), power(1.5, 3), 2 ^ 10, 2.0 ^ 3, cbrt(27), mod(7, 3), mod(-7, 3), mod(7.5, 2), div(7, 2), exp(1::float8), ln(2::float8);
-- comparison of mixed numbers
select 1 = 1.0, 1.0 = 1.00, 1 < 1.5, 2::float8 > 1.5, 3::bigint >= 3, 1 <> 1.1, 0.1::float8 = 0.1;
-- greatest and least
select greatest(1, 2.5, 2), least(1, 2.5, null), greatest('a', 'b'), least(current_date, '2020-01-01'), greatest(null::int, null);
-- sum and avg of a bigint are numeric
select sum(memory_size), avg(memory_size), count(memory_size), min(memory_size), max(memory_size) from aws_lambda_function;
-- sum and avg of other types
select sum(size::int), avg(size::int), sum(size::numeric), avg(size::numeric), avg(size::float8), sum(size::float8) from aws_ebs_volume;
-- averages per group
select volume_type, avg(size), sum(size), round(avg(size), 2), avg(size)::int from aws_ebs_volume group by volume_type order by volume_type;
-- spread
select stddev(size), variance(size), stddev_pop(size), var_pop(size), stddev(size::float8), var_samp(size::numeric) from aws_ebs_volume;
-- nothing to add up
select sum(size), avg(size), stddev(size), count(size), max(size) from aws_ebs_volume where size < 0;
-- distinct sums
select sum(distinct size), avg(distinct size), count(distinct size), count(distinct size::numeric) from aws_ebs_volume;
-- groups of equal numerics
select n, count(*) from (values (1.0), (1.00), (2.5)) as v(n) group by n order by n;
-- distinct numerics
select distinct round(size / 100.0, 0) as n from aws_ebs_volume order by n;
-- numerics in order
select size / 3.0 as n, volume_id from aws_ebs_volume order by n desc, volume_id limit 10;
-- numeric in a list
select count(*) from aws_ebs_volume where size / 2.0 in (4, 10.0, 50.00);
-- numeric in a subquery
select count(*) from aws_ebs_volume where size / 2.0 in (select size * 0.5 from aws_ebs_volume);
-- a join on unlike numbers
select count(*) from aws_ebs_volume a join (values (8), (100.0), (20.00)) as v(n) on a.size = v.n;
-- bits
select 6 & 3, 6 | 3, 6 # 3, 1 << 4, 256 >> 2, 5::bigint & 4;
-- hex and scale
select to_hex(255), scale(1.50), gcd(12, 18);
-- error
select 1 / 0;
-- error
select 1.0 / 0;
-- error
select 1::float8 / 0;
-- error
select 2147483647 + 1;
-- error
select 9223372036854775807 + 1;
-- error
select 3000000000::int;
-- error
select 'abc'::int;
-- error
select '1.5'::int;
-- error
select '99999999999'::int;
-- error
select 'abc'::numeric;
-- error
select 1000::numeric(4, 2);
-- error
select sqrt(-1);
-- error
select size + 'x' from aws_ebs_volume;
-- money
select 1234.5::numeric::money, 12::money, '$1,234.567'::money, (-5)::money, 0.005::numeric::money;
-- money counts
select 10::money + 5::money, 10::money - 15::money, 10::money * 2, 3 * 10::money, 10::money * 1.5, 10::money / 3, 10::money / 4.0, 10::money / 3::money;
-- money compared and summed
select sum(size::numeric::money), max(size::money), min(size::int::money) from aws_ebs_volume;
-- money of cost amounts
select volume_id, (size * 0.08)::numeric::money as cost, round((size * 0.08)::numeric, 2) as rounded from aws_ebs_volume order by size * 0.08 desc, volume_id limit 5;
-- money as text and back
select 1234.5::numeric::money::text, '1234.5'::money::numeric;
