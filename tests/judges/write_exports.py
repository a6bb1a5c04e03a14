#!/usr/bin/env python3
"""Writes cost and usage exports into a folder, with DuckDB, and prints what they come to as DuckDB adds them up.

    write_exports.py FOLDER

| folder | what |
|---|---|
| cur2 | CUR 2.0, Parquet: zstd and snappy, doubles, decimals, a map, two versions of a month |
| legacy | the older report, CSV in gzip, with quotes and line breaks |
| focus | FOCUS 1.0, CSV in gzip |
| focus.parquet | the same in one file |
"""

import json
import pathlib
import sys

import duckdb

ROWS = 20_000


def main(folder):
    con = duckdb.connect()
    con.execute("set timezone = 'UTC'")
    con.execute(f"""
        create table lines as select
            i,
            '1000000000' || lpad((i % 17)::varchar, 2, '0') as account,
            timestamp '2026-10-01' + interval (i % 1400) hour as began,
            ['Usage', 'Tax', 'Credit', 'SavingsPlanCoveredUsage'][i % 4 + 1] as kind,
            ['us-east-1', 'eu-west-1', 'eu-north-1'][i % 3 + 1] as region,
            ['payments', 'web', ''][i % 3 + 1] as team,
            ((i * 7919) % 100003 - 1000)::decimal(24, 10) / 10000000000 + i % 7 as cost,
            case when i % 11 = 0 then 'a "quoted", line' || chr(10) || 'broken' else 'plain' end as about
        from range({ROWS}) as r(i)
    """)
    cur2 = """
        select strftime(began, '%Y-%m') as period, date_trunc('month', began) as bill_billing_period_start_date,
            account as line_item_usage_account_id, began as line_item_usage_start_date,
            kind as line_item_line_item_type, region as product_region_code,
            cost::double as line_item_unblended_cost, cost::decimal(24, 10) as line_item_blended_cost,
            case when team = '' then map([]::varchar[], []::varchar[]) else map(['user_team'], [team]) end as resource_tags,
            about as line_item_line_item_description
        from lines
    """
    for month, codec in (("2026-10", "zstd"), ("2026-11", "snappy")):
        data = folder / f"cur2/acme/data/BILLING_PERIOD={month}"
        for version, limit in (("20261101T000000Z-old", 10), ("20261102T000000Z-new", ROWS)):
            (data / version).mkdir(parents=True)
            con.execute(f"""
                copy (select * exclude (period) from ({cur2}) where period = '{month}' limit {limit})
                to '{data / version / "acme-00001.snappy.parquet"}' (format parquet, compression {codec}, row_group_size 4096)
            """)
        manifest = folder / f"cur2/acme/metadata/BILLING_PERIOD={month}/acme-Manifest.json"
        manifest.parent.mkdir(parents=True)
        name = f"s3://b/acme/data/BILLING_PERIOD={month}/20261102T000000Z-new/acme-00001.snappy.parquet"
        manifest.write_text(json.dumps({"dataFiles": [name]}))
    legacy = folder / "legacy/report/20261001-20261101/0c9f2a"
    legacy.mkdir(parents=True)
    con.execute(f"""
        copy (select i as "identity/LineItemId", '1' as "bill/PayerAccountId", account as "lineItem/UsageAccountId",
            kind as "lineItem/LineItemType", strftime(began, '%Y-%m-%dT%H:%M:%SZ') as "lineItem/UsageStartDate",
            cost::decimal(24, 10) as "lineItem/UnblendedCost", about as "lineItem/LineItemDescription",
            region as "product/region", team as "resourceTags/user:team" from lines)
        to '{legacy / "report-1.csv.gz"}' (format csv, header, compression gzip)
    """)
    focus = """
        select account as "SubAccountId", cost::decimal(24, 10) as "BilledCost", cost::decimal(24, 10) as "EffectiveCost",
            began::timestamptz as "ChargePeriodStart", kind as "ChargeCategory", region as "RegionId",
            json_object('team', team)::varchar as "Tags" from lines
    """
    csv = folder / "focus/fx/data/BILLING_PERIOD=2026-10"
    csv.mkdir(parents=True)
    con.execute(f"copy ({focus}) to '{csv / 'fx-1.csv.gz'}' (format csv, header, compression gzip)")
    con.execute(f"copy ({focus}) to '{folder / 'focus.parquet'}' (format parquet, compression zstd)")

    def sums(by):
        found = con.execute(f"select {by}, sum(cost::decimal(24, 10))::varchar, count(*) from lines group by 1 order by 1")
        return [[str(value) for value in row] for row in found.fetchall()]

    print(json.dumps({
        "by_period": sums("strftime(began, '%Y-%m')"),
        "by_type": sums("kind"),
        "by_region": sums("region"),
        "tagged": con.execute("select count(*) from lines where team <> ''").fetchone()[0],
    }))


main(pathlib.Path(sys.argv[1]))
