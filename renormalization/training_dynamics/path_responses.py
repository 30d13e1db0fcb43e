r"""How a neuron answers small fields along each of its sampled paths, averaged over the paths.

Along a path h = chi + C g, z = xi + D phi(h), g = phi'(h) z, where C(t, s) is 0 unless s < t, and D(t, s)
unless s <= t. With p = phi'(h), q = phi''(h) z small changes obey

    dh = dchi + C dg,    dg = q dh + p dz,    dz = dxi + D p dh,

so that dh/dchi = N^(-1) and dh/dxi = N^(-1) C p, N = 1 - C q - C p D p. The rows of one time t, of
A = <p dh/dxi> and B = <dg/dchi>, are what seeds at t become when the transposed equations carry them back in
time. That is as much work as to invert N row by row, and needs no memory beyond the path.
"""

from __future__ import annotations

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled

_BLOCK = 64  # paths side by side: so many operations in a row hide how long each takes


@compiled(error_model="numpy", fastmath={"contract"})
def add_responses(
    up: Floats, down: Floats, slopes: Floats, curvatures: Floats, last: int, forward: bool, rows: Floats
) -> None:
    """Add to `rows`, (points, n), those of A from index `last` on, those of one time; of B if not `forward`.

    `up`, `down`: C and D, (n, n), times by points; `slopes`, `curvatures`: p and q, (n, paths). Later times
    play no part; nor do D and q at this one, for A, which is 0 there.
    """
    points, paths = len(rows), slopes.shape[1]
    stop = last + points
    of_h, of_z = np.zeros((stop, _BLOCK)), np.zeros((stop, _BLOCK))  # how the seed moves with h and z
    p, q = np.zeros((stop, _BLOCK)), np.zeros((stop, _BLOCK))
    total = np.empty(_BLOCK)
    for start in range(0, paths, _BLOCK):
        width = min(_BLOCK, paths - start)
        for k in range(stop):
            for b in range(_BLOCK):  # beyond the last path 0, and what is carried there too
                p[k, b] = slopes[k, start + b] if b < width else 0.0
                q[k, b] = curvatures[k, start + b] if b < width else 0.0
        for seed in range(points):
            end = stop
            if forward:  # phi(h) itself is the seed, which moves with h alone
                end = last
                for k in range(last, stop):
                    for b in range(_BLOCK):
                        of_h[k, b] = p[k, b] if k == last + seed else 0.0
                        of_z[k, b] = 0.0
            for now in range(end - points, -1, -points):
                after = now + points
                for k in range(now, after):
                    # g, which moves h at later times
                    for b in range(_BLOCK):
                        total[b] = 1.0 if k == last + seed else 0.0
                    for j in range(after, stop):
                        weight = up[j, k]
                        if weight != 0.0:  # as at test points, from which nothing is learnt
                            for b in range(_BLOCK):
                                total[b] += weight * of_h[j, b]
                    for b in range(_BLOCK):
                        of_h[k, b], of_z[k, b] = q[k, b] * total[b], p[k, b] * total[b]
                for k in range(now, after):
                    # phi(h), which moves z at the same time and later
                    for b in range(_BLOCK):
                        total[b] = 0.0
                    for j in range(now, stop):
                        weight = down[j, k]
                        if weight != 0.0:
                            for b in range(_BLOCK):
                                total[b] += weight * of_z[j, b]
                    for b in range(_BLOCK):
                        of_h[k, b] += p[k, b] * total[b]
            moved = of_z if forward else of_h
            for k in range(end):
                found = 0.0
                for b in range(width):
                    found += moved[k, b]
                rows[seed, k] += found / paths
