"""What a caller is told when something is wrong: one row for each error, as a google.rpc.Status with details."""

from __future__ import annotations

import logging
from typing import NamedTuple

from google.protobuf.any_pb2 import Any
from google.rpc import code_pb2, error_details_pb2, status_pb2

from normalizer.terms import (
    AlreadyExists,
    DiskFull,
    GazetteerInUse,
    GazetteerMissing,
    IndexUnusable,
    InvalidInput,
    NormalizerError,
    ReadOnly,
    RevisionUnavailable,
    StaleEtag,
    StoreUnavailable,
    UnknownEntity,
)

DOMAIN = "normalizer"
"""The domain of every google.rpc.ErrorInfo that this service sends."""

_log = logging.getLogger(__name__)


class CallEnded(NormalizerError):
    """The caller is gone or his deadline has passed: nobody waits for the answer any more."""


class TooManyStreams(NormalizerError):
    """All streams that this server keeps open at a time are taken: use one for many mentions, or another server."""


class _Row(NamedTuple):
    error: type[Exception]
    code: int
    reason: str


# The first row that an error is an instance of holds.
_ROWS = (
    _Row(InvalidInput, code_pb2.INVALID_ARGUMENT, "INVALID_INPUT"),
    _Row(UnknownEntity, code_pb2.NOT_FOUND, "UNKNOWN_ENTITY"),
    _Row(StaleEtag, code_pb2.ABORTED, "STALE_ETAG"),
    _Row(AlreadyExists, code_pb2.ALREADY_EXISTS, "ALREADY_EXISTS"),
    _Row(DiskFull, code_pb2.RESOURCE_EXHAUSTED, "DISK_FULL"),
    _Row(StoreUnavailable, code_pb2.UNAVAILABLE, "STORE_UNAVAILABLE"),
    _Row(RevisionUnavailable, code_pb2.FAILED_PRECONDITION, "REVISION_UNAVAILABLE"),
    _Row(GazetteerInUse, code_pb2.FAILED_PRECONDITION, "GAZETTEER_IN_USE"),
    _Row(GazetteerMissing, code_pb2.FAILED_PRECONDITION, "GAZETTEER_MISSING"),
    _Row(IndexUnusable, code_pb2.FAILED_PRECONDITION, "INDEX_UNUSABLE"),
    _Row(ReadOnly, code_pb2.PERMISSION_DENIED, "READ_ONLY"),
    _Row(TooManyStreams, code_pb2.RESOURCE_EXHAUSTED, "TOO_MANY_STREAMS"),
    _Row(CallEnded, code_pb2.CANCELLED, "CALL_ENDED"),
    _Row(NormalizerError, code_pb2.FAILED_PRECONDITION, "REFUSED"),
)
_DEFECT = _Row(Exception, code_pb2.INTERNAL, "DEFECT")


def status_of(error: Exception) -> status_pb2.Status:
    """The status that tells a caller about `error`.

    An error that is not ours is a defect: it goes to the log with its traceback, and the caller learns only that.

    >>> status_of(InvalidInput("mention.text", "must not be empty")).message
    'mention.text: must not be empty'
    """
    row = next((row for row in _ROWS if isinstance(error, row.error)), _DEFECT)
    if row is _DEFECT:
        _log.error("a call failed on a defect", exc_info=error)
    message = "internal error; the log of the server has the details" if row is _DEFECT else str(error)
    status = status_pb2.Status(code=row.code, message=message)
    status.details.append(_packed(error_details_pb2.ErrorInfo(reason=row.reason, domain=DOMAIN)))
    if isinstance(error, InvalidInput):
        status.details.append(_packed(_bad_request(error)))
    return status


def _bad_request(error: InvalidInput) -> error_details_pb2.BadRequest:
    violation = error_details_pb2.BadRequest.FieldViolation(field=error.field, description=error.problem)
    return error_details_pb2.BadRequest(field_violations=[violation])


def _packed(detail: error_details_pb2.ErrorInfo | error_details_pb2.BadRequest) -> Any:
    packed = Any()
    packed.Pack(detail)
    return packed
