-- the clock
select now(), current_timestamp, current_date, localtimestamp, now()::date, now()::timestamp, now()::time;
-- dates and numbers of days
select current_date - 7, current_date + 1, current_date - date '2026-11-01', date '2026-03-01' - date '2026-02-01';
-- intervals in three spellings
select now() - interval '30 days', now() - '30 days'::interval, now() - make_interval(days => 30), now() - interval '30' day;
-- dates and intervals
select current_date - interval '1 month', current_date + interval '1 day 2 hours', date '2026-01-31' + interval '1 month', timestamp '2024-02-29' + interval '1 year';
-- timestamps apart
select now() - timestamptz '2026-11-01 10:00', timestamp '2026-01-01' - timestamp '2025-12-01 12:00', now() - current_date;
-- intervals written
select interval '1 year 2 months 3 days 04:05:06.789', interval '-1 day', interval '1 mon -1 day', interval '90 minutes', interval '0', interval '1.5 days', interval '2 weeks', interval 'P1Y2M3DT4H5M6S';
-- interval arithmetic
select interval '1 day' * 2, interval '1 month' * 1.5, interval '1 day' / 3, interval '1 day' + interval '2 hours', interval '1 day' - interval '2 hours', - interval '1 day';
-- intervals compared
select interval '1 month' = interval '30 days', interval '1 day' > interval '23 hours', interval '1 year' > interval '364 days';
-- justified
select justify_hours(interval '30 hours'), justify_days(interval '40 days'), justify_interval(interval '1 mon -1 hour');
-- age
select age(timestamp '2026-03-01', timestamp '2026-01-31'), age(timestamp '2026-01-31', timestamp '2026-03-01'), age(timestamp '2020-02-29'), age(timestamptz '2026-11-19 10:00');
-- extract
select extract(year from now()), extract(month from now()), extract(day from now()), extract(hour from now()), extract(dow from now()), extract(epoch from now()), extract(week from date '2026-01-01'), extract(quarter from current_date), extract(second from timestamp '2026-01-01 10:20:30.456');
-- extract from intervals and dates
select extract(days from now() - timestamptz '2026-10-01'), extract(epoch from interval '1 day 1 hour'), extract(day from interval '40 days'), extract(epoch from current_date), extract(year from interval '25 months'), extract('day' from now());
-- date_part
select date_part('day', now() - timestamptz '2026-10-01'), date_part('days', interval '5 days'), date_part('year', current_date), date_part('epoch', timestamp '2026-01-01'), date_part('hour', current_date);
-- date_trunc
select date_trunc('month', now()), date_trunc('day', now()), date_trunc('year', current_date), date_trunc('hour', timestamp '2026-01-01 10:20:30'), date_trunc('week', timestamp '2026-11-20 10:00'), date_trunc('quarter', current_date), date_trunc('day', interval '3 days 5 hours');
-- in other zones
select now() at time zone 'Europe/Berlin', timestamp '2026-07-01 12:00' at time zone 'America/New_York', now() at time zone 'UTC', date_trunc('day', now(), 'Asia/Tokyo'), timezone('EST', now());
-- text to instants
select '2026-01-02'::timestamptz, '2026-01-02T03:04:05Z'::timestamptz, '2026-01-02 03:04:05.123456+05:30'::timestamptz, '2026-01-02T03:04:05.5-0800'::timestamp, 'Jan 2, 2026 10:00'::timestamp, '20260102'::date, '1/2/2026'::date, 'epoch'::timestamptz;
-- instants to text
select now()::text, current_date::text, timestamp '2026-01-02 03:04:05.600'::text, interval '1 day'::text, time '10:00'::text;
-- times of day
select time '10:30', '10:30 PM'::time, time '10:00' + interval '90 minutes', current_date + time '10:00';
-- built from parts
select make_date(2026, 2, 28), make_timestamp(2026, 1, 2, 3, 4, 5.5), make_interval(1, 2, 3, 4, 5, 6, 7.5), make_interval(hours => 5, mins => 30), make_timestamptz(2026, 1, 2, 3, 4, 5);
-- dates compared with timestamps
select date '2026-11-20' < now(), current_date = date_trunc('day', now()), timestamp '2026-11-20 12:00' = now(), current_date > '2026-01-01';
-- to_char of instants
select to_char(now(), 'YYYY-MM-DD HH24:MI:SS'), to_char(now(), 'DD-Mon-YYYY'), to_char(now(), 'Mon-YY'), to_char(now(), 'YYYY-MM'), to_char(now(), 'Month'), to_char(now(), 'FMMonth DDth'), to_char(current_date, 'Day'), to_char(now(), 'HH12:MI AM'), to_char(now(), 'Q W WW IW D ID DDD J');
-- to_char of intervals
select to_char(interval '1 day 2 hours 3 minutes', 'DD HH24:MI'), to_char(interval '25 hours', 'HH24');
-- to_timestamp and to_date
select to_timestamp(1700000000), to_timestamp(1700000000.5), to_timestamp('2026-01-02 03:04:05', 'YYYY-MM-DD HH24:MI:SS'), to_date('05 Dec 2026', 'DD Mon YYYY'), to_timestamp('20260102T030405Z', 'YYYYMMDD"T"HH24MISS"Z"');
-- how old rows are
select instance_id, now() - launch_time as age, date_part('day', now() - launch_time) as days, age(now(), launch_time), extract(epoch from launch_time)::bigint from aws_ec2_instance order by instance_id;
-- rows of the last days
select count(*) from aws_ec2_instance where launch_time > now() - interval '90 days';
-- rows by month
select date_trunc('month', launch_time) as month, to_char(launch_time, 'YYYY-MM') as name, count(*) from aws_ec2_instance group by 1, 2 order by 1;
-- rows by day
select launch_time::date as day, count(*) from aws_ec2_instance group by day order by day;
-- between dates
select count(*) from aws_ec2_instance where launch_time between now() - interval '200 days' and now() - interval '10 days';
-- between symmetric
select count(*) from aws_ec2_instance where launch_time between symmetric now() and now() - interval '100 days';
-- date(x) and text(x)
select date(launch_time), text(instance_id), date(now()) from aws_ec2_instance order by instance_id limit 3;
-- overlaps of two ages
select max(now() - create_date), min(age(now(), create_date)) from aws_iam_user;
-- error
select 'soon'::timestamp;
-- error
select '2026-13-01'::date;
-- error
select now() - '30 days';
-- error
select date_trunc('nothing', now());
-- error
select extract(hour from current_date);
-- error
select now() + 1;
-- error
select now() + now();
-- error
select interval 'abc';
-- refused: no column here holds infinity
select 'infinity'::timestamp;
