-- addresses
select '10.0.0.1'::inet, '10.0.0.1/24'::inet, '10.0.0.0/8'::cidr, '10.1'::cidr, '::1'::inet, '2600:0:0::1/56'::inet, '10.0.0.1/24'::inet::cidr, '10.0.0.0/8'::cidr::inet;
-- parts
select host('10.0.0.1/24'), masklen('10.0.0.0/24'::cidr), network('10.0.5.7/20'::inet), netmask('10.0.0.0/20'), broadcast('10.0.0.0/20'::cidr), hostmask('10.0.0.0/20'), family('::1'), set_masklen('10.0.0.0/8'::cidr, 16), abbrev('10.1.0.0/16'::cidr);
-- within
select inet '10.1.2.3' << inet '10.0.0.0/8', cidr '10.0.0.0/8' <<= '10.0.0.0/8', inet '10.0.0.0/8' >> '10.1.0.0/16', inet '10.0.0.0/8' >>= '10.0.0.0/8', inet '10.0.0.0/8' && '10.1.0.0/16', '::1'::inet << '10.0.0.0/8';
-- arithmetic
select inet '10.0.0.1' + 5, inet '10.0.0.9' - 4, inet '10.0.0.9' - inet '10.0.0.1', 3 + inet '10.0.0.1';
-- as text
select '10.0.0.1'::inet::text, text('10.0.0.0/8'::cidr), '10.0.0.1'::inet || '';
-- networks of vpcs
select vpc_id, cidr_block, host(cidr_block), masklen(cidr_block), broadcast(cidr_block), netmask(cidr_block), power(2, 32 - masklen(cidr_block)) - 1 as hosts from aws_vpc order by vpc_id;
-- vpcs within
select vpc_id from aws_vpc where cidr_block <<= '10.0.0.0/8' order by vpc_id;
-- vpcs by network
select cidr_block, count(*) from aws_vpc group by cidr_block order by cidr_block;
-- equal addresses
select count(*) from aws_vpc where cidr_block = '10.0.0.0/16';
-- addresses of instances
select instance_id, private_ip_address, private_ip_address << '10.0.0.0/8' as private, host(private_ip_address), public_ip_address is null from aws_ec2_instance order by private_ip_address, instance_id;
-- overlapping vpcs
select count(*) from aws_vpc a join aws_vpc b on a.cidr_block && b.cidr_block and a.vpc_id < b.vpc_id;
-- compared
select inet '10.0.0.10' > inet '10.0.0.9', cidr '10.0.0.0/8' < cidr '10.0.0.0/16', inet '10.0.0.1' = '10.0.0.1/32', '10.0.0.0/8'::cidr = '10.0.0.0/8'::inet;
-- levels of a path
select nlevel('a.b.c'::ltree), 'a.b.c'::ltree <@ 'a.b'::ltree, subpath('a.b.c'::ltree, 1), 'a.b'::ltree = 'a.b', 'a.b'::ltree || 'c'::text;
-- error
select '10.0.0.256'::inet;
-- error
select '10.0.0.1/8'::cidr;
-- error
select host(5);
-- error
select name << '10.0.0.0/8' from aws_s3_bucket;
