// The learning curve: theories with their bands, the N that is looked at, measured points.

import { Axes, element, logTicks, INK } from "./axes.js";
import { digits } from "./numbers.js";

export const COLOURS = ["#0072b2", "#d55e00"]; // Okabe and Ito
const POINTS = "#000000";

export class CurvePlot {
  constructor(svg) {
    this.svg = svg;
    this.axes = new Axes(svg, 560, 360, { left: 72, top: 14, right: 532, bottom: 298 }, 19);
    const group = this.axes.drawing;
    const { left, top, right, bottom } = this.axes.box;
    const frame = element("clipPath", { id: "inside" });
    frame.append(element("rect", { x: left, y: top - 8, width: right - left + 8, height: bottom - top + 8 }));
    svg.append(frame);
    group.setAttribute("clip-path", "url(#inside)");
    this.bands = COLOURS.map((fill) => group.appendChild(element("path", { fill, "fill-opacity": 0.22 })));
    this.marker = group.appendChild(element("line", { stroke: "#4a5763", "stroke-width": 1.5, "stroke-dasharray": "5 4" }));
    this.lines = COLOURS.map((stroke, k) =>
      group.appendChild(
        element("path", { fill: "none", stroke, "stroke-width": 3, "stroke-linejoin": "round", ...(k ? { "stroke-dasharray": "9 6" } : {}) }),
      ),
    );
    this.lines[0].id = "curve-line";
    this.spot = group.appendChild(element("circle", { r: 6, fill: COLOURS[0], stroke: "#fff", "stroke-width": 2 }));
    this.points = group.appendChild(element("g"));
    this.redraws = 0;
    this.measured = [];
  }

  scales() {
    const { left, right, top, bottom } = this.axes.box;
    const positive = this.found.curves
      .flatMap((curve) => curve.error)
      .concat(this.measured.map((point) => point.error))
      .filter((value) => value > 0);
    const low = 10 ** Math.floor(Math.log10(Math.min(...positive, 1)) + 1e-9);
    const most = Math.max(...positive, low);
    const high = 10 ** Math.max(Math.ceil(Math.log10(most) - 0.05), Math.log10(low) + 1);
    const n = this.found.n;
    const key = [low, high, n[0], n.at(-1)].join();
    this.x = this.axes.logarithmic(n[0], n.at(-1), left, right);
    this.y = this.axes.logarithmic(low, high, bottom, top);
    this.low = low;
    this.high = high;
    if (key === this.axes.shown) return;
    this.axes.shown = key;
    this.axes.frame.replaceChildren();
    this.axes.grid(logTicks(n[0], n.at(-1), this.x), logTicks(low, high, this.y));
    this.axes.names("training points N", "generalisation error");
  }

  draw(found) {
    this.found = found;
    this.scales();
    const { x } = this;
    const inside = (value) => Math.min(Math.max(value, this.low / 30), this.high * 30); // the frame cuts it off
    const y = (value) => this.y(inside(value));
    found.curves.forEach((curve, k) => {
      const known = found.n.map((n, i) => [n, curve.error[i], curve.error_bar[i] ?? 0]).filter((row) => row[1] !== null);
      const path = (rows, place) => rows.map((row) => `${x(row[0]).toFixed(2)},${y(place(row)).toFixed(2)}`);
      this.lines[k].setAttribute("d", known.length ? `M ${path(known, (row) => row[1]).join(" L ")}` : "");
      const around = path(known, (row) => row[1] + row[2]).concat(
        path(known, (row) => row[1] - row[2]).reverse(),
      );
      this.bands[k].setAttribute("d", known.length ? `M ${around.join(" L ")} Z` : "");
    });
    for (let k = found.curves.length; k < this.lines.length; k++) {
      this.lines[k].setAttribute("d", "");
      this.bands[k].setAttribute("d", "");
    }
    const at = x(found.numbers.n).toFixed(2);
    const { top, bottom } = this.axes.box;
    for (const [name, value] of Object.entries({ x1: at, x2: at, y1: top, y2: bottom })) this.marker.setAttribute(name, value);
    this.spot.setAttribute("cx", at);
    this.spot.setAttribute("cy", y(found.numbers.error ?? this.low).toFixed(2));
    this.drawPoints();
    this.redraws += 1;
    this.svg.dataset.curve = this.redraws;
    this.svg.setAttribute(
      "aria-label",
      `Learning curve, ${found.curves.map((curve) => curve.theory).join(" and ")}: error ` +
        `${digits(found.curves[0].error[0], 3)} at ${found.n[0]} training points, ` +
        `${digits(found.numbers.error, 3)} at ${found.numbers.n}, ` +
        `${digits(found.curves[0].error.at(-1), 3)} at ${found.n.at(-1)}`,
    );
  }

  measure(points) {
    if (points === this.measured) return;
    this.measured = points;
    if (!this.found) return;
    this.scales();
    this.draw(this.found);
  }

  drawPoints() {
    this.points.replaceChildren();
    for (const { n, error, stderr } of this.measured) {
      if (!(error > 0)) continue;
      const x = this.x(n);
      const [low, high] = [this.y(Math.max(error - stderr, this.low / 30)), this.y(error + stderr)];
      this.points.append(
        element("path", { d: `M ${x} ${low} V ${high} M ${x - 5} ${low} h 10 M ${x - 5} ${high} h 10`, stroke: POINTS, "stroke-width": 2, fill: "none" }),
        element("circle", { cx: x, cy: this.y(error), r: 5.5, fill: "#fff", stroke: POINTS, "stroke-width": 2.5, class: "measured" }),
      );
    }
  }

  /** The figure as a document of its own, with its legend. */
  document(legend) {
    const copy = this.svg.cloneNode(true);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("width", this.axes.width);
    copy.setAttribute("height", this.axes.height);
    for (const name of ["id", "data-curve"]) copy.removeAttribute(name);
    const { left, bottom } = this.axes.box;
    legend.forEach(({ text, colour, dashed, point }, k) => {
      const y = bottom - 16 - 22 * (legend.length - 1 - k);
      copy.append(
        point
          ? element("circle", { cx: left + 32, cy: y - 6, r: 5.5, fill: "#fff", stroke: colour, "stroke-width": 2.5 })
          : element("line", { x1: left + 14, x2: left + 50, y1: y - 6, y2: y - 6, stroke: colour, "stroke-width": 3, ...(dashed ? { "stroke-dasharray": "9 6" } : {}) }),
        element("text", { x: left + 58, y, fill: INK, "font-size": 16 }, text),
      );
    });
    return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`;
  }
}
