"""The information that a coarse-graining rule keeps about the environment, exactly, and its gradient.

Source: Koch-Janusz & Ringel, Nature Physics 14, 578 (2018), arXiv 1704.06279. Neural estimation of
information is not offered; exact tables are what estimators can be tested on.
"""

from __future__ import annotations

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.shown_value import shown
from renormalization.real_space.lattice.entropies import mutual_information
from renormalization.real_space.lattice.joint import Joint
from renormalization.real_space.rules import Rule


def rsmi(rule: Rule, joint: Joint) -> float:
    """I(h:E) = sum_{h,e} P(h,e) ln[P(h,e)/(P(h) P(e))], P(h,e) = sum_v P(h|v) P(v,e), in nats.

    Equation: rule-information

    >>> from renormalization import LatticeModel
    >>> joint = LatticeModel.ising(4, coupling=0.5).joint(block=[1, 2], environment=[0, 3])
    >>> round(rsmi(Rule.decimation(2), joint), 6), round(rsmi(Rule.majority(2), joint), 6)
    (0.129045, 0.111684)
    """
    return mutual_information(coarse_table(rule, joint))


def rsmi_gradient(rule: Rule, joint: Joint) -> Floats:
    """dI(h:E)/dP(h|v) = sum_e P(v,e) ln[P(e|h)/P(e)], like `rule.table`.

    Rows of states that do not occur are 0. That is the derivative with every entry free: the normalisation
    of rows is for the caller's parameters to keep. -inf where a value h, so far never beside e, would go to a
    state that is. Of a value never taken, the one-sided derivative, sum_e P(v,e) ln[P(e|v)/P(e)].

    Equation: rule-gradient
    """
    coarse = coarse_table(rule, joint)
    at_all = joint.table.sum(axis=0)
    found = np.zeros(rule.table.shape)
    for value, row in enumerate(coarse):
        total = row.sum()
        if total > 0:
            possible = row > 0
            logarithm = np.log(row[possible] / (total * at_all[possible]))
            slopes = joint.table[:, possible] @ logarithm
            slopes[(joint.table[:, ~possible] > 0).any(axis=1)] = -np.inf
        else:
            ratio = joint.table / (joint.table.sum(axis=1, keepdims=True) * at_all)
            slopes = (joint.table * np.log(np.where(ratio > 0, ratio, 1.0))).sum(axis=1)
        found[joint.block_index, value] = slopes
    return found


def coarse_table(rule: Rule, joint: Joint) -> Floats:
    """P(h, e); ValueError for a rule of another block."""
    if not isinstance(rule, Rule):
        raise ValueError(f"rule must be a Rule, such as Rule.majority(3) (got {shown(rule)})")
    require_joint(joint)
    if rule.states != joint.block_shape:
        raise ValueError(
            f"rule must be for a block with {joint.block_shape} states of its sites (got {rule.states})"
        )
    found: Floats = rule.table[joint.block_index].T @ joint.table
    return found


def require_joint(joint: object) -> Joint:
    """A joint table; ValueError otherwise."""
    if not isinstance(joint, Joint):
        raise ValueError(f"joint must be a Joint, as of LatticeModel.joint (got {shown(joint)})")
    return joint
