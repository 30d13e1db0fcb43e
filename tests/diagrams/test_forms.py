"""What a diagram shows of itself: formula and picture."""

import sympy

from diagrams import Theory, generate


def test_forms_of_the_sunset() -> None:
    """-> g²/6 ∫ C(x1,y1) C(x2,y2) C(y1,y2)³."""
    theory = Theory.scalar({4: -sympy.Symbol("g")})
    (sunset,) = (d for d in generate(theory, ("phi", "phi"), 2) if d.symmetry_number == 6)
    assert str(sunset.expression) == "g**2*PointIntegral(C(x1, y1)*C(x2, y2)*C(y1, y2)**3, (y1, y2))/6"
    assert r"\frac{g^{2}}{6}" in sunset.to_latex()
    assert "C(y_{1},y_{2})^{3}" in sunset.to_latex()
    assert sunset._repr_latex_().startswith(r"$\displaystyle")
    assert sunset._repr_svg_() == sunset.to_svg()
    assert sunset.to_svg().startswith("<svg")
    assert r"\begin{feynman}" in sunset.to_tikz()
