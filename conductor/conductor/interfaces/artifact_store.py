"""Content-addressed, versioned artifacts and the index of the open workspace.

Generated from ipc/interfaces/artifact_store.json by tools/interfaces/generate.py; do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

ENDPOINT: Final = "artifact_store"

ARTIFACT_PUT: Final = "artifact.put"
ARTIFACT_GET: Final = "artifact.get"
ARTIFACT_VERSIONS: Final = "artifact.versions"
ARTIFACT_LIST: Final = "artifact.list"
INDEX_OPEN: Final = "index.open"
INDEX_CLOSE: Final = "index.close"
INDEX_STATUS: Final = "index.status"
INDEX_SEARCH: Final = "index.search"
INDEX_SCAN: Final = "index.scan"
ARTIFACT_PUT_ENCODING_DEFAULT: Final = "utf-8"
ARTIFACT_LIST_PREFIX_DEFAULT: Final = ""
ARTIFACT_LIST_LIMIT_DEFAULT: Final = 100
INDEX_SEARCH_LIMIT_DEFAULT: Final = 500
INDEX_SCAN_LIMIT_DEFAULT: Final = 500

if TYPE_CHECKING:
    from typing import Any, Literal, NotRequired, TypedDict

    class Artifact(TypedDict):
        """One version of an artifact with its content."""

        name: str
        # At least 1.
        version: int
        # SHA-256 in hexadecimal. 64 characters.
        hash: str
        size: int
        content: str
        # How `content` holds the bytes.
        encoding: Literal["utf-8", "base64"]
        metadata: dict[str, Any]

    class Hit(TypedDict):
        """A place in a file's text; line and column count from 1, column and length in UTF-8 bytes."""

        path: str
        # At least 1.
        line: int
        # At least 1.
        column: int
        # At least 1.
        length: int
        # The line, cut around the hit.
        text: str

    class SearchRequest(TypedDict):
        """A literal search without case, in texts and names."""

        # Not empty. At most 4096 bytes.
        query: str
        # Of hits, and of files. 1 to 5000.
        limit: NotRequired[int]

    class SearchResult(TypedDict):
        """What a search found, in byte order of whole paths."""

        # At most 5000 items.
        hits: list[Hit]
        # At most 5000 items.
        files: list[str]
        # There is at least one hit or file more than the limit.
        truncated: bool
        elapsed_us: int
        # Every change made before the call is in the answer.
        fresh: bool

    class Skipped(TypedDict):
        """Files that are listed and whose text is not indexed."""

        binary: int
        large: int
        unreadable: int

    class Version(TypedDict):
        """One version of an artifact."""

        # At least 1.
        version: int
        # SHA-256 in hexadecimal. 64 characters.
        hash: str
        size: int
        # At least 1.
        parent: int | None
        created_ms: int

    class ArtifactPutParams(TypedDict):
        """The parameters of artifact.put."""

        # Not empty. At most 1024 bytes.
        name: str
        content: str
        # How `content` holds the bytes.
        encoding: NotRequired[Literal["utf-8", "base64"]]
        metadata: NotRequired[dict[str, Any]]

    class ArtifactPutResult(TypedDict):
        """The result of artifact.put."""

        name: str
        # At least 1.
        version: int
        # SHA-256 in hexadecimal. 64 characters.
        hash: str
        size: int
        # False when the content was there already.
        stored: bool

    class ArtifactGetParams(TypedDict):
        """The parameters of artifact.get."""

        # Not empty. At most 1024 bytes.
        name: NotRequired[str]
        # At least 1.
        version: NotRequired[int]
        # SHA-256 in hexadecimal. 64 characters.
        hash: NotRequired[str]

    ArtifactGetResult = Artifact

    class ArtifactVersionsParams(TypedDict):
        """The parameters of artifact.versions."""

        # Not empty. At most 1024 bytes.
        name: str

    class ArtifactVersionsResult(TypedDict):
        """The result of artifact.versions."""

        versions: list[Version]

    class ArtifactListParams(TypedDict):
        """The parameters of artifact.list."""

        prefix: NotRequired[str]
        # 1 to 10000.
        limit: NotRequired[int]

    class ArtifactListResult(TypedDict):
        """The result of artifact.list."""

        # At most 10000 items.
        names: list[str]
        truncated: bool

    class IndexOpenParams(TypedDict):
        """The parameters of index.open."""

        # An absolute path. Not empty.
        folder: str

    class IndexOpenResult(TypedDict):
        """The result of index.open."""

        folder: str
        state: str

    IndexCloseParams = dict[str, Any]

    IndexCloseResult = dict[str, Any]

    IndexStatusParams = dict[str, Any]

    class IndexStatusResult(TypedDict):
        """The result of index.status."""

        folder: str | None
        state: Literal["closed", "building", "ready", "degraded", "failed"]
        files: int
        indexed: int
        pending: int
        bytes: int
        text_bytes: int
        # Files that are listed and whose text is not indexed.
        skipped: Skipped
        watching: bool
        # Counts the changes applied.
        generation: int
        build_ms: int
        persistent: bool
        # As in section 5 of the protocol.
        error: dict[str, Any] | None

    IndexSearchParams = SearchRequest

    IndexSearchResult = SearchResult

    IndexScanParams = SearchRequest

    IndexScanResult = SearchResult
