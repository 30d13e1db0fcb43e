// SVG with logarithmic axes; attributes, no style sheet, so that a figure that is saved looks the same.

import { powerOfTen } from "./numbers.js";

const SVG = "http://www.w3.org/2000/svg";
export const INK = "#16202a";
export const FONT = "'DejaVu Sans', 'Segoe UI', Roboto, Arial, sans-serif";

export function element(name, attributes = {}, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}

export class Axes {
  /** `box`: left, top, right, bottom of the plot in a picture of this width and height. */
  constructor(svg, width, height, box, size) {
    Object.assign(this, { svg, width, height, box, size });
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("font-family", FONT);
    svg.setAttribute("font-size", size);
    svg.setAttribute("fill", INK);
    this.frame = element("g");
    this.drawing = element("g");
    svg.replaceChildren(element("rect", { width, height, fill: "#ffffff" }), this.frame, this.drawing);
    this.shown = "";
  }

  logarithmic(low, high, from, to) {
    const [a, b] = [Math.log10(low), Math.log10(high)];
    return (value) => from + ((to - from) * (Math.log10(value) - a)) / (b - a);
  }

  linear(low, high, from, to) {
    return (value) => from + ((to - from) * (value - low)) / (high - low);
  }

  grid(x, y) {
    const { left, right, top, bottom } = this.box;
    const line = (x1, y1, x2, y2, stroke) =>
      this.frame.append(element("line", { x1, y1, x2, y2, stroke, "stroke-width": 1 }));
    for (const { at, text } of x) {
      if (text === undefined) line(at, bottom, at, bottom + 4, "#8593a0");
      else {
        line(at, top, at, bottom, "#e4e9ee");
        this.frame.append(
          element("text", { x: at, y: bottom + this.size * 1.15, "text-anchor": "middle" }, text),
        );
      }
    }
    for (const { at, text } of y) {
      if (text === undefined) line(left - 4, at, left, at, "#8593a0");
      else {
        line(left, at, right, at, "#e4e9ee");
        this.frame.append(
          element("text", { x: left - 8, y: at + this.size * 0.35, "text-anchor": "end" }, text),
        );
      }
    }
    this.frame.append(
      element("path", { d: `M ${left} ${top} V ${bottom} H ${right}`, fill: "none", stroke: INK, "stroke-width": 1.5 }),
    );
  }

  names(x, y) {
    const { left, right, top, bottom } = this.box;
    const middle = (top + bottom) / 2;
    this.frame.append(
      element("text", { x: (left + right) / 2, y: bottom + this.size * 2.6, "text-anchor": "middle" }, x),
      element(
        "text",
        { x: this.size, y: middle, "text-anchor": "middle", transform: `rotate(-90 ${this.size} ${middle})` },
        y,
      ),
    );
  }
}

/** Ticks of a logarithmic axis: a text at the decades (every `step`), at 2 and 5 where there are few, else none. */
export function logTicks(low, high, place) {
  const [first, last] = [Math.round(Math.log10(low)), Math.round(Math.log10(high))];
  const step = Math.max(1, Math.ceil((last - first) / 6));
  const name = (value, exponent) =>
    exponent >= -2 && exponent < 4 ? String(Number(value.toPrecision(2))) : powerOfTen(exponent);
  const ticks = [];
  for (let exponent = first; exponent <= last; exponent++) {
    const value = 10 ** exponent;
    ticks.push({ at: place(value), text: (exponent - first) % step ? undefined : name(value, exponent) });
    if (exponent === last || step > 1) continue;
    for (const times of [2, 3, 4, 5, 6, 7, 8, 9])
      ticks.push({
        at: place(times * value),
        text: last - first === 1 && (times === 2 || times === 5) && exponent >= -3 ? String(Number((times * value).toPrecision(1))) : undefined,
      });
  }
  return ticks;
}
