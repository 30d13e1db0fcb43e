# phi4, external points ['phi', 'phi'], 1 loop
from sympy import Function, Symbol

from diagrams.rules import PointIntegral

C = Function("C")
g = Symbol("g")
x1 = Symbol("x1")
x2 = Symbol("x2")
y1 = Symbol("y1")

expression = -g * PointIntegral(C(x1, y1) * C(x2, y1) * C(y1, y1), (y1,)) / 2
