// The page: controls on the left, what the server makes of them on the right.

import { Controls } from "./controls.js";
import { COLOURS, CurvePlot } from "./curve.js";
import { Diagrams } from "./diagrams.js";
import { Latest, ask } from "./latest.js";
import { digits } from "./numbers.js";
import { SimulationRun } from "./simulation.js";
import { SpectrumPlot } from "./spectrum.js";

const byId = (id) => document.getElementById(id);
const NUMBERS = [
  ["error", "error at N", "error_bar"],
  ["bias", "bias²"],
  ["variance", "variance"],
  ["effective_ridge", "effective ridge κ"],
  ["training_error", "training error"],
];
const LOOKED_AT = new Set(["n", "compare"]); // what a simulation does not depend on
const QUIET = 300; // milliseconds without a move until the address follows: browsers limit how often it may

const plot = new CurvePlot(byId("curve"));
const spectrum = new SpectrumPlot(byId("spectrum"));
let controls, diagrams, addressed, last;

const shown = Object.fromEntries(
  NUMBERS.map(([name, title]) => {
    const box = document.createElement("div");
    box.className = "number";
    const label = document.createElement("span");
    label.className = "name";
    label.textContent = title;
    const value = document.createElement("span");
    value.className = "value";
    value.id = `number-${name}`;
    box.append(label, value);
    byId("numbers").append(box);
    return [name, value];
  }),
);

function legend() {
  const items = (last?.curves ?? []).map(({ theory, found }, k) => ({
    text: theory === found ? theory : `${theory} (${found})`,
    colour: COLOURS[k],
    dashed: k > 0,
  }));
  if (run.points.length) items.push({ text: "simulation", colour: "#000000", point: true });
  return items;
}

function showLegend() {
  byId("legend").replaceChildren(
    ...legend().map(({ text, colour, dashed, point }) => {
      const item = document.createElement("span");
      const sign = document.createElement("b");
      sign.textContent = point ? "○ " : dashed ? "╍╍ " : "━━ ";
      sign.style.color = colour;
      sign.setAttribute("aria-hidden", "true");
      item.append(sign, text);
      return item;
    }),
  );
}

function showWarnings() {
  const texts = [...(last?.warnings ?? []), ...run.warnings];
  byId("warnings").replaceChildren(
    ...texts.map((text) => Object.assign(document.createElement("li"), { textContent: text })),
  );
}

function show(found) {
  last = found;
  complain(null, null);
  plot.draw(found);
  spectrum.draw(found);
  diagrams.draw(found);
  for (const [name, , bar] of NUMBERS) {
    shown[name].textContent = digits(found.numbers[name]);
    if (!bar) continue;
    const around = document.createElement("span");
    around.className = "bar";
    around.id = `number-${bar}`;
    around.textContent = ` ± ${digits(found.numbers[bar], 2)}`;
    shown[name].append(around);
  }
  showLegend();
  showWarnings();
}

function complain(control, message) {
  const placed = controls.complain(control, message);
  byId("message").hidden = !message || placed;
  byId("message").textContent = placed ? "" : (message ?? "");
  for (const id of ["curve-figure", "spectrum-figure"]) byId(id).classList.toggle("stale", Boolean(message));
}

const latest = new Latest("/api/curve", {
  answered: show,
  refused: ({ error, control }) => complain(control, error),
  offline: (gone) => {
    byId("offline").hidden = !gone;
  },
});

const run = new SimulationRun(({ points, text, running }) => {
  plot.measure(points);
  byId("simulation-state").textContent = text;
  byId("simulate").hidden = running;
  byId("cancel").hidden = !running;
  showLegend();
  showWarnings();
});

function address() {
  const query = controls.query();
  history.replaceState(null, "", query ? `?${query}` : location.pathname);
}

function moved(name) {
  latest.want(controls.state);
  if (!LOOKED_AT.has(name)) run.drop();
  clearTimeout(addressed);
  addressed = setTimeout(address, QUIET);
}

function simulate() {
  const from = document.activeElement === byId("simulate");
  run.start(controls.state);
  if (from) byId("cancel").focus();
}

function cancel() {
  const from = document.activeElement === byId("cancel");
  run.cancel();
  if (from) byId("simulate").focus();
}

async function copy(kind, title) {
  let text;
  try {
    text = (await ask("/api/code", { ...controls.state, simulated: run.points.length > 0 }))[kind];
  } catch (error) {
    if (error.refused) complain(error.refused.control, error.refused.error);
    else byId("offline").hidden = false;
    return;
  }
  byId("code-title").textContent = title;
  byId("code-text").textContent = text;
  byId("code-state").textContent = "";
  byId("code").showModal();
  try {
    await navigator.clipboard.writeText(text);
    byId("code-state").textContent = "Copied.";
  } catch {
    byId("code-state").textContent = "The browser does not let pages copy: select the text.";
  }
}

function save() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([plot.document(legend())], { type: "image/svg+xml" }));
  link.download = "learning_curve.svg";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function readAddress() {
  const unknown = controls.read(location.search);
  latest.want(unknown.length ? { ...controls.state, [unknown[0]]: null } : controls.state);
}

async function specification() {
  for (;;) {
    try {
      const response = await fetch("/api/controls");
      return await response.json();
    } catch {
      byId("offline").hidden = false;
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
  }
}

const found = await specification();
controls = new Controls(byId("controls"), found.controls, moved);
diagrams = new Diagrams(byId("diagram-list"), byId("diagrams-message"), found.diagrams);
byId("simulate").addEventListener("click", simulate);
byId("cancel").addEventListener("click", cancel);
byId("copy-python").addEventListener("click", () => copy("python", "This view as Python"));
byId("copy-command").addEventListener("click", () => copy("command", "This view as a command"));
byId("code-close").addEventListener("click", () => byId("code").close());
byId("save").addEventListener("click", save);
byId("reset").addEventListener("click", () => {
  controls.reset();
  moved("");
});
addEventListener("popstate", readAddress);
readAddress();
