#!/usr/bin/env bash
# Every EC2 instance of an organization, by Cloud Custodian: c7n-org runs one policy without actions in every account
# and region and writes what it found into files. Its number of processes is its own default, four per core.
#
#     custodian.sh ROLE REGION...
set -euo pipefail
here="$(dirname "$(readlink -f "$0")")"
role="$1"
shift
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT
python "$here/custodian_accounts.py" "$role" > "$out/accounts.yml"
# Accounts that refuse are an error to it, after the others were asked.
c7n-org run -c "$out/accounts.yml" -u "$here/custodian.yml" -s "$out/found" --cache-period 0 \
    "${@/#/--region=}" 1>&2 || echo "c7n-org: exit code $?" >&2
find "$out/found" -name resources.json -exec python -c '
import json, sys
for name in sys.argv[1:]:
    for instance in json.load(open(name)):
        print(instance["InstanceId"], instance["InstanceType"], instance["State"]["Name"], sep="\t")
' {} +
