"""All diagrams of the corrections in 1/h, order by order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from replicas.random_features.diagrams import FeatureDiagram, FeatureExpansion, feature_expansion
from replicas.random_features.terms import FeatureTerm, feature_terms

Terms = dict[FeatureTerm, int]


@dataclass(frozen=True)
class WidthExpansion:
    """Diagrams of the `shift` of the mean prediction and of its `variance`, one expansion a power of 1/h.

    Iterating gives all diagrams; `square` are those of the mean square of f_h - f_0, of which the variance
    has the connected ones. The excess error is square + 2 (f_0 - y*) shift.

    >>> print(WidthExpansion.of(1, "poisson"))
    shift at order 1/h of "poisson" features, 1 diagram
    11: -a11*e1*u1
    variance at order 1/h of "poisson" features, 1 diagram
    1/1: e1**2*u1**2
    """

    shift: tuple[FeatureExpansion, ...]
    variance: tuple[FeatureExpansion, ...]
    square: tuple[FeatureExpansion, ...]

    @classmethod
    def of(cls, order: int, ensemble: str) -> WidthExpansion:
        """Up to this order."""
        orders = range(1, order + 1)
        shift, variance, square = (
            tuple(feature_expansion(quantity, k, ensemble) for k in orders)
            for quantity in ("shift", "variance", "square")
        )
        return cls(shift, variance, square)

    def __len__(self) -> int:
        return sum(map(len, (*self.shift, *self.variance)))

    def __iter__(self) -> Iterator[FeatureDiagram]:
        return (diagram for each in (*self.shift, *self.variance) for diagram in each)

    def __str__(self) -> str:
        pairs = zip(self.shift, self.variance, strict=True)
        return "\n".join(str(each) for pair in pairs for each in pair)

    def latex(self) -> str:
        """Shift and variance, all orders, as lines of an `aligned` environment in math mode."""
        sums = (
            rf"{left} &= {' + '.join(each.latex() for each in expansions)} + \dots"
            for left, expansions in (
                (r"\langle f_h \rangle - f_0", self.shift),
                (r"\operatorname{Var} f_h", self.variance),
            )
        )
        return r"\begin{aligned}" + r" \\ ".join(sums) + r"\end{aligned}"

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex()}$"

    def terms(self) -> list[tuple[Terms, Terms, Terms]]:
        """Order by order: terms of the shift, of the variance, and those of the square that it lacks."""
        found = []
        for shift, variance, square in zip(self.shift, self.variance, self.square, strict=True):
            joined = set(variance)
            products = FeatureExpansion(
                "square", square.order, square.ensemble, tuple(each for each in square if each not in joined)
            )
            found.append((feature_terms(shift), feature_terms(variance), feature_terms(products)))
        return found
