"""Numbers for people: as many digits as their error allows."""

from __future__ import annotations

import math

_DIGITS = 4  # of a value, however small its error
_SMALLEST, _LARGEST = 1e-3, 1e5  # written without exponent


def with_error(value: float, error: float) -> str:
    """`value ± error`: two digits of the error, at most four of the value.

    >>> with_error(0.493637, 0.00123), with_error(0.493637, 2e-7), with_error(1.2345e-6, 4e-8)
    ('0.4936 ± 0.0012', '0.4936 ± 2e-7', '1.234e-6 ± 4.0e-8')
    >>> with_error(3e-5, 1.70363)
    '3e-5 ± 1.7'
    """
    if not math.isfinite(value) or value == 0:
        return f"{value:g} ± {short(error, 2)}"
    leading = _leading(value)
    place = leading - _DIGITS + 1
    if not math.isfinite(error) or error == 0:
        return f"{_placed(value, place)} ± {error:g}"
    place = max(place, _leading(error) - 1)
    if place > leading:  # the error swamps the value: show one digit of it all the same
        return f"{_placed(value, leading)} ± {short(error, 2)}"
    if error < 0.5 * 10.0**place:
        return f"{_placed(value, place)} ± {short(error, 1)}"
    if _SMALLEST <= abs(value) < _LARGEST and error < _LARGEST:
        return f"{_placed(value, place)} ± {error:.{max(-place, 0)}f}"
    return f"{_placed(value, place)} ± {short(error, max(_leading(error) - place + 1, 1))}"


def _leading(value: float) -> int:
    return math.floor(math.log10(abs(value)))


def _placed(value: float, place: int) -> str:
    """Rounded to 10^place, with an exponent where the value is small or large."""
    if _SMALLEST <= abs(value) < _LARGEST or value == 0:
        return f"{value:.{max(-place, 0)}f}"
    return _exponential(value, max(_leading(value) - place, 0))


def _exponential(value: float, decimals: int) -> str:
    mantissa, exponent = f"{value:.{decimals}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def short(value: float, digits: int) -> str:
    """`value` to so many significant digits.

    >>> short(0.000123456, 3), short(0.5, 3), short(12345678.0, 3), short(0.0, 3), short(float("inf"), 2)
    ('1.23e-4', '0.500', '1.23e7', '0', 'inf')
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    return _placed(value, _leading(value) - digits + 1)


def percent(ratio: float) -> str:
    """A deviation in per cent, signed.

    >>> percent(0.0123), percent(-0.004), percent(2.5), percent(120.0)
    ('+1.23%', '-0.40%', '+250%', '+12000%')
    """
    if not math.isfinite(ratio):
        return "-"
    size = abs(100 * ratio)
    return f"{100 * ratio:+.{2 if size < 10 else 1 if size < 100 else 0}f}%"


def from_logarithm(logarithm: float, digits: int) -> str:
    """exp(logarithm), also below and above the range of floats; 0 for -inf.

    >>> from_logarithm(-2000.0, 4) == "2.577e-869", from_logarithm(math.log(0.25), 3)
    (True, '0.250')
    """
    if logarithm == -math.inf:
        return "0"
    if abs(logarithm) < 650:
        return short(math.exp(logarithm), digits)
    exponent = math.floor(logarithm / math.log(10))
    mantissa = math.exp(logarithm - exponent * math.log(10))
    text = f"{mantissa:.{digits - 1}f}"
    return f"{text}e{exponent}" if not text.startswith("10") else f"{1:.{digits - 1}f}e{exponent + 1}"


def count(number: int) -> str:
    """An exact integer where it is short, else three digits of it.

    >>> count(22100), count(10**400 + 1)
    ('22100', '1.00e400')
    """
    text = str(number)
    if len(text) <= 12:
        return text
    if len(text) <= 300:
        return _exponential(float(number), 2)
    return f"{text[0]}.{text[1:3]}e{len(text) - 1}"
