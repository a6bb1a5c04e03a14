"""MiniStack on a free port of 127.0.0.1, told on stdout, for as long as stdin stays open."""
import os
import socket
import subprocess
import sys
import time
import urllib.request

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]

environment = {
    **os.environ, "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "LOG_LEVEL": "ERROR", "IOT_MTLS_ENABLED": "0",
}
server = subprocess.Popen(
    [sys.executable, "-m", "ministack"], env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr.fileno(),
)
try:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=5).close()
            break
        except urllib.error.HTTPError:
            break
        except OSError:
            if server.poll() is not None:
                sys.exit(f"it ended by itself: {server.returncode}")
            time.sleep(0.1)
    print(port, flush=True)
    sys.stdin.read()
finally:
    server.kill()
    server.wait()
