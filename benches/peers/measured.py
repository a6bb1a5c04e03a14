"""One program, run to its end: how long, how much CPU with all its children, how much memory at most."""
import os
import signal
import subprocess
import threading
import time


class Measured:
    def __init__(self, wall, usage, code, rows, why):
        self.wall, self.code, self.rows = wall, code, rows
        # Why it is no answer. Accounts that refuse are none: each tells of them in its own way.
        self.failed = why
        self.cpu = usage.ru_utime + usage.ru_stime
        # The largest single process, where there are many.
        self.memory_mb = usage.ru_maxrss / 1024


def run(command, env, folder, timeout):
    """Rows are the lines with an instance in them; what was printed otherwise does not count."""
    began = time.monotonic()
    late = threading.Event()
    with open(folder / "stderr", "w+") as errors:
        # In a group of its own, so that what it started ends with it.
        child = subprocess.Popen(
            [str(word) for word in command], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
            text=True, start_new_session=True,
        )

        def stop():
            late.set()
            os.killpg(child.pid, signal.SIGKILL)

        clock = threading.Timer(timeout, stop)
        clock.start()
        rows = sum(1 for line in child.stdout if "i-" in line)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - began
        clock.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        said = errors.read().strip().splitlines()
    if late.is_set():
        why = f"not done after {timeout} s"
    elif child.returncode < 0:
        why = f"ended by {signal.Signals(-child.returncode).name}"
    elif rows == 0:
        why = said[-1] if said else f"exit code {child.returncode}, no rows"
    else:
        why = None
    return Measured(wall, usage, child.returncode, rows, why)
