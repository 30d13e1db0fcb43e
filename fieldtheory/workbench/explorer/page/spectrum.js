// The spectrum: eigenvalues by degree, the threshold kappa, what is learnt, and where the target lies.

import { Axes, element, logTicks } from "./axes.js";
import { digits } from "./numbers.js";

const [LEARNT, TARGET, THRESHOLD] = ["#009e73", "#e8b3d1", "#b00a4f"];

export class SpectrumPlot {
  constructor(svg) {
    this.svg = svg;
    this.axes = new Axes(svg, 360, 360, { left: 76, top: 14, right: 352, bottom: 298 }, 19);
  }

  draw({ spectrum, numbers }) {
    const { left, right, top, bottom } = this.axes.box;
    const kappa = numbers.effective_ridge;
    const values = spectrum.eigenvalues;
    const positive = values.concat(kappa).filter((value) => value > 1e-300);
    const most = Math.max(...positive);
    const least = Math.max(Math.min(...positive), most * 1e-16); // further down nothing is to be seen
    const low = 10 ** Math.floor(Math.log10(least));
    const high = 10 ** Math.ceil(Math.log10(most) + 0.05);
    const count = values.length;
    const step = (right - left) / count;
    const x = (degree) => left + step * (degree + 0.5);
    const y = this.axes.logarithmic(low, high, bottom, top);
    const key = [low, high, count].join();
    if (key !== this.axes.shown) {
      this.axes.shown = key;
      this.axes.frame.replaceChildren();
      const every = Math.ceil(count / 8);
      const degrees = values.map((_, degree) => ({ at: x(degree), text: degree % every ? undefined : String(degree) }));
      this.axes.grid(degrees, logTicks(low, high, y));
      this.axes.names("degree l", "eigenvalue λ");
    }
    const made = [];
    const highest = Math.max(...spectrum.powers, 1e-300);
    spectrum.powers.forEach((power, degree) => {
      if (!power) return;
      const height = 0.9 * (bottom - top) * (power / highest);
      made.push(element("rect", { x: x(degree) - 0.32 * step, width: 0.64 * step, y: bottom - height, height, fill: TARGET, "fill-opacity": 0.7 }));
    });
    if (kappa > 0) {
      const at = Math.min(Math.max(y(kappa), top), bottom);
      made.push(
        element("line", { x1: left, x2: right, y1: at, y2: at, stroke: THRESHOLD, "stroke-width": 2.5, "stroke-dasharray": "8 5" }),
        element("text", { x: right - 2, y: at - 7, "text-anchor": "end", fill: THRESHOLD, "font-weight": 700 }, `κ = ${digits(kappa, 3)}`),
      );
    }
    values.forEach((value, degree) => {
      if (!(value >= low)) return;
      const share = Math.min(Math.max(spectrum.learnt[degree] ?? 0, 0), 1);
      const [cx, cy, r] = [x(degree), y(value), 7];
      made.push(element("circle", { cx, cy, r, fill: "#ffffff", stroke: LEARNT, "stroke-width": 2.5 }));
      if (share > 0.995) made.push(element("circle", { cx, cy, r: r - 1, fill: LEARNT }));
      else if (share > 0.005) {
        const angle = 2 * Math.PI * share;
        const [px, py] = [cx + (r - 1) * Math.sin(angle), cy - (r - 1) * Math.cos(angle)];
        made.push(element("path", { d: `M ${cx} ${cy} V ${cy - r + 1} A ${r - 1} ${r - 1} 0 ${share > 0.5 ? 1 : 0} 1 ${px} ${py} Z`, fill: LEARNT }));
      }
    });
    this.axes.drawing.replaceChildren(...made);
    const learnt = values.flatMap((value, degree) => (value > kappa ? [degree] : []));
    this.svg.setAttribute(
      "aria-label",
      `Spectrum: threshold κ = ${digits(kappa, 3)}; degrees above it: ${learnt.join(", ") || "none"}. ` +
        values.map((value, degree) => `λ${degree} = ${digits(value, 3)}, ${Math.round(100 * (spectrum.learnt[degree] ?? 0))} % learnt`).join("; "),
    );
  }
}
