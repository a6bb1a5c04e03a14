"""Clients of boto3 in the accounts of an organization at ENDPOINT, as its management account enters them."""
import boto3
from botocore.config import Config

REGIONS = ["us-east-1", "eu-west-1"]
ROLE = "ReadOnlyQueryRole"

_session = boto3.Session()
_config = Config(inject_host_prefix=False, retries={"max_attempts": 0}, s3={"addressing_style": "path"})
_keys, _clients = {}, {}


class Accounts:
    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.management = self.client(None, "sts").get_caller_identity()["Account"]

    def client(self, account, service, region="us-east-1"):
        """`None` is the management account, which needs no role."""
        if account == getattr(self, "management", None):
            account = None
        key = (account, service, region)
        if key not in _clients:
            _clients[key] = _session.client(
                service, region_name=region, endpoint_url=self.endpoint, config=_config, **self._credentials(account)
            )
        return _clients[key]

    def _credentials(self, account):
        if account is None:
            return {}
        if account not in _keys:
            role = f"arn:aws:iam::{account}:role/{ROLE}"
            keys = self.client(None, "sts").assume_role(RoleArn=role, RoleSessionName="judge")["Credentials"]
            _keys[account] = {
                "aws_access_key_id": keys["AccessKeyId"],
                "aws_secret_access_key": keys["SecretAccessKey"],
                "aws_session_token": keys["SessionToken"],
            }
        return _keys[account]
