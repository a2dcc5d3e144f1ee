"""Content-addressed, versioned artifacts and the index of the open workspace.

Generated from ipc/interfaces/artifact_store.json by tools/interfaces/generate.py; do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

ENDPOINT: Final = "artifact_store"

ARTIFACT_PUT: Final = "artifact.put"
ARTIFACT_PUT_BEGIN: Final = "artifact.put_begin"
ARTIFACT_PUT_PIECE: Final = "artifact.put_piece"
ARTIFACT_PUT_COMMIT: Final = "artifact.put_commit"
ARTIFACT_PUT_ABORT: Final = "artifact.put_abort"
ARTIFACT_READ: Final = "artifact.read"
ARTIFACT_GET: Final = "artifact.get"
ARTIFACT_VERSIONS: Final = "artifact.versions"
ARTIFACT_LIST: Final = "artifact.list"
ARTIFACT_DESCRIBE: Final = "artifact.describe"
ARTIFACT_ANNOTATE: Final = "artifact.annotate"
ARTIFACT_PIN: Final = "artifact.pin"
ARTIFACT_UNPIN: Final = "artifact.unpin"
ARTIFACT_LINEAGE: Final = "artifact.lineage"
STORE_HOLDER_GONE: Final = "store.holder_gone"
STORE_CONTENTS: Final = "store.contents"
STORE_MOVE: Final = "store.move"
STORE_DELETE: Final = "store.delete"
STORE_UNDO: Final = "store.undo"
STORE_PURGE: Final = "store.purge"
STORE_CHECK: Final = "store.check"
STORE_USAGE: Final = "store.usage"
INDEX_OPEN: Final = "index.open"
INDEX_CLOSE: Final = "index.close"
INDEX_STATUS: Final = "index.status"
INDEX_SEARCH: Final = "index.search"
INDEX_SCAN: Final = "index.scan"
ARTIFACT_PUT_ENCODING_DEFAULT: Final = "utf-8"
ARTIFACT_PUT_PIECE_ENCODING_DEFAULT: Final = "utf-8"
ARTIFACT_READ_OFFSET_DEFAULT: Final = 0
ARTIFACT_READ_LENGTH_DEFAULT: Final = 1048576
ARTIFACT_LIST_PREFIX_DEFAULT: Final = ""
ARTIFACT_LIST_LIMIT_DEFAULT: Final = 100
ARTIFACT_LINEAGE_DIRECTION_DEFAULT: Final = "parents"
ARTIFACT_LINEAGE_DEPTH_DEFAULT: Final = 100
ARTIFACT_LINEAGE_LIMIT_DEFAULT: Final = 1000
STORE_CONTENTS_AFTER_DEFAULT: Final = ""
STORE_CONTENTS_LIMIT_DEFAULT: Final = 200
STORE_MOVE_BATCH_DEFAULT: Final = ""
STORE_DELETE_BATCH_DEFAULT: Final = ""
STORE_UNDO_LIMIT_DEFAULT: Final = 50
STORE_PURGE_LIMIT_DEFAULT: Final = 50
STORE_CHECK_AFTER_DEFAULT: Final = ""
STORE_CHECK_LIMIT_DEFAULT: Final = 50
STORE_CHECK_REPAIR_DEFAULT: Final = False
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

    class ArtifactRef(TypedDict):
        """A version of an artifact."""

        # Not empty. At most 1024 bytes.
        name: str
        # At least 1.
        version: int

    class PutResult(TypedDict):
        """The version that was stored."""

        name: str
        # At least 1.
        version: int
        # SHA-256 in hexadecimal. 64 characters.
        hash: str
        size: int
        # False when the content was there already.
        stored: bool

    class VersionFacts(TypedDict):
        """What a version's future depends on."""

        name: str
        # At least 1.
        version: int
        created_ms: int
        # 0 to 1.
        quality: float | None
        tags: list[str]
        pins: int
        # Versions that were made from it and are there.
        children: int
        # Newer versions of the same name.
        newer: int

    class ContentFacts(TypedDict):
        """A content, where it is, and the versions that are it."""

        # SHA-256 in hexadecimal. 64 characters.
        hash: str
        size: int
        stored_size: int
        # Where the bytes are: in the database as they are, compressed there, compressed in a file, damaged beyond
        # repair, in chunks beside the database.
        tier: Literal["hot", "compressed", "archived", "lost", "chunked"]
        accessed_ms: int
        versions: list[VersionFacts]

    class Damage(TypedDict):
        """A content that is not what it was."""

        # SHA-256 in hexadecimal. 64 characters.
        hash: str
        what: str
        repaired: bool
        # At most 100 items.
        names: list[str]

    class LineageEntry(TypedDict):
        """A version on the way, and how many steps away it is."""

        name: str
        # At least 1.
        version: int
        # At least 1.
        depth: int

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
        # What it was made from; they must be there. At most 256 items.
        parents: NotRequired[list[ArtifactRef]]
        # At most 32 items.
        tags: NotRequired[list[str]]
        # 0 to 1.
        quality: NotRequired[float]

    ArtifactPutResult = PutResult

    class ArtifactPutBeginParams(TypedDict):
        """The parameters of artifact.put_begin."""

        # Not empty. At most 1024 bytes.
        name: str
        metadata: NotRequired[dict[str, Any]]
        # What it was made from; they must be there at the end. At most 256 items.
        parents: NotRequired[list[ArtifactRef]]
        # At most 32 items.
        tags: NotRequired[list[str]]
        # 0 to 1.
        quality: NotRequired[float]

    class ArtifactPutBeginResult(TypedDict):
        """The result of artifact.put_begin."""

        # At least 1.
        upload: int
        # The most a piece may have. At least 1.
        piece_bytes: int
        # So long without a piece, and it is dropped. At least 1.
        idle_ms: int

    class ArtifactPutPieceParams(TypedDict):
        """The parameters of artifact.put_piece."""

        # At least 1.
        upload: int
        # How many bytes came before.
        offset: int
        # At most 1 MiB once it is decoded. At most 1398104 bytes.
        content: str
        # How `content` holds the bytes.
        encoding: NotRequired[Literal["utf-8", "base64"]]

    class ArtifactPutPieceResult(TypedDict):
        """The result of artifact.put_piece."""

        # Bytes so far.
        received: int

    class ArtifactPutCommitParams(TypedDict):
        """The parameters of artifact.put_commit."""

        # At least 1.
        upload: int
        # What its hash must be. 64 characters.
        hash: NotRequired[str]

    ArtifactPutCommitResult = PutResult

    class ArtifactPutAbortParams(TypedDict):
        """The parameters of artifact.put_abort."""

        # At least 1.
        upload: int

    ArtifactPutAbortResult = dict[str, Any]

    class ArtifactReadParams(TypedDict):
        """The parameters of artifact.read."""

        # SHA-256 in hexadecimal. 64 characters.
        hash: str
        # At most the size.
        offset: NotRequired[int]
        # 1 to 1048576.
        length: NotRequired[int]

    class ArtifactReadResult(TypedDict):
        """The result of artifact.read."""

        # Of the whole content.
        size: int
        offset: int
        # In base64; fewer bytes than asked for only at the end.
        content: str
        # The content ends with it.
        last: bool

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

    class ArtifactDescribeParams(TypedDict):
        """The parameters of artifact.describe."""

        # Not empty. At most 1024 bytes.
        name: str
        # The newest where it is not said. At least 1.
        version: NotRequired[int]

    class ArtifactDescribeResult(TypedDict):
        """The result of artifact.describe."""

        name: str
        # At least 1.
        version: int
        # SHA-256 in hexadecimal. 64 characters.
        hash: str
        size: int
        stored_size: int
        # Where the bytes are: in the database as they are, compressed there, compressed in a file, damaged beyond
        # repair, in chunks beside the database.
        tier: Literal["hot", "compressed", "archived", "lost", "chunked"]
        created_ms: int
        accessed_ms: int
        # 0 to 1.
        quality: float | None
        tags: list[str]
        # Who holds it.
        pins: list[str]
        parents: list[ArtifactRef]
        # At most 1000 items.
        children: list[ArtifactRef]
        metadata: dict[str, Any]

    class ArtifactAnnotateParams(TypedDict):
        """The parameters of artifact.annotate."""

        # Not empty. At most 1024 bytes.
        name: str
        # The newest where it is not said. At least 1.
        version: NotRequired[int]
        # At most 32 items.
        add_tags: NotRequired[list[str]]
        # At most 32 items.
        remove_tags: NotRequired[list[str]]
        # 0 to 1.
        quality: NotRequired[float]

    class ArtifactAnnotateResult(TypedDict):
        """The result of artifact.annotate."""

        # At least 1.
        version: int
        tags: list[str]
        # 0 to 1.
        quality: float | None

    class ArtifactPinParams(TypedDict):
        """The parameters of artifact.pin."""

        # Not empty. At most 1024 bytes.
        name: str
        # The newest where it is not said. At least 1.
        version: NotRequired[int]
        # Whose pin it is. Not empty. At most 256 bytes.
        holder: str

    class ArtifactPinResult(TypedDict):
        """The result of artifact.pin."""

        # At least 1.
        version: int
        pins: list[str]

    class ArtifactUnpinParams(TypedDict):
        """The parameters of artifact.unpin."""

        # Not empty. At most 1024 bytes.
        name: str
        # The newest where it is not said. At least 1.
        version: NotRequired[int]
        # Whose pin it is. Not empty. At most 256 bytes.
        holder: str

    class ArtifactUnpinResult(TypedDict):
        """The result of artifact.unpin."""

        # At least 1.
        version: int
        pins: list[str]

    class ArtifactLineageParams(TypedDict):
        """The parameters of artifact.lineage."""

        # Not empty. At most 1024 bytes.
        name: str
        # The newest where it is not said. At least 1.
        version: NotRequired[int]
        direction: NotRequired[Literal["parents", "children"]]
        # 1 to 1000.
        depth: NotRequired[int]
        # 1 to 10000.
        limit: NotRequired[int]

    class ArtifactLineageResult(TypedDict):
        """The result of artifact.lineage."""

        # At least 1.
        version: int
        # At most 10000 items.
        entries: list[LineageEntry]
        truncated: bool

    class StoreHolderGoneParams(TypedDict):
        """The parameters of store.holder_gone."""

        # Not empty. At most 128 bytes.
        holder: NotRequired[str]
        # At most 128 bytes.
        instance: NotRequired[str]

    class StoreHolderGoneResult(TypedDict):
        """The result of store.holder_gone."""

        dropped: int

    class StoreContentsParams(TypedDict):
        """The parameters of store.contents."""

        # The hash of the last one that was seen.
        after: NotRequired[str]
        # 1 to 1000.
        limit: NotRequired[int]

    class StoreContentsResult(TypedDict):
        """The result of store.contents."""

        # At most 1000 items.
        contents: list[ContentFacts]
        # There are no more.
        last: bool

    class StoreMoveParams(TypedDict):
        """The parameters of store.move."""

        # SHA-256 in hexadecimal. 64 characters.
        hash: str
        tier: Literal["hot", "compressed", "archived"]
        # Only if nobody has used it after that (milliseconds since 1970).
        unused_since: NotRequired[int]
        # What store.undo finds it by. At most 64 bytes.
        batch: NotRequired[str]

    class StoreMoveResult(TypedDict):
        """The result of store.move."""

        # False when it is there already, or compressed would not be smaller.
        changed: bool
        # Where the bytes are: in the database as they are, compressed there, compressed in a file, damaged beyond
        # repair, in chunks beside the database.
        tier: Literal["hot", "compressed", "archived", "lost", "chunked"]
        stored_before: int
        stored_after: int

    class StoreDeleteParams(TypedDict):
        """The parameters of store.delete."""

        # Not empty. At most 1024 bytes.
        name: str
        # At least 1.
        version: int
        unused_since: NotRequired[int]
        # At most 64 bytes.
        batch: NotRequired[str]

    class StoreDeleteResult(TypedDict):
        """The result of store.delete."""

        changed: bool

    class StoreUndoParams(TypedDict):
        """The parameters of store.undo."""

        # Not empty. At most 64 bytes.
        batch: str
        # 1 to 1000.
        limit: NotRequired[int]

    class StoreUndoResult(TypedDict):
        """The result of store.undo."""

        undone: int
        # Changes that others have overtaken: purged, or moved again.
        gone: int
        left: int

    class StorePurgeParams(TypedDict):
        """The parameters of store.purge."""

        deleted_before_ms: int
        # 1 to 1000.
        limit: NotRequired[int]

    class StorePurgeResult(TypedDict):
        """The result of store.purge."""

        versions: int
        contents: int
        freed_bytes: int
        last: bool

    class StoreCheckParams(TypedDict):
        """The parameters of store.check."""

        after: NotRequired[str]
        # 1 to 1000.
        limit: NotRequired[int]
        repair: NotRequired[bool]

    class StoreCheckResult(TypedDict):
        """The result of store.check."""

        checked: int
        # At most 1000 items.
        damaged: list[Damage]
        # To go on with.
        after: str
        last: bool

    StoreUsageParams = dict[str, Any]

    class StoreUsageResult(TypedDict):
        """The result of store.usage."""

        contents: int
        # Of all contents as they are read.
        bytes: int
        # As they are kept.
        stored_bytes: int
        database_bytes: int
        # Of the database: used again before it grows.
        free_bytes: int
        archive_bytes: int
        # Of all chunks, each counted once.
        chunk_bytes: int
        by_tier: dict[str, Any]

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
