"""moto on a free port of 127.0.0.1, told on stdout, for as long as stdin stays open.

The test binary holds the other end of stdin. However it ends, also by SIGKILL, the pipe closes and
no server is left behind.
"""
import logging
import os
import sys

os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
logging.getLogger("werkzeug").setLevel(logging.ERROR)

from moto.server import ThreadedMotoServer  # noqa: E402  (the variable is read on import)

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
os._exit(0)
