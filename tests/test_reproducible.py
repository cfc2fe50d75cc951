"""The same bytes whatever the machine's settings, without a clock, a random seed or a network."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

BUILD = """
import sys
from pathlib import Path
from xjranalysis import export, report
out, jobs = Path(sys.argv[1]), int(sys.argv[2])
export.write_data(out / "data")
report.build(out / "reports", jobs=jobs)
"""

# Runs in every Python process of a build, kernels too: whoever reaches for the network fails, and is written down.
GUARD = """
import os, sys
def watch(event, arguments):
    if event not in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        return
    address = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments
    host = address[0] if isinstance(address, tuple) else "local"
    if host not in ("local", "localhost", "127.0.0.1", "::1", None, ""):
        with open(os.environ["WATCHED"], "a") as file:
            print(event, address, file=file)
        raise OSError(f"network: {event} {address}")
sys.addaudithook(watch)
"""

SETTINGS = {
    "plain": {"jobs": 2, "LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0"},
    "other": {"jobs": 1, "LC_ALL": "C", "TZ": "Asia/Shanghai", "PYTHONHASHSEED": "4242", "COLUMNS": "40"},
}


def built(name, place):
    """Hashes of everything that a build writes under some settings, by name."""
    settings = dict(SETTINGS[name])
    (place / "guard").mkdir()
    (place / "guard" / "sitecustomize.py").write_text(GUARD)
    (place / "elsewhere" / "deep").mkdir(parents=True)
    jobs = settings.pop("jobs")
    environment = os.environ | settings
    environment |= {"PYTHONPATH": str(place / "guard"), "WATCHED": str(place / "watched")}
    environment["HOME"] = str(place)
    subprocess.run(
        [sys.executable, "-c", BUILD, str(place / "out"), str(jobs)],
        cwd=place / "elsewhere" / "deep",
        env=environment,
        check=True,
        timeout=600,
    )
    assert not (place / "watched").exists(), (place / "watched").read_text()
    return {
        str(path.relative_to(place / "out")): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(Path(place / "out").rglob("*"))
        if path.is_file()
    }


def test_settings_of_the_machine_change_no_byte(tmp_path):
    """Locale, time zone, hash seed, working directory, home and number of jobs; no network is tried."""
    for name in SETTINGS:
        (tmp_path / name).mkdir()
    plain, other = (built(name, tmp_path / name) for name in SETTINGS)
    assert len(plain) > 100
    assert [name for name in plain if plain[name] != other.get(name)] == []
    assert plain.keys() == other.keys()


def test_the_guard_sees_the_network(tmp_path):
    """What the test above relies on."""
    (tmp_path / "sitecustomize.py").write_text(GUARD)
    script = "import urllib.request\nurllib.request.urlopen('http://example.invalid')"
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "WATCHED": str(tmp_path / "watched")}
    run = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=False)
    assert run.returncode == 1
    assert "example.invalid" in (tmp_path / "watched").read_text()
