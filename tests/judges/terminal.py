"""Runs a program on a terminal of its own and says what a person saw.

usage: terminal.py COLUMNS LINES KEYS PROGRAM [ARGUMENT ...]

KEYS is a JSON list of [text, keys]: once the screen has shown the text, the keys are pressed.
Prints {"screen": everything that was written to the terminal, "code": exit code}.
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time

COLUMNS, LINES, KEYS = int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
DEADLINE = time.monotonic() + 60


def main():
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        os.execvpe(sys.argv[4], sys.argv[4:], os.environ)
    shown, keys, seen = b"", list(KEYS), 0
    while True:
        if time.monotonic() > DEADLINE:
            os.kill(child, 9)
            sys.exit(f"it did not end; the screen was:\n{shown.decode(errors='replace')}")
        readable, _, _ = select.select([terminal], [], [], 1)
        if readable:
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # Linux's way to say that nobody writes any more
                break
            if not piece:
                break
            shown += piece
        while keys and keys[0][0].encode() in shown[seen:]:
            text, pressed = keys.pop(0)
            seen = shown.index(text.encode(), seen) + len(text.encode())
            os.write(terminal, pressed.encode())
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    print(json.dumps({"screen": shown.decode(errors="replace").replace("\r\n", "\n"), "code": code}))


main()
