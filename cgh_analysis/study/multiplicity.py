"""Which comparisons of the plan are tested together, in which order of importance, and at which level."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cgh_analysis.study.parts import Block

Procedure = Literal["graph", "fixed_sequence", "holm", "hochberg", "bonferroni"]


class Hypothesis(Block):
    """No difference between two arms, in one outcome of a planned analysis.

    `contrast` names the arm that is compared and the one that it is compared with; `weight` is the share of alpha that
    it starts with, in a graph.
    """

    id: str
    analysis: str
    contrast: tuple[str, str]
    outcome: str = ""
    at: str | None = None
    weight: float | None = Field(default=None, ge=0, le=1)
    title: str = ""


class Transition(Block):
    """An arrow of the graph: the part of a rejected hypothesis' share of alpha that goes to another one."""

    from_: str = Field(alias="from", description="The hypothesis that has to be rejected.")
    to: str
    weight: float = Field(default=1.0, gt=0, le=1)


class MultiplicityPlan(Block):
    """How the hypotheses of the plan share one alpha: the chance that any true one is rejected stays below it."""

    procedure: Procedure
    alpha: float = Field(default=0.05, gt=0, lt=1)
    hypotheses: tuple[Hypothesis, ...] = Field(min_length=1)
    transitions: tuple[Transition, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """The hypotheses in the order of the file, which is that of a fixed sequence."""
        return tuple(h.id for h in self.hypotheses)

    @property
    def shares(self) -> dict[str, float]:
        """The share of alpha that each hypothesis starts with."""
        if self.procedure == "graph":
            return {h.id: h.weight or 0.0 for h in self.hypotheses}
        if self.procedure == "fixed_sequence":
            return {name: float(i == 0) for i, name in enumerate(self.ids)}
        return dict.fromkeys(self.ids, 1 / len(self.ids))

    @property
    def arrows(self) -> dict[tuple[str, str], float]:
        """The arrows of a graph or of a fixed sequence, by what they join; the other procedures are drawn without."""
        if self.procedure == "fixed_sequence":
            return dict.fromkeys(zip(self.ids, self.ids[1:], strict=False), 1.0)
        return {(t.from_, t.to): t.weight for t in self.transitions}
