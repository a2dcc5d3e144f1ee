"""What a running Symphony says about itself, asked by a stranger over the listening socket: Conductor, Pit and File
Explorer are the real ones, each where it belongs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from prometheus_text import parse
from protocol_client import Client, ProtocolError

EXTENSIONS = os.environ.get("SYMPHONY_EXTENSIONS", "")
# The desktop program: only where it is built.
PROGRAM = os.environ.get("SYMPHONY_PROGRAM", "")


class RunningTest(unittest.TestCase):
    def setUp(self) -> None:
        self.temporary = TemporaryDirectory()
        root = Path(self.temporary.name)
        self.workspace = root / "workspace"
        self.workspace.mkdir()
        (self.workspace / "one.txt").write_text("needle\n")
        self.runtime = root / "runtime" / "symphony"
        self.runtime.parent.mkdir(mode=0o700)
        self.logs = root / "data" / "log"
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": str(self.runtime.parent), "HOME": str(root)}
        self.environment["XDG_DATA_HOME"] = str(root / "share")
        command = [sys.executable, "-m", "conductor", "--listen", "--runtime-directory", str(self.runtime)]
        command += ["--data-directory", str(root / "data"), "--log-file", str(self.logs / "conductor.log")]
        command += ["--extensions-directory", EXTENSIONS, str(self.workspace)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, env=self.environment)
        assert self.process.stdout is not None
        ready = json.loads(self.process.stdout.readline())
        self.assertEqual(ready["state"], "ready", ready)
        give_up = time.monotonic() + 30
        with Client.connect(self.runtime) as client:
            while self.ask(client, "conductor", "status.get")["processes"][0]["state"] != "healthy":
                self.assertLess(time.monotonic(), give_up, "the explorer does not get healthy")

    def tearDown(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=30)
        self.temporary.cleanup()

    def ask(self, client: Client, target: str, method: str, params: Any = None) -> Any:
        return client.ask(target, method, params if params is not None else {}, 20_000)

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=30)

    def test_metrics_are_prometheus_text_and_count_what_was_asked(self) -> None:
        with Client.connect(self.runtime) as client:
            for _ in range(3):
                self.ask(client, "conductor", "search.query", {"query": "needle"})
            with self.assertRaises(ProtocolError):
                self.ask(client, "conductor", "search.query", {"query": ""})
            answer = self.ask(client, "host", "metrics.get")
        self.assertEqual(answer["content_type"], "text/plain; version=0.0.4; charset=utf-8")
        families = parse(answer["text"])
        conductor = (("endpoint", "conductor"),)
        requests = families["symphony_endpoint_requests_total"].samples
        self.assertGreaterEqual(requests[("symphony_endpoint_requests_total", conductor)], 4)
        errors = families["symphony_endpoint_errors_total"].samples
        refused = conductor + (("code", "invalid_params"),)
        self.assertEqual(errors[("symphony_endpoint_errors_total", refused)], 1)
        duration = "symphony_endpoint_request_duration_seconds"
        self.assertGreater(families[duration].samples[(duration + "_sum", conductor)], 0)
        health = families["symphony_endpoint_health"].samples
        up = (("endpoint", "file_explorer"), ("health", "ok"))
        self.assertEqual(health[("symphony_endpoint_health", up)], 1)
        self.assertEqual(families["symphony_outside_connections"].samples[("symphony_outside_connections", ())], 1)
        endpoints = {dict(labels)["endpoint"] for _, labels in requests}
        self.assertLessEqual({"artifact_store", "host", "conductor", "file_explorer", "supervisor"}, endpoints)
        self.assertNotIn(client.welcome["endpoint"], endpoints)

    def test_status_shows_the_documented_shape(self) -> None:
        with Client.connect(self.runtime) as client:
            status = self.ask(client, "conductor", "status.get")
        endpoints = {endpoint["id"]: endpoint for endpoint in status["endpoints"]}
        explorer = endpoints["file_explorer"]
        documented = "id kind state health requests answers errors cancelled deadlines refused notifications "
        documented += (
            "errors_by_code bytes_in bytes_out queued_bytes queued_frames read_pauses pending parked oldest_ms latency "
        )
        documented += "instances versions"
        self.assertLessEqual(set(documented.split()), set(explorer))
        of_instance = "instance version state health weight requests answers errors outstanding queued_bytes "
        of_instance += "queued_frames read_pauses reading_paused oldest_ms"
        self.assertLessEqual(set(of_instance.split()) | {"latency"}, set(explorer["instances"][0]))
        latency = explorer["latency"]
        self.assertEqual(sum(count for _, count in latency["buckets"]), latency["count"])
        self.assertGreater(latency["count"], 0)
        self.assertLessEqual(latency["p50_us"], latency["p99_us"])
        self.assertLessEqual(latency["p99_us"], latency["max_us"])

    def test_a_level_changes_while_it_runs(self) -> None:
        with Client.connect(self.runtime) as client:
            levels = self.ask(client, "host", "log.levels")
            self.assertEqual(levels["directory"], str(self.logs))
            self.assertEqual(levels["components"]["conductor"], "info")
            self.ask(client, "conductor", "search.query", {"query": "not logged"})
            changed = self.ask(client, "host", "log.level", {"component": "conductor", "level": "debug"})
            self.assertEqual(changed, {"component": "conductor", "level": "debug"})
            self.ask(client, "conductor", "search.query", {"query": "secret needle"})
            with self.assertRaises(ProtocolError) as caught:
                self.ask(client, "host", "log.level", {"component": "nobody", "level": "debug"})
            self.assertEqual(caught.exception.code, -32012)
        self.stop()
        lines = [json.loads(line) for line in (self.logs / "conductor.log").read_text().splitlines()]
        for line in lines:
            self.assertLessEqual({"time", "level", "component", "message"}, set(line))
        searched = [line for line in lines if line["message"] == "searched"]
        self.assertEqual(len(searched), 1)
        self.assertEqual(searched[0]["level"], "debug")
        self.assertNotIn("needle", (self.logs / "conductor.log").read_text())

    def explorer(self, client: Client) -> Any:
        (found,) = self.ask(client, "conductor", "extension.list")["extensions"]
        return found

    def until(self, client: Client, state: str) -> Any:
        give_up = time.monotonic() + 30
        while (found := self.explorer(client))["state"] != state:
            self.assertLess(time.monotonic(), give_up, found)
        return found

    def test_an_extension_is_listed_replaced_stopped_and_started(self) -> None:
        with Client.connect(self.runtime) as client:
            before = self.explorer(client)
            self.assertEqual((before["id"], before["state"]), ("file_explorer", "healthy"))
            self.assertEqual(before["process"]["instances"][0]["role"], "serving")
            swapped = self.ask(client, "conductor", "extension.swap", {"id": "file_explorer"})
            self.assertEqual(swapped["version"], before["version"])
            after = self.until(client, "healthy")
            self.assertNotEqual(after["process"]["pid"], before["process"]["pid"])
            self.assertEqual(after["process"]["restarts"], 0)
            steps = [(step["before"], step["state"]) for step in after["process"]["history"]]
            self.assertIn(("healthy", "updating"), steps)
            self.ask(client, "conductor", "extension.stop", {"id": "file_explorer"})
            self.until(client, "terminated")
            self.ask(client, "conductor", "extension.start", {"id": "file_explorer"})
            self.until(client, "healthy")

    def test_what_cannot_be_done_with_an_extension_is_said(self) -> None:
        folder = str(self.workspace)
        wrong: list[tuple[str, dict[str, Any], int, str]] = [
            ("extension.restart", {"id": "nobody"}, -32012, "file_explorer"),
            ("extension.swap", {"id": "file_explorer", "from_folder": folder}, -32602, "manifest.json"),
            ("extension.swap", {"id": "file_explorer", "from_folder": "here"}, -32602, "absolute"),
            ("extension.split", {"id": "file_explorer", "share": 5}, -32600, "nothing to compare"),
            ("extension.split", {"id": "file_explorer", "share": 500}, -32602, "share"),
            ("extension.choose", {"id": "file_explorer", "version": "9.9.9"}, -32012, "one version"),
        ]
        with Client.connect(self.runtime) as client:
            for method, params, code, text in wrong:
                with self.subTest(method=method, params=params), self.assertRaises(ProtocolError) as caught:
                    self.ask(client, "conductor", method, params)
                self.assertEqual(caught.exception.code, code)
                self.assertIn(text, str(caught.exception))
            self.assertEqual(self.explorer(client)["state"], "healthy")

    def test_outside_programs_may_not_write_the_log(self) -> None:
        with Client.connect(self.runtime) as client, self.assertRaises(ProtocolError) as caught:
            self.ask(client, "host", "log.write", {"level": "error", "message": "forged"})
        self.assertEqual(caught.exception.code, -32005)

    def program(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        if not PROGRAM:
            self.skipTest("the desktop program is not built")
        return subprocess.run(
            [PROGRAM, *arguments], env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )

    def test_a_decision_is_explained_on_the_command_line(self) -> None:
        before = self.program("explain", "last", "--json")
        self.assertEqual((before.returncode, before.stdout), (1, ""))
        self.assertIn("(not_found)", before.stderr)
        with Client.connect(self.runtime) as client:
            decision = self.ask(client, "conductor", "search.query", {"query": "needle"})["decision"]
        words = self.program("explain", "last")
        self.assertEqual((words.returncode, words.stderr), (0, ""))
        self.assertIn(f"Decision {decision['id']} (search) chose {decision['chosen']}: ", words.stdout)
        asked = ("--what-if", "state=closed", "--json")
        explained = json.loads(self.program("explain", str(decision["id"]), *asked).stdout)
        self.assertEqual((explained["id"], explained["policy_hash"]), (decision["id"], None))
        self.assertEqual((explained["what_if"]["chosen"], explained["what_if"]["differs"]), (None, True))
        for arguments, code, text in (
            (["explain", "99"], 1, "There is no decision 99 yet"),
            (["explain", "last", "--what-if", "bytes=NaN"], 1, "bytes must be a whole number"),
            (["explain", "last", "--what-if", "colour=1"], 1, "There is no feature 'colour'"),
            (["explain", "first"], 2, "(usage.explain)"),
        ):
            refused = self.program(*arguments)
            self.assertEqual((refused.returncode, refused.stdout), (code, ""))
            self.assertIn(text, refused.stderr)

    def test_the_command_line_asks_the_same(self) -> None:
        metrics = self.program("metrics")
        self.assertEqual((metrics.returncode, metrics.stderr), (0, ""))
        self.assertIn("symphony_build_info", parse(metrics.stdout))
        changed = self.program("log", "--component", "file_explorer", "--level", "debug")
        self.assertEqual(json.loads(changed.stdout), {"component": "file_explorer", "level": "debug"})
        self.assertEqual(json.loads(self.program("log").stdout)["components"]["file_explorer"], "debug")
        self.assertEqual(self.program("log", "--component", "nobody", "--level", "debug").returncode, 1)
        listed = self.program("extension", "list")
        self.assertRegex(listed.stdout, r"file_explorer +\S+ +healthy +\d+ \S+ serving")
        restarted = self.program("extension", "restart", "file_explorer", "--json")
        self.assertEqual((restarted.returncode, json.loads(restarted.stdout)), (0, {}))
        unknown = self.program("extension", "stop", "nobody")
        self.assertEqual((unknown.returncode, unknown.stdout), (1, ""))
        self.assertIn("There is no extension 'nobody'", unknown.stderr)
        self.assertEqual(self.program("extension", "stop").returncode, 2)
        file = Path(self.temporary.name) / "trace.json"
        self.assertEqual(self.program("trace", str(file), "--seconds", "30").returncode, 0)
        self.assertIsInstance(json.loads(file.read_text())["traceEvents"], list)
        self.stop()
        for arguments in (["metrics"], ["trace", str(file)], ["log"], ["explain", "last"]):
            absent = self.program(*arguments)
            self.assertEqual((absent.returncode, absent.stdout), (3, ""))
            self.assertEqual(
                absent.stderr, "symphony: Symphony is not running. Start it: symphony [FOLDER]. (instance.absent)\n"
            )


class TraceTest(unittest.TestCase):
    """One keystroke, from the page's event to the picture: every hop has its span, and every parent is there."""

    def test_no_gap_and_no_orphan(self) -> None:
        if not PROGRAM:
            self.skipTest("the desktop program is not built")
        with TemporaryDirectory() as temporary:
            root = Path(temporary)
            (root / "workspace").mkdir()
            (root / "workspace" / "one.txt").write_text("needle\n")
            (root / "runtime").mkdir(mode=0o700)
            environment = {**os.environ, "HOME": temporary, "XDG_DATA_HOME": str(root / "share")}
            environment["XDG_RUNTIME_DIR"] = str(root / "runtime")
            file = root / "trace.json"
            command = [PROGRAM, "search", str(root / "workspace"), "needle", "--json", "--trace", str(file)]
            subprocess.run(command, env=environment, check=True, capture_output=True, timeout=120)
            events = json.loads(file.read_text())["traceEvents"]
        spans = {event["args"]["span"]: event for event in events if event["ph"] == "X"}
        self.assertEqual(len({span["args"]["trace"] for span in spans.values()}), 1)
        roots = [span for span in spans.values() if span["args"]["parent"] == "0" * 16]
        self.assertEqual([span["name"] for span in roots], ["ui.event change"])
        for span in spans.values():
            self.assertIn(span["args"]["parent"], {**spans, "0" * 16: None}, f"{span['name']} has no parent")
            self.assertGreaterEqual(span["dur"], 0)
        names = {(event["pid"]): event["args"]["name"] for event in events if event["name"] == "process_name"}
        tops = [
            span
            for span in spans.values()
            if span["name"].startswith("artifact_store index.s") and "(waiting)" not in span["name"]
        ]
        searching = max(tops, key=lambda span: int(span["ts"]))
        way = []
        while True:
            way.append(searching["name"])
            parent = searching["args"]["parent"]
            if parent == "0" * 16:
                break
            searching = spans[parent]
        way.reverse()
        expected = ["ui.event change", "ui.event change", "conductor search.query", "bus → conductor search.query"]
        expected += ["conductor search.query", way[-2], way[-1]]
        self.assertEqual(way, expected)
        self.assertRegex(way[-1], "artifact_store index.(search|scan)")
        self.assertEqual(way[-2], "bus → " + way[-1])
        self.assertLessEqual({"page", "file_explorer", "symphony"}, set(names.values()))
        arrows = {event["id"] for event in events if event["ph"] == "s"}
        self.assertTrue(arrows)
        self.assertEqual(arrows, {event["id"] for event in events if event["ph"] == "f"})
        painted = [span["name"] for span in spans.values()]
        self.assertIn("ui.paint explorer", painted)


if __name__ == "__main__":
    if not EXTENSIONS:
        sys.exit("SYMPHONY_EXTENSIONS names the directory of the extensions")
    unittest.main()
