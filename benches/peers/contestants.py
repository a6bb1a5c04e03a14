"""Who is measured, and the command each takes for the same question: every EC2 instance, in two regions."""
import pathlib

HERE = pathlib.Path(__file__).parent
REGIONS = ("us-east-1", "eu-west-1")
SQL = "select account_id, region, instance_id, instance_type, instance_state from aws_ec2_instance"


class Contestant:
    def __init__(self, name, about, command, runs_before=0):
        self.name, self.about, self.command = name, about, command
        # Runs that are not measured: what the program remembers from them is part of its figure.
        self.runs_before = runs_before


def canvass(program, server, warm):
    roles = ["--member-role", server.member_role]
    if server.hub_role:
        roles += ["--hub-role", server.hub_role]
    scope = [word for region in REGIONS for word in ("--region", region)]
    command = [program, *roles, *scope, "--pace", "off", "--concurrency", "64", "-o", "csv", "--fresh"]
    if warm:
        command.remove("--fresh")
        about = "accounts, sessions and regions known from a run before; no rows kept"
        return Contestant("canvass, warm", about, [*command, "query", SQL], runs_before=1)
    about = "knows nothing: also asks for organizational units, tags and each account's regions"
    return Contestant("canvass, cold", about, [*command, "query", SQL])


def all_of(program, server):
    given = [server.member_role, *REGIONS]
    return [
        canvass(program, server, warm=True),
        canvass(program, server, warm=False),
        Contestant("boto3, tuned", "boto3_tuned.py", ["python", HERE / "boto3_tuned.py", *given]),
        Contestant("botocove", "cove.py", ["python", HERE / "cove.py", *given]),
        Contestant("c7n-org", "custodian.sh", [HERE / "custodian.sh", *given]),
        Contestant("aws cli", "aws_cli.sh, eight accounts at once", [HERE / "aws_cli.sh", *given]),
    ]
