// The sliders and lists, made from what the server says they are; a state is an object of names and values.

import { plain } from "./numbers.js";

const WIDE = new Set(["hidden_layers", "dim", "ridge", "label_noise", "n", "weight_variance", "bias_variance"]);

/** The symbol, with what follows _ set low: g_1² */
function symbol(text) {
  const span = document.createElement("span");
  span.className = "symbol";
  const [base, low] = text.split("_");
  span.append(base);
  if (low) {
    const sub = document.createElement("sub");
    sub.textContent = low.replace("²", "");
    span.append(sub, low.includes("²") ? "²" : "");
  }
  return span;
}

class Control {
  constructor(spec, moved) {
    this.spec = spec;
    this.value = spec.default;
    this.box = document.createElement("div");
    this.box.className = WIDE.has(spec.name) ? "control wide" : "control";
    const head = document.createElement("div");
    head.className = "head";
    const label = document.createElement("label");
    label.htmlFor = spec.name;
    label.append(spec.label);
    if (spec.symbol) label.append(" ", symbol(spec.symbol));
    head.append(label);
    this.complaint = document.createElement("p");
    this.complaint.className = "complaint";
    this.complaint.id = `${spec.name}-complaint`;
    this.complaint.setAttribute("role", "alert");
    this.complaint.hidden = true;
    if (spec.kind === "slider") {
      this.input = document.createElement("input");
      this.input.type = "range";
      this.input.min = 0;
      this.input.max = spec.values.length - 1;
      this.input.step = 1;
      this.shown = document.createElement("output");
      this.shown.htmlFor = spec.name;
      head.append(this.shown);
    } else {
      this.input = document.createElement("select");
      for (const value of spec.values) this.input.add(new Option(value, value));
    }
    this.input.id = this.input.name = spec.name;
    this.input.setAttribute("aria-describedby", this.complaint.id);
    this.input.addEventListener("input", () => {
      this.value = spec.kind === "slider" ? spec.values[Number(this.input.value)] : this.input.value;
      this.show();
      moved(spec.name);
    });
    this.box.append(head, this.input, this.complaint);
    this.set(spec.default);
  }

  /** Takes any value: what lies between two stops of a slider stands at the nearer one, and is kept. */
  set(value) {
    this.value = value;
    if (this.spec.kind === "slider") {
      const distance = (stop) => Math.abs(stop - value);
      let nearest = 0;
      this.spec.values.forEach((stop, k, all) => {
        if (distance(stop) < distance(all[nearest])) nearest = k;
      });
      this.input.value = nearest;
    } else {
      this.input.value = value;
    }
    this.show();
  }

  show() {
    if (!this.shown) return;
    this.shown.value = plain(this.value);
    this.input.setAttribute("aria-valuetext", plain(this.value));
  }

  complain(message) {
    this.complaint.hidden = !message;
    this.complaint.textContent = message ?? "";
    this.box.classList.toggle("refused", Boolean(message));
    this.input.toggleAttribute("aria-invalid", Boolean(message));
  }
}

export class Controls {
  constructor(form, specs, moved) {
    this.all = new Map(specs.map((spec) => [spec.name, new Control(spec, moved)]));
    form.replaceChildren(...[...this.all.values()].map((control) => control.box));
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  get state() {
    return Object.fromEntries([...this.all].map(([name, control]) => [name, control.value]));
  }

  reset() {
    for (const control of this.all.values()) control.set(control.spec.default);
  }

  /** Shows the message at the control that it is about; false where there is none. */
  complain(name, message) {
    for (const [each, control] of this.all) control.complain(each === name ? message : null);
    return this.all.has(name);
  }

  /** Only what differs from the start. */
  query() {
    const changed = [...this.all].filter(([, control]) => control.value !== control.spec.default);
    return new URLSearchParams(changed.map(([name, control]) => [name, String(control.value)])).toString();
  }

  /** Takes the values of a link, whatever they are: the server says what it refuses. Returns unknown names. */
  read(query) {
    this.reset();
    const unknown = [];
    for (const [name, text] of new URLSearchParams(query)) {
      const control = this.all.get(name);
      if (!control) unknown.push(name);
      else control.set(control.spec.kind === "slider" && text.trim() && !Number.isNaN(Number(text)) ? Number(text) : text);
    }
    return unknown;
  }
}
