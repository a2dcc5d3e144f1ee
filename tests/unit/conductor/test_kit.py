"""orchestra_kit: manifests are trusted only after every check; grants are exactly what was asked for."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from extension_scene import VALID, RecordingSupervisor, install
from orchestra_kit import (
    CAPABILITY_GRANTS,
    SHIPPED,
    HeldBack,
    Kit,
    ManifestError,
    PermissionsGrew,
    UnknownExtension,
    discover,
    grants_of,
    is_shipped,
    manifest_from,
    profile_of,
    read_manifest,
)
from orchestra_kit.json_schema import UnknownKeyword, violations

REPOSITORY = Path(__file__).parents[3]


# Where the fault is a field of the value that is put in.
BELOW = ("/contract", "/limits", "/process")


def changed(path: str, value: Any) -> dict[str, Any]:
    document = copy.deepcopy(VALID)
    *above, last = path.strip("/").split("/")
    target: Any = document
    for step in above:
        target = target[int(step)] if isinstance(target, list) else target[step]
    if value is ...:
        del target[last]
    else:
        target[int(last) if isinstance(target, list) else last] = value
    return document


def test_a_valid_manifest() -> None:
    manifest = manifest_from(VALID, "/extensions/notes")
    assert manifest.id == "notes" and manifest.executable == "/extensions/notes/notes"
    assert manifest.views[0].title == "Notes" and manifest.restart.limit == 5
    assert grants_of(manifest) == [
        "conductor:search.query",
        "host:log.write",
        "supervisor:contract.save",
        "supervisor:telemetry.spans",
        "ui:ui.patch",
        "ui:ui.render",
    ]


def test_the_built_in_explorer_is_valid() -> None:
    manifest = read_manifest(str(REPOSITORY / "extensions" / "file_explorer"))
    assert manifest.id == "file_explorer" and manifest.activation == ("startup",)


def asking_for(*capabilities: str) -> dict[str, Any]:
    return changed("/permissions", [{"capability": capability, "reason": "Needed."} for capability in capabilities])


def test_without_permissions_a_process_reaches_its_own_folders_only() -> None:
    profile = profile_of(manifest_from(asking_for(), "/extensions/notes"), "/w", "/data/notes", False)
    assert profile["read"] == [] and profile["write"] == ["/data/notes"] and profile["execute"] == ["/extensions/notes"]
    assert not any(profile[flag] for flag in ("start_programs", "change_metadata", "raw_network", "outer"))
    assert (profile["memory_bytes"], profile["cpu_percent"]) == (256 * 1024 * 1024, 100)
    assert (profile["processes"], profile["files"]) == (0, 256)


@pytest.mark.parametrize(
    ("capability", "field", "value"),
    [
        ("workspace.read", "read", ["/w"]),
        ("workspace.read", "write", ["/data/notes"]),
        ("workspace.write", "write", ["/data/notes", "/w"]),
        ("workspace.write", "change_metadata", True),
        ("programs.start", "start_programs", True),
        ("programs.start", "processes", 16),
        ("network.raw", "raw_network", True),
    ],
)
def test_a_permission_opens_what_it_says(capability: str, field: str, value: Any) -> None:
    manifest = manifest_from(asking_for(capability), "/extensions/notes")
    assert profile_of(manifest, "/w", "/data/notes", True)[field] == value
    assert profile_of(manifest, None, "/data/notes", True)["outer"] is True


def test_limits_of_the_manifest_are_those_of_the_profile() -> None:
    asked = {**asking_for("programs.start"), "limits": {"memory": 64, "cpu": 30, "processes": 4, "files": 32}}
    profile = profile_of(manifest_from(asked, "/extensions/notes"), None, "/data/notes", False)
    assert (profile["memory_bytes"], profile["cpu_percent"]) == (64 * 1024 * 1024, 30)
    assert (profile["processes"], profile["files"]) == (4, 32)


def test_without_views_nothing_may_be_drawn() -> None:
    manifest = manifest_from(changed("/contributes", ...), "/extensions/notes")
    assert not any(grant.startswith("ui:") for grant in grants_of(manifest))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/manifest", 2),
        ("/manifest", True),
        ("/manifest", ...),
        ("/id", "Notes"),
        ("/id", "notes\n"),
        ("/id", "conductor"),
        ("/id", "supervisor"),
        ("/id", ...),
        ("/name", ""),
        ("/name", 7),
        ("/version", "1.2"),
        ("/kind", "symphony"),
        ("/entry", ...),
        ("/entry/executable", "../../bin/sh"),
        ("/entry/executable", "/bin/sh"),
        ("/entry/executable", ""),
        ("/entry/arguments", ["x"] * 65),
        ("/entry/arguments/0", 1),
        ("/activation/0", "always"),
        ("/activation/0", "on_view:other"),
        ("/activation/0", "on_view:"),
        ("/activation/0", "startup\n"),
        ("/process", {"instances": 0}),
        ("/process", {"instances": 17}),
        ("/process", {"spare": "yes"}),
        ("/process", {"idle_seconds": 0}),
        ("/process", {"replicas": 2}),
        ("/permissions/0/capability", "everything"),
        ("/permissions/0/reason", ...),
        ("/permissions/0/grant", "conductor:*"),
        ("/contributes/views/0/place", "everywhere"),
        ("/contract", {"min": 2, "max": 1}),
        ("/restart/limit", -1),
        ("/limits", {"memory": 1}),
        ("/limits", {"memory": "256 MiB"}),
        ("/limits", {"cpu": 0}),
        ("/limits", {"processes": -1}),
        ("/limits", {"files": 1.5}),
        ("/limits", {"disk": 1}),
        ("/limits", {"processes": 1}),
        ("/surprise", 1),
    ],
)
def test_each_fault_is_named_by_its_place(path: str, value: Any) -> None:
    with pytest.raises(ManifestError) as caught:
        manifest_from(changed(path, value), "/extensions/notes")
    expected = "/contract/min" if path == "/contract" else f"{path}/{next(iter(value))}" if path in BELOW else path
    assert caught.value.pointer == expected
    assert "/extensions/notes/manifest.json" in str(caught.value)


def test_the_same_activation_twice_is_refused() -> None:
    with pytest.raises(ManifestError) as caught:
        manifest_from(changed("/activation", ["startup", "startup"]), "/extensions/notes")
    assert caught.value.pointer == "/activation/1"


@pytest.mark.parametrize("document", [None, [], "manifest", 1])
def test_a_manifest_is_an_object(document: Any) -> None:
    with pytest.raises(ManifestError):
        manifest_from(document, "/extensions/notes")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 30_000, b" " * 70_000])
def test_bytes_that_are_no_manifest(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(ManifestError):
        read_manifest(str(tmp_path))


def test_an_executable_must_not_leave_its_folder_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "notes").symlink_to("/bin/true")
    (tmp_path / "manifest.json").write_text(json.dumps(VALID))
    with pytest.raises(ManifestError) as caught:
        read_manifest(str(tmp_path))
    assert caught.value.pointer == "/entry/executable"


def test_every_capability_of_the_schema_has_its_grants() -> None:
    schema = json.loads((REPOSITORY / "extensions/kit/orchestra_kit/manifest.schema.json").read_text())
    listed = schema["properties"]["permissions"]["items"]["properties"]["capability"]["enum"]
    assert sorted(listed) == sorted(CAPABILITY_GRANTS)


def test_a_schema_cannot_promise_what_nobody_checks() -> None:
    with pytest.raises(UnknownKeyword, match="oneOf"):
        list(violations({}, {"oneOf": []}))


def test_one_bad_extension_does_not_hide_the_others(tmp_path: Path) -> None:
    install(tmp_path, "notes", VALID)
    install(tmp_path, "broken", {"manifest": 1})
    install(tmp_path, "renamed", VALID)
    (tmp_path / "no_extension").mkdir()
    found = discover(str(tmp_path))
    assert [manifest.id for manifest in found.manifests] == ["notes"]
    assert [Path(problem.file).parent.name for problem in found.problems] == ["broken", "renamed"]


def test_a_missing_directory_is_a_problem(tmp_path: Path) -> None:
    found = discover(str(tmp_path / "none"))
    assert found.manifests == () and len(found.problems) == 1


def test_the_kit_starts_what_the_event_activates_once(tmp_path: Path) -> None:
    install(tmp_path, "notes", VALID)
    install(tmp_path, "lazy", {**VALID, "id": "lazy", "activation": []})
    supervisor = RecordingSupervisor()
    kit = Kit(supervisor, str(tmp_path), "/logs", str(tmp_path / "data"))
    assert kit.begin("/w") == ["notes"]
    assert kit.begin("/w") == []
    ((_, spec),) = supervisor.calls
    data = str(tmp_path / "data" / "extensions" / "notes")
    init: dict[str, Any] = {"workspace": "/w", "config": {}, "data": data}
    assert Path(data).stat().st_mode & 0o777 == 0o700 and spec["sandbox"] == profile_of(
        kit.manifests[1], "/w", data, False
    )
    assert spec["id"] == "notes" and spec["init"] == init
    assert spec["executable"] == str(tmp_path / "notes" / "notes") and spec["restart"] == "backoff"
    assert spec["grants"] == grants_of(kit.manifests[1])
    assert spec["lazy"] is False and spec["version"] == "1.2.3" and spec["instances"] == 1
    assert spec["spare"] is False and spec["idle_stop_s"] == 0
    assert kit.set_workspace("/v") == ["notes"]
    assert supervisor.calls[-1] == ("set_init", ("notes", {**init, "workspace": "/v"}))
    kit.stop_all()
    assert supervisor.calls[-1] == ("stop", "notes") and not kit.started
    views = kit.contributions()["views"]
    assert {view["extension"] for view in views} == {"lazy", "notes"}


def test_a_process_that_does_not_start_is_a_problem(tmp_path: Path) -> None:
    install(tmp_path, "notes", VALID)
    kit = Kit(RecordingSupervisor(refusing=True), str(tmp_path), "/logs", str(tmp_path / "data"))
    assert kit.begin(None) == [] and not kit.started
    assert "no such program" in str(kit.problems[0])


def offered(tmp_path: Path, **changes: Any) -> Any:
    return manifest_from({**VALID, "version": "2.0.0", **changes}, str(tmp_path / "new"))


def test_other_events_only_reserve_the_address(tmp_path: Path) -> None:
    document = {**VALID, "activation": ["on_message", "on_view:notes"]}
    process = {"instances": 2, "spare": True, "idle_seconds": 60}
    install(tmp_path, "notes", {**document, "process": process})
    supervisor = RecordingSupervisor()
    kit = Kit(supervisor, str(tmp_path), "/logs", str(tmp_path / "data"))
    assert kit.begin(None) == ["notes"]
    ((_, spec),) = supervisor.calls
    assert (spec["lazy"], spec["instances"], spec["spare"], spec["idle_stop_s"]) == (True, 2, True, 60)
    kit.show_view("notes", True)
    kit.show_view("other", True)
    assert supervisor.calls[1:] == [("set_shown", ("notes", True)), ("activate", "notes")]
    kit.show_view("notes", False)
    assert supervisor.calls[-1] == ("set_shown", ("notes", False))


def test_a_view_that_is_no_event_starts_nothing(tmp_path: Path) -> None:
    install(tmp_path, "notes", {**VALID, "activation": ["on_message"]})
    supervisor = RecordingSupervisor()
    kit = Kit(supervisor, str(tmp_path), "/logs", str(tmp_path / "data"))
    kit.begin(None)
    kit.show_view("notes", True)
    assert supervisor.calls[-1] == ("set_shown", ("notes", True))


def test_by_hand_everything_that_is_known_can_be_started(tmp_path: Path) -> None:
    install(tmp_path, "notes", {**VALID, "activation": []})
    supervisor = RecordingSupervisor()
    kit = Kit(supervisor, str(tmp_path), "/logs", str(tmp_path / "data"))
    assert kit.begin("/w") == []
    assert kit.start("notes") is True and kit.start("notes") is False
    assert supervisor.calls[0][1]["init"]["workspace"] == "/w" and len(supervisor.calls) == 1
    with pytest.raises(UnknownExtension, match="notes"):
        kit.start("other")


def test_a_version_that_asks_for_more_needs_consent(tmp_path: Path) -> None:
    install(tmp_path, "notes", VALID)
    supervisor = RecordingSupervisor()
    kit = Kit(supervisor, str(tmp_path), "/logs", str(tmp_path / "data"))
    kit.begin(None)
    more = [*VALID["permissions"], {"capability": "network.raw", "reason": "Wants it."}]
    fetch = {"capability": "network.fetch", "reason": "Wants it.", "hosts": ["example.org"]}
    with pytest.raises(PermissionsGrew) as caught:
        kit.offer("notes", offered(tmp_path, permissions=[*more, fetch]), False)
    assert caught.value.added == ("network.fetch", "network.fetch from example.org", "network.raw")
    assert supervisor.calls[-1][0] == "start" and not kit.has_second_version("notes")
    kit.offer("notes", offered(tmp_path, permissions=more), True)
    assert supervisor.calls[-1][0] == "offer" and supervisor.calls[-1][1]["version"] == "2.0.0"
    with pytest.raises(ManifestError) as refused:
        kit.offer("notes", offered(tmp_path, id="other"), True)
    assert refused.value.pointer == "/id"


def test_the_version_that_was_settled_on_is_the_manifest_from_then_on(tmp_path: Path) -> None:
    install(tmp_path, "notes", VALID)
    supervisor = RecordingSupervisor()
    kit = Kit(supervisor, str(tmp_path), "/logs", str(tmp_path / "data"))
    kit.begin(None)
    kit.offer("notes", offered(tmp_path), False)
    kit.set_workspace("/v")
    assert [call for call, _ in supervisor.calls[-2:]] == ["set_init", "set_sandbox"]
    assert supervisor.calls[-1][1][2] == "2.0.0"
    assert not kit.settle("notes", "1.2.3") and kit.manifest("notes").version == "1.2.3"
    kit.offer("notes", offered(tmp_path), False)
    assert kit.settle("notes", "2.0.0") and kit.manifest("notes").version == "2.0.0"
    assert not kit.settle("notes", "2.0.0")


def test_the_list_of_what_is_shipped_is_that_of_the_repository() -> None:
    assert SHIPPED == {file.parent.name for file in (REPOSITORY / "extensions").glob("*/manifest.json")}


def test_a_name_alone_does_not_make_an_extension_a_shipped_one(tmp_path: Path) -> None:
    for name in SHIPPED:
        assert not is_shipped(str(tmp_path / name))


def test_in_safe_mode_only_what_is_shipped_is_read_and_started(tmp_path: Path) -> None:
    extensions = tmp_path / "extensions"
    extensions.mkdir()
    install(extensions, "notes", VALID)
    (extensions / "broken").mkdir()
    (extensions / "broken" / "manifest.json").write_text("{")
    supervisor = RecordingSupervisor()
    kit = Kit(supervisor, str(extensions), str(tmp_path), str(tmp_path), safe_mode=True)
    assert kit.begin(None) == [] and supervisor.calls == [] and kit.contributions() == {"views": []}
    assert kit.held_back == ("broken", "notes") and kit.problems == ()
    with pytest.raises(HeldBack, match="safe mode, and notes does not come with it.*without --safe-mode"):
        kit.start("notes")


def test_in_safe_mode_no_other_version_takes_the_place_of_a_shipped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extensions = tmp_path / "extensions"
    extensions.mkdir()
    install(extensions, "notes", VALID)
    monkeypatch.setattr("orchestra_kit.shipped.SHIPPED", {"notes"})
    monkeypatch.setattr("orchestra_kit.shipped._installed", lambda: str(extensions))
    supervisor = RecordingSupervisor()
    kit = Kit(supervisor, str(extensions), str(tmp_path), str(tmp_path), safe_mode=True)
    assert kit.begin(None) == ["notes"]
    supervisor.calls.clear()
    with pytest.raises(HeldBack, match=f"the version in {tmp_path}/elsewhere does not come with it"):
        kit.offer("notes", manifest_from(VALID, str(tmp_path / "elsewhere")), accept_permissions=True)
    assert supervisor.calls == []
    kit.offer("notes", read_manifest(str(extensions / "notes")), accept_permissions=False)
    assert supervisor.calls[0][0] == "offer"
