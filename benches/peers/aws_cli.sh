#!/usr/bin/env bash
# Every EC2 instance of an organization, by the AWS CLI in a shell loop, eight accounts at once.
#
#     aws_cli.sh ROLE REGION...
set -euo pipefail
export ROLE="$1"
shift
export REGIONS="$*"

one() {
    local key secret token
    read -r key secret token < <(aws sts assume-role --role-arn "arn:aws:iam::$1:role/$ROLE" --role-session-name loop \
        --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text) || return 0
    for region in $REGIONS; do
        AWS_ACCESS_KEY_ID=$key AWS_SECRET_ACCESS_KEY=$secret AWS_SESSION_TOKEN=$token \
            aws ec2 describe-instances --region "$region" --output text \
            --query 'Reservations[].Instances[].[InstanceId,InstanceType,State.Name]' | sed "s/^/$1\t$region\t/"
    done
}
export -f one

aws organizations list-accounts --query 'Accounts[?Status==`ACTIVE`].Id' --output text | tr '\t' '\n' |
    xargs -P 8 -I{} bash -c 'one {}'
