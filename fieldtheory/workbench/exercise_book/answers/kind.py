"""What an exercise has to know of the kind of its answer."""

from __future__ import annotations

from typing import Any, Protocol


class AnswerKind(Protocol):
    """A kind of answer."""

    @property
    def what(self) -> str:
        """What an answer is, in words."""

    def read(self, answer: Any) -> Any:
        """The answer in the form that is compared; ValueError, which names `answer`, for what is none."""

    def same(self, given: Any, right: Any) -> bool:
        """Whether two answers that were read are one."""
