"""The two directions of one conversation: jobs and controls go to a worker, messages come back."""

from __future__ import annotations

from nndesigner.protocol.codec import Reader, write
from nndesigner.protocol.controls import Control
from nndesigner.protocol.framing import Kind
from nndesigner.protocol.jobs import Job
from nndesigner.protocol.messages import Message


def write_job(job: Job) -> bytes:
    """The bytes to send to a worker for a job."""
    return write(Kind.JOB, job)


def write_control(control: Control) -> bytes:
    """The bytes to send to a worker for a control."""
    return write(Kind.CONTROL, control)


def write_message(message: Message) -> bytes:
    """The bytes that a worker sends for a message."""
    return write(Kind.MESSAGE, message)


def message_reader() -> Reader[Message]:
    """For the designer: what arrives from a worker."""
    return Reader({Kind.MESSAGE: Message})


def worker_reader() -> Reader[Job | Control]:
    """For a worker: what arrives from the designer."""
    return Reader({Kind.JOB: Job, Kind.CONTROL: Control})
