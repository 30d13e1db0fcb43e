// Numbers as the page shows them.

const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** A power of ten: 10⁻³. */
export function powerOfTen(exponent) {
  return "10" + [...String(exponent)].map((letter) => RAISED[letter]).join("");
}

/** To so many significant digits: 0.01235, 1.235·10⁻⁵; a dash for what is no number. */
export function digits(value, count = 4) {
  if (value === null || value === undefined) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e6) return Number(value.toPrecision(count)) === 0 ? "0" : value.toPrecision(count);
  const [mantissa, exponent] = value.toExponential(count - 1).split("e");
  return `${mantissa}·${powerOfTen(Number(exponent))}`;
}

/** A value of a control, with no more digits than it has. */
export function plain(value) {
  if (typeof value !== "number") return String(value);
  if (value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e6)) return String(value);
  const [mantissa, exponent] = value.toExponential().split("e");
  return `${mantissa}·${powerOfTen(Number(exponent))}`;
}
