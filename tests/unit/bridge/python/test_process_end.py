"""The interpreter ends in order whatever the program forgot."""

from __future__ import annotations

import subprocess
import sys

import pytest

FORGETFUL = {
    "close": """
bus = Bus()
""",
    "close with a Pit and a Supervisor": """
import tempfile
bus = Bus()
pit = Pit(bus, tempfile.mkdtemp())
supervisor = Supervisor(bus, "/bin/true")
""",
    "a request that waits for ever": """
async def handler(message, context):
    await asyncio.Event().wait()
async def main():
    bus.register_endpoint("slow", handler)
    async def ask():
        await bus.send_message("slow", {"method": "x"})
    asyncio.create_task(ask())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
bus = Bus()
asyncio.run(main())
""",
    "the bus itself": """
async def main():
    bus = Bus()
    async def handler(message, context):
        return {}
    bus.register_endpoint("one", handler)
    assert await bus.send_message("one", {"method": "x"}) == {}
asyncio.run(main())
""",
    "an answer nobody awaits": """
bus = Bus()
bus.send_message("nobody", {"method": "x"})
""",
    "everything, with an exception": """
bus = Bus()
async def main():
    bus.register_endpoint("one", main)
    raise SystemExit(0)
asyncio.run(main())
""",
}


@pytest.mark.parametrize("forgotten", FORGETFUL)
def test_forgetting(forgotten: str) -> None:
    program = "import asyncio\nfrom symphony_ipc import Bus, Pit, Supervisor\n" + FORGETFUL[forgotten]
    ended = subprocess.run([sys.executable, "-X", "dev", "-c", program], capture_output=True, text=True, timeout=30)
    assert ended.returncode == 0, ended.stderr
    assert "Fatal" not in ended.stderr and "never retrieved" not in ended.stderr, ended.stderr


def test_plain_system_python_imports_the_module() -> None:
    program = "import symphony_ipc; print(symphony_ipc.__file__)"
    ended = subprocess.run(["/usr/bin/python3", "-c", program], capture_output=True, text=True, timeout=30)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip().endswith(".so")
