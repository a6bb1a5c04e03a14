"""The peers' Python: pinned packages in a virtual environment under the user's cache directory, made on first use."""
import hashlib
import os
import pathlib
import subprocess
import sys
import venv

REQUIREMENTS = pathlib.Path(__file__).with_name("requirements.txt")


def folder():
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    pins = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:16]
    return pathlib.Path(cache) / "canvass-peers" / f"venv-{pins}"


def prepared():
    """The folder with the peers' programs, and why they cannot be had where that is so."""
    home = folder()
    if (home / "complete").exists():
        return home / "bin", None
    print(f"making the peers' Python environment in {home} (a minute, once)", file=sys.stderr)
    try:
        venv.create(home, with_pip=True, clear=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return home / "bin", f"no Python environment can be made in {home}: {error}"
    pip = [home / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    made = subprocess.run([*pip, "--requirement", REQUIREMENTS], capture_output=True, text=True)
    if made.returncode != 0:
        return home / "bin", "pip cannot install the peers: " + (made.stderr.strip().splitlines() or ["?"])[-1]
    (home / "complete").touch()
    return home / "bin", None
