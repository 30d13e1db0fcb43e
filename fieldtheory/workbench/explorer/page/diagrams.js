// The first diagrams: pictures and formulas once, values with every answer.

import { digits } from "./numbers.js";

/** Formulas come as XML; the parser of documents makes no script of it. */
function formula(text) {
  return document.importNode(new DOMParser().parseFromString(text, "application/xml").documentElement, true);
}

export class Diagrams {
  constructor(list, message, specs) {
    this.message = message;
    this.values = specs.map(({ order, formula: written, mathml }, k) => {
      const item = document.createElement("li");
      const picture = document.createElement("img");
      picture.src = `/diagrams/${k}.svg`;
      picture.alt = `Diagram ${k + 1}, order ${order} in 1/N: ${written}`;
      const value = document.createElement("span");
      value.className = "value";
      item.append(picture, value, formula(mathml));
      list.append(item);
      return value;
    });
  }

  draw({ diagrams }) {
    this.message.hidden = !diagrams.message;
    this.message.textContent = diagrams.message ?? "";
    this.values.forEach((value, k) => {
      value.textContent = diagrams.values ? digits(diagrams.values[k], 4) : "–";
    });
  }
}
