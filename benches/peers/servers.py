"""Who answers: the simulated organization of `canvass demo serve`, or a server that is not ours.

An outside server is a Python program with the options --port, --accounts, --instances and --latency-ms, which tells at
/__stats what it was asked ({"calls": {"service.Operation": n}, "bytes": n}) and forgets it at POST /__reset, as ours does.
"""
import json
import pathlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

INSTANCES = 5


class Server:
    """One server in a process of its own, ended with the `with` block."""

    def __init__(self, name, command, port, env, roles):
        self.name, self.port, self.env = name, port, env
        # The role of each account, and the role that canvass goes through first.
        self.member_role, self.hub_role = roles
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        for _ in range(200):
            try:
                self.stats()
                return self
            except (urllib.error.URLError, ConnectionError):
                if self.process.poll() is not None:
                    raise SystemExit(f"{self.name} ended: {self.process.stderr.read().strip()}")
                time.sleep(0.05)
        raise SystemExit(f"{self.name} does not answer")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def stats(self):
        """Since the last reset: calls by service and operation, and the bytes of all answers."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/__stats", timeout=5) as answer:
            return json.load(answer)

    def reset(self):
        address = f"http://127.0.0.1:{self.port}/__reset"
        urllib.request.urlopen(urllib.request.Request(address, method="POST", data=b""), timeout=5).close()


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def environment(port, key, secret):
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def of_the_demo(canvass, accounts, latency_ms, more=""):
    port = free_port()
    knobs = ",".join(filter(None, [f"accounts={accounts}", f"latency={latency_ms}ms", more]))
    command = [canvass, "demo", "serve", "--port", str(port), "--demo", knobs]
    shown = subprocess.Popen(command[:3] + ["--port", "0", "--demo", "accounts=20"], stdout=subprocess.PIPE, text=True)
    lines = dict(shown.stdout.readline().strip().split("=", 1) for _ in range(4))
    shown.terminate()
    shown.wait()
    env = environment(port, lines["AWS_ACCESS_KEY_ID"], lines["AWS_SECRET_ACCESS_KEY"])
    return Server(f"canvass demo serve --demo {knobs}", command, port, env, ("ReadOnlyQueryRole", None))


def outside(path, accounts, latency_ms):
    port = free_port()
    options = {"port": port, "accounts": accounts, "instances": INSTANCES, "latency-ms": latency_ms}
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    env = environment(port, "test", "test")
    roles = ("OrganizationAccountAccessRole", "none")
    return Server(f"{pathlib.Path(path).name} {' '.join(words[2:])}", [sys.executable, path, *words], port, env, roles)
