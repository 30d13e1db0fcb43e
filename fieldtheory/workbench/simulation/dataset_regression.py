r"""Exact Gaussian-process regression on one random data set, averaged over the target's orientation.

With A = K(X, X) + σ² and (K2)_l = λ_l², the posterior mean of a target y is f = K(·, X) A^{-1} y, and all its
errors follow by projection, without a test set: ⟨f, g⟩ = λ_l α·y and ‖f‖² = α·K2 α with α = A^{-1} y.  For a
unit-norm target of degree l in a uniformly random orientation ⟨y yᵀ⟩ = P_l(x_n·x_m), hence (learning curves,
section 2)

    a_l = λ_l Tr[A^{-1} P_l],      E_l = Tr[A^{-1} K2 A^{-1} P_l] − 2 a_l + 1,
    W = Tr[A^{-1} K2 A^{-1}],      V = K(1) − Tr[A^{-1} K2].

Where rounding leaves A no inverse, as more points than the kernel has modes do at ridge 0, f is the solution
of least norm: A^+ of `LeastNorm` takes the place of A^{-1}, and the training error is what is not fitted,
Tr[(1 − K A^+)² P_l]/N.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg.blas import dtrmm, dtrsm
from scipy.linalg.lapack import dlauum, dpotrf, dpotrs, dtrtri

from fieldtheory.array_types import Floats, Integers
from fieldtheory.budgets import require_budget
from fieldtheory.compiled import compiled
from fieldtheory.sphere.harmonic_features import count_harmonics, harmonic_features
from fieldtheory.sphere.harmonics import float_multiplicities, gegenbauer, multiplicities
from fieldtheory.sphere.kernel_table import KernelTable, gram_matrix, mirror_lower
from fieldtheory.workbench.simulation.condition_estimate import reciprocal_condition
from fieldtheory.workbench.simulation.least_norm import LeastNorm, least_norm_rounding

__all__ = [
    "DatasetAverages",
    "DatasetRegression",
    "draw_dataset",
    "draw_points",
    "regress",
    "regress_on",
    "required_bytes",
]


# Rows per block are chosen so that a block of one matrix has about this many entries (8 MB).
_BLOCK_ENTRIES = 1 << 20
_BLOCK_ROWS = 256
_POINTS_PER_HARMONIC = 8  # at least, where harmonics are solved for: then their cost is small
EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class DatasetRegression:
    """What is common to all data sets of one training-set size.

    `size`: N, the number of points (`poisson`: its mean). `dim`, `ridge`, `seed`: dimension d of the sphere
    S^{d-1}, σ², seed of the whole simulation. `orientations`: number of random target orientations per data
    set; 0: the exact average over all. `kernel`, `squared_kernel`: tables of K and of K2 = Σ deg λ² P_l.
    `squared_rest`: table of the part of K2 above the last degree in `eigenvalues` (only with orientations
    > 0). `eigenvalues`, `degree_traces`: λ_l and deg(l) λ_l for the degrees of interest 0…m.
    """

    size: int
    poisson: bool
    dim: int
    ridge: float
    seed: int
    orientations: int
    kernel: KernelTable
    squared_kernel: KernelTable
    squared_rest: KernelTable | None
    eigenvalues: Floats
    degree_traces: Floats


@dataclass(frozen=True, eq=False)
class DatasetAverages:
    """Results of one data set; targets have unit norm, the arrays run over their degree 0…m.

    `training_by_degree` and `training_label_noise` are the training errors (divided by the nominal N) for
    noise-free labels of that degree, and per unit variance of label noise.  `condition` estimates the
    condition number of K(X, X) + ridge in the 1-norm, or, if rounding left it no inverse, in the 2-norm on
    the modes above rounding; `missing` is the number of the others.

    The roundings are estimates of what rounding and the errors of the tables do. `relative_rounding`: to a
    trace of A^{-1} by the entries of A, relative to it; it is that of the coefficients, and twice that of the
    training errors, traces of A^{-2}, to which `rounding_of_training` by the entries of A^{-2} comes.
    `rounding_by_degree`, `rounding_of_gain`, `rounding_of_variance`: to E_l, W and V, where errors in the
    entries of K2 count Tr[A^{-2} P_l], Tr[A^{-2}] and Tr[A^{-1}] times.
    """

    coefficients: Floats
    error_by_degree: Floats
    training_by_degree: Floats
    posterior_variance: float
    label_noise_gain: float
    training_label_noise: float
    condition: float
    relative_rounding: float
    rounding_by_degree: Floats
    rounding_of_gain: float
    rounding_of_variance: float
    rounding_of_training: float
    missing: int = 0


def draw_points(count: int, dim: int, rng: np.random.Generator) -> Floats:
    """`count` independent uniform points of S^{dim-1}, shape (count, dim): normalised Gaussian vectors.

    >>> points = draw_points(3, 5, np.random.default_rng(0))
    >>> (points**2).sum(axis=1).round(12).tolist()
    [1.0, 1.0, 1.0]
    """
    points = rng.standard_normal((count, dim))
    points /= np.sqrt(np.einsum("nd,nd->n", points, points))[:, None]
    return points


def draw_dataset(problem: DatasetRegression, repeat: int) -> tuple[Floats, np.random.Generator]:
    """The points of data set number `repeat`, and what draws the rest."""
    rng = np.random.default_rng([problem.seed, problem.size, repeat])
    count = int(rng.poisson(problem.size)) if problem.poisson else problem.size
    return draw_points(count, problem.dim, rng), rng


def regress(problem: DatasetRegression, repeat: int) -> DatasetAverages:
    """Draw data set number `repeat` and solve it.  Depends on (seed, size, repeat) only.

    The points are the same for both kinds of orientation average.
    """
    return regress_on(problem, *draw_dataset(problem, repeat))


def regress_on(problem: DatasetRegression, points: Floats, rng: np.random.Generator) -> DatasetAverages:
    """The data set of these points, solved; `rng` draws the orientations, if those are random.

    Equation: regression-error
    """
    count = len(points)
    if count == 0:
        # Nothing was learned: f = 0, and no label to fit.
        nothing = np.zeros_like(problem.eigenvalues)
        return DatasetAverages(
            coefficients=nothing,
            error_by_degree=nothing + 1.0,
            training_by_degree=nothing,
            posterior_variance=problem.kernel.trace,
            label_noise_gain=0.0,
            training_label_noise=0.0,
            condition=1.0,
            relative_rounding=0.0,
            rounding_by_degree=nothing,
            rounding_of_gain=0.0,
            rounding_of_variance=0.0,
            rounding_of_training=0.0,
        )
    factor, condition = _factorised_gram(problem, points)
    if problem.orientations:
        return _sampled_orientations(problem, points, factor, condition, rng)
    if isinstance(factor, LeastNorm):
        return _solution_of_least_norm(problem, points, factor)
    return _all_orientations(problem, points, factor, condition)


def required_bytes(size: int, poisson: bool, orientations: int, columns: int = 6, dim: int = 3) -> int:
    """Memory that `regress` needs for arrays, in bytes (a Poisson count is taken six sigma above its mean).

    >>> round(required_bytes(10_000, False, 0) / 1e9, 1), round(required_bytes(10_000, False, 4) / 1e9, 1)
    (1.9, 0.8)
    """
    count = size + (int(6.0 * size**0.5) + 6 if poisson else 0)
    # A and K2, and at first the harmonics that are solved for, with two products.
    matrices = 1.0 if orientations else 2.0 + 3.0 / _POINTS_PER_HARMONIC
    rows = count if orientations else _BLOCK_ROWS
    blocks = 5 * min(count**2, max(min(_BLOCK_ENTRIES, rows * count), 16 * count))
    vectors = 3 * count * (columns + 1) * orientations + 2 * count * dim + 500
    return 8 * (int(matrices * count**2) + blocks + vectors)


def _factorised_gram(problem: DatasetRegression, points: Floats) -> tuple[Floats | LeastNorm, float]:
    """Lower Cholesky factor of A (C order; upper triangle: garbage), and the condition number of A.

    Its modes above rounding where that leaves no inverse.
    """
    matrix = _shifted_gram(problem, points)
    norm = _one_norm(matrix)
    # LAPACK sees the transpose: our lower triangle is the upper triangle of a Fortran-ordered matrix.
    # The transposed view is F-contiguous, so nothing is copied.
    _, info = dpotrf(matrix.T, lower=0, clean=0, overwrite_a=1)
    reciprocal = 0.0 if info else reciprocal_condition(matrix.T, norm, lower=False)
    count, entry = len(points), (EPS + problem.kernel.error) * problem.kernel.trace
    if reciprocal * norm > least_norm_rounding(count, norm, entry):
        return matrix, 1.0 / reciprocal
    require_budget(
        f"n = {problem.size}, at which the Gram matrix is singular to rounding,",
        seconds=2e-9 * float(count) ** 3,
        memory=48.0 * float(count) ** 2,
        smaller="n",
        say=False,
    )
    del matrix
    modes = LeastNorm.of(_shifted_gram(problem, points).T, problem.ridge, entry, upper=True)
    return modes, modes.condition


def _shifted_gram(problem: DatasetRegression, points: Floats) -> Floats:
    """The lower triangle of A = K(X, X) + ridge; the upper one is garbage."""
    matrix = gram_matrix(problem.kernel, points, symmetric=False)
    matrix.flat[:: len(matrix) + 1] += problem.ridge
    return matrix


def _all_orientations(
    problem: DatasetRegression, points: Floats, factor: Floats, condition: float
) -> DatasetAverages:
    """The traces of the module's formulas, from the Cholesky factor of A = L Lᵀ (overwritten).

    K2 ≤ λ_max K ≤ λ_max A, so M = L⁻¹ K2 L⁻ᵀ is bounded by λ_max whatever the condition of A, and so are its
    rounding errors; A⁻¹ K2 A⁻¹ = L⁻ᵀ M L⁻¹ brings in the condition number once, where K2 between two inverses
    of A would bring in its square. M and L⁻ᵀ M L⁻¹ take the place of K2, L⁻¹ and A⁻¹ that of L.
    """
    count, degrees = len(points), len(problem.eigenvalues)
    response = gram_matrix(problem.squared_kernel, points)
    low = _harmonic_traces(problem, points, factor, response)
    # LAPACK and BLAS see transposes, as in `_factorised_gram`: factor.T holds Lᵀ.
    dtrsm(1.0, factor.T, response.T, lower=0, trans_a=1, overwrite_b=1)  # K2 L⁻ᵀ
    dtrtri(factor.T, lower=0, overwrite_c=1)
    blocks = _row_blocks(count)
    for rows in blocks:
        factor[rows, rows] = np.tril(factor[rows, rows])
    for rows in reversed(blocks):  # the upper triangle of M; rows above are still needed
        response[rows, rows.start :] = factor[rows, : rows.stop] @ response[: rows.stop, rows.start :]
    mirror_lower(response.T)
    explained = float(np.trace(response))
    dtrmm(1.0, factor.T, response.T, lower=0, overwrite_b=1)  # M L⁻¹
    for rows in blocks:  # the lower triangle of L⁻ᵀ M L⁻¹; rows below are still needed
        response[rows, : rows.stop] = factor[rows.start :, rows].T @ response[rows.start :, : rows.stop]
    dlauum(factor.T, lower=0, overwrite_c=1)
    inverse = factor
    mirror_lower(inverse)
    # Tr[B P_l] for B = A^{-1}, A^{-1} K2 A^{-1}, A^{-2}.
    traces = np.zeros((3, degrees))
    for rows in blocks:
        cosines = points[rows] @ points[: rows.stop].T
        squared_inverse = inverse[rows] @ inverse[:, : rows.stop]
        _add_degree_traces(cosines, inverse, response, squared_inverse, rows.start, problem.dim, traces)
    traces[:, : low.shape[1]] = low
    inverse_norm = float(np.vdot(inverse, inverse))
    coefficients = problem.eigenvalues * traces[0]
    training = problem.ridge**2 / problem.size
    return DatasetAverages(
        coefficients=coefficients,
        error_by_degree=traces[1] - 2.0 * coefficients + 1.0,
        training_by_degree=training * traces[2],
        posterior_variance=problem.kernel.trace - explained,
        label_noise_gain=float(np.trace(response)),
        training_label_noise=training * inverse_norm,
        condition=condition,
        **_roundings(problem, condition, traces[2], inverse_norm, float(np.trace(inverse)), explained),
    )


def _solution_of_least_norm(problem: DatasetRegression, points: Floats, modes: LeastNorm) -> DatasetAverages:
    """The same with A^+ in place of A^{-1}, in the modes of A; (1 − K A^+)² says what the training misses."""
    count, degrees = len(points), len(problem.eigenvalues)
    squared = gram_matrix(problem.squared_kernel, points)
    within = modes.vectors.T @ squared @ modes.vectors
    weights = modes.vectors / modes.values
    response, inverse = weights @ within @ weights.T, modes.inverse
    # Tr[B P_l] for B = A^+, A^+ K2 A^+, (1 − K A^+)², and for A^+ A^+.
    traces, norms = np.zeros((3, degrees)), np.zeros((3, degrees))
    kept = 1.0 - modes.missed**2
    for rows in _row_blocks(count):
        missed = -(modes.vectors[rows] * kept) @ modes.vectors[: rows.stop].T
        missed[np.arange(len(missed)), np.arange(rows.start, rows.stop)] += 1.0
        for third, sums in ((missed, traces), (weights[rows] @ weights[: rows.stop].T, norms)):
            cosines = points[rows] @ points[: rows.stop].T
            _add_degree_traces(cosines, inverse, response, third, rows.start, problem.dim, sums)
    features, multiplicity = _low_harmonics(points, degrees, problem.dim)
    solutions = modes.solve(features)
    pairs = (features, solutions), (squared @ solutions, solutions), (modes.residuals(features),) * 2
    products = np.stack([np.einsum("nc,nc->c", *pair) for pair in (*pairs, (solutions, solutions))])
    low = _averages_by_degree(products, multiplicity)
    traces[:, : len(multiplicity)], norms[2, : len(multiplicity)] = low[:3], low[3]
    coefficients = problem.eigenvalues * traces[0]
    errors = traces[1] - 2.0 * coefficients + 1.0
    explained = float(np.diagonal(within) @ (1.0 / modes.values))
    gain = float(np.trace(response))
    entry = (EPS + problem.squared_kernel.error) * problem.squared_kernel.trace
    relative = EPS * modes.condition
    gain_rounding = entry * float((modes.values**-2.0).sum()) + 2 * relative * abs(gain)
    # An error D of A changes f by the weights of the labels, W in square, times D A^+ y, and V likewise.
    # As K2 is at most K times its largest eigenvalue, W is at most that times the trace of A^+.
    weight = min(
        max(gain, 0.0) + gain_rounding, float(problem.eigenvalues.max() * (1.0 / modes.values).sum())
    )
    moved = modes.rounding * np.sqrt(np.abs(norms[2]) * weight)
    return DatasetAverages(
        coefficients=coefficients,
        error_by_degree=errors,
        training_by_degree=traces[2] / problem.size,
        posterior_variance=problem.kernel.trace - explained,
        label_noise_gain=gain,
        training_label_noise=(count - float(kept.sum())) / problem.size,
        condition=modes.condition,
        relative_rounding=relative,
        rounding_by_degree=entry * np.abs(norms[2]) + 2 * np.sqrt(np.abs(errors)) * moved + moved**2,
        rounding_of_gain=gain_rounding,
        rounding_of_variance=entry * float((1.0 / modes.values).sum()) + modes.rounding * weight,
        rounding_of_training=relative / problem.size,
        missing=count - len(modes.values),
    )


def _harmonic_traces(problem: DatasetRegression, points: Floats, factor: Floats, squared: Floats) -> Floats:
    """The traces with the P_l of few harmonics, (3, degrees), from solutions x = A⁻¹ Y_lm for each of them.

    Σ_m y·x, x·K2 x and x·x, over deg(l). Low degrees are those of the largest eigenvalues of A, which solving
    keeps to full precision and an inverse does not (most of A⁻¹ is of the size of its largest eigenvalue).
    """
    features, multiplicity = _low_harmonics(points, len(problem.eigenvalues), problem.dim)
    solutions = dpotrs(factor.T, features, lower=0)[0]
    explained = squared @ solutions
    products = np.stack([np.einsum("nc,nc->c", solutions, v) for v in (features, explained, solutions)])
    return _averages_by_degree(products, multiplicity)


def _low_harmonics(points: Floats, degrees: int, dim: int) -> tuple[Floats, Integers]:
    """The harmonics of the degrees that have few, a column each, and their numbers by degree."""
    last = _last_solved_degree(len(points), degrees, dim)
    features = harmonic_features(points, last) if last else np.ones((len(points), 1))
    return features, np.array(multiplicities(last, dim))


def _averages_by_degree(values: Floats, multiplicity: Integers) -> Floats:
    """Of what is known for each harmonic, along the last axis."""
    sums = np.add.reduceat(values, np.cumsum(multiplicity) - multiplicity, axis=-1)
    averages: Floats = sums / multiplicity
    return averages


def _last_solved_degree(count: int, degrees: int, dim: int) -> int:
    """Last degree up to which there are few enough harmonics to solve for each of them; 0 at least."""
    last = 0
    while last + 1 < degrees and count_harmonics(last + 1, dim) <= count // _POINTS_PER_HARMONIC:
        last += 1
    return last


def _row_blocks(count: int) -> list[slice]:
    """Consecutive rows of an N × N matrix, few enough that triangles are not computed as squares."""
    step = max(16, min(_BLOCK_ENTRIES // count, _BLOCK_ROWS))
    return [slice(start, min(start + step, count)) for start in range(0, count, step)]


def _sampled_orientations(
    problem: DatasetRegression,
    points: Floats,
    factor: Floats | LeastNorm,
    condition: float,
    rng: np.random.Generator,
) -> DatasetAverages:
    r"""The same quantities from k random poles w per degree, y = sqrt(deg) P_l(w·x), and k probe vectors.

    Posterior variance and label-noise gain are split at the last degree of interest m.  Up to m the sampled
    targets themselves estimate the traces, Tr[A^{-1} P_l] ≈ y·α and Tr[A^{-2} P_l] ≈ α·α; the rest is
    estimated with random signs z (Hutchinson).  Signs alone would be useless: the few large eigenvalues of
    K2 would give each probe a relative error of order one in K(1).
    """
    assert problem.squared_rest is not None
    count, degrees, samples = len(points), len(problem.eigenvalues), problem.orientations
    poles = draw_points(degrees * samples, problem.dim, rng)
    labels = np.empty((count, (degrees + 1) * samples), order="F")
    amplitudes = np.sqrt(float_multiplicities(degrees - 1, problem.dim))
    for degree in range(degrees):
        columns = slice(degree * samples, (degree + 1) * samples)
        cosines = points @ poles[columns].T
        labels[:, columns] = amplitudes[degree] * gegenbauer(degree, cosines, problem.dim)[degree]
    labels[:, degrees * samples :] = rng.integers(0, 2, (count, samples)) * 2.0 - 1.0
    training = problem.ridge**2 / problem.size
    if isinstance(factor, LeastNorm):
        solutions, missed, training = factor.solve(labels), factor.residuals(labels), 1.0 / problem.size
    else:
        # A copy of the labels is overwritten by the solutions alpha = A^{-1} y; the fit misses ridge alpha.
        solutions, _ = dpotrs(factor.T, labels, lower=0)
        missed = solutions
    targets, probes = slice(0, degrees * samples), slice(degrees * samples, None)
    squared_targets = np.zeros((count, degrees * samples))
    squared_probes = np.zeros((count, samples))
    step = max(16, _BLOCK_ENTRIES // count)
    for start in range(0, count, step):
        stop = min(start + step, count)
        block = points[start:stop] @ points[:stop].T
        rest = block.copy()
        problem.squared_kernel.fill(block, diagonal=start)
        problem.squared_rest.fill(rest, diagonal=start)
        for matrix, vectors, result in (
            (block, solutions[:, targets], squared_targets),
            (rest, solutions[:, probes], squared_probes),
        ):
            # Rows of the lower triangle, then the part above the diagonal block by symmetry.
            result[start:stop] += matrix @ vectors[:stop]
            result[:start] += matrix[:, :start].T @ vectors[start:stop]

    def by_degree(left: Floats, right: Floats) -> Floats:
        averages: Floats = np.einsum("nc,nc->c", left, right).reshape(degrees, samples).mean(axis=1)
        return averages

    overlaps = by_degree(labels[:, targets], solutions[:, targets])
    norms = by_degree(solutions[:, targets], solutions[:, targets])
    coefficients = problem.eigenvalues * overlaps
    rest_trace = problem.kernel.trace - float(problem.degree_traces.sum())
    explained_rest = float(np.vdot(labels[:, probes], squared_probes)) / samples
    gain_rest = float(np.vdot(solutions[:, probes], squared_probes)) / samples
    probe_norm = float(np.einsum("nc,nc->", solutions[:, probes], solutions[:, probes])) / samples
    probe_overlap = float(np.vdot(labels[:, probes], solutions[:, probes])) / samples
    missed_noise = float(np.einsum("nc,nc->", missed[:, probes], missed[:, probes])) / samples
    posterior_variance = float(problem.degree_traces @ (1.0 - coefficients)) + rest_trace - explained_rest
    explained = problem.kernel.trace - posterior_variance
    return DatasetAverages(
        coefficients=coefficients,
        error_by_degree=by_degree(solutions[:, targets], squared_targets) - 2.0 * coefficients + 1.0,
        training_by_degree=training * by_degree(missed[:, targets], missed[:, targets]),
        posterior_variance=posterior_variance,
        label_noise_gain=float((problem.degree_traces * problem.eigenvalues) @ norms) + gain_rest,
        training_label_noise=training * missed_noise,
        condition=condition,
        **_roundings(problem, condition, norms, probe_norm, probe_overlap, explained),
        missing=count - len(factor.values) if isinstance(factor, LeastNorm) else 0,
    )


def _roundings(
    problem: DatasetRegression,
    condition: float,
    norms: Floats,
    inverse_norm: float,
    inverse_trace: float,
    explained: float,
) -> dict[str, Any]:
    """The roundings of `DatasetAverages` from Tr[A^{-2} P_l], Tr[A^{-2}], Tr[A^{-1}] and Tr[A^{-1} K2]."""
    relative = (EPS + problem.kernel.error) * condition
    entry = (EPS + problem.squared_kernel.error) * problem.squared_kernel.trace
    return {
        "relative_rounding": relative,
        "rounding_by_degree": entry * norms + relative,
        "rounding_of_gain": entry * inverse_norm + relative,
        "rounding_of_variance": entry * inverse_trace + relative * explained,
        "rounding_of_training": 2.0 * EPS * problem.ridge**2 / problem.size * inverse_norm,
    }


@compiled()
def _one_norm(lower: Floats) -> float:  # pragma: no cover - compiled
    """Largest column sum of |A| for a symmetric matrix of which only the lower triangle is read."""
    sums = np.zeros(lower.shape[0])
    for i in range(lower.shape[0]):
        for j in range(i):
            value = abs(lower[i, j])
            sums[j] += value
            sums[i] += value
        sums[i] += abs(lower[i, i])
    return float(sums.max())


@compiled(error_model="numpy", fastmath={"contract", "reassoc"})
def _add_degree_traces(
    cosines: Floats,
    first: Floats,
    second: Floats,
    third: Floats,
    start: int,
    dim: int,
    traces: Floats,
) -> None:  # pragma: no cover - compiled
    """Add Σ_nm B_nm P_l(x_n·x_m) for three symmetric B to `traces` (3, degrees), from rows start… of B.

    `cosines` and `third` are those rows, `first` and `second` whole matrices. Only the columns up to the
    diagonal are read and `cosines` is overwritten.  The recurrence is that of
    `harmonics.gegenbauer_rows`, here on one row at a time so that no table of P_l is ever in memory.
    """
    degrees = traces.shape[1]
    previous = np.empty(cosines.shape[1])
    current = np.empty(cosines.shape[1])
    for i in range(cosines.shape[0]):
        diagonal = start + i
        cosines[i, diagonal] = 1.0
        for j in range(diagonal + 1):
            previous[j] = 0.0
            current[j] = 1.0
        for l in range(degrees):
            a, b, c = 0.0, 0.0, 0.0
            below = max(l + dim - 2, 1)  # d = 2, l = 0: P_1 = t by convention
            up = (2 * l + dim - 2) / below if l > 0 else 1.0
            down = l / below
            for j in range(diagonal):
                a += first[diagonal, j] * current[j]
                b += second[diagonal, j] * current[j]
                c += third[i, j] * current[j]
                following = up * cosines[i, j] * current[j] - down * previous[j]
                previous[j] = current[j]
                current[j] = following
            traces[0, l] += 2.0 * a + first[diagonal, diagonal]
            traces[1, l] += 2.0 * b + second[diagonal, diagonal]
            traces[2, l] += 2.0 * c + third[i, diagonal]
