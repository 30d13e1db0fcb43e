// The measured points: a stream of lines, one per data set and size, that can be cancelled.

import { ask } from "./latest.js";

export class SimulationRun {
  /** `changed({points, text, running, warnings})` after every line. */
  constructor(changed) {
    this.changed = changed;
    this.clear();
  }

  get running() {
    return Boolean(this.controller);
  }

  tell(text) {
    this.text = text;
    this.changed(this);
  }

  clear() {
    Object.assign(this, { points: [], text: "", controller: null, name: null, warnings: [] });
  }

  /** Forget points that belong to other values, and stop measuring more of them. */
  drop() {
    if (!this.running && !this.points.length && !this.text) return;
    this.cancel();
    this.clear();
    this.changed(this);
  }

  async cancel() {
    const { controller, name } = this;
    if (!controller) return;
    this.controller = null;
    this.tell("cancelled");
    controller.abort();
    if (name) await ask(`/api/simulations/${name}`, undefined, "DELETE").catch(() => {}); // it may have ended
  }

  async start(state) {
    this.clear();
    const controller = (this.controller = new AbortController());
    const mine = () => this.controller === controller;
    this.tell("simulating …");
    try {
      const response = await fetch("/api/simulations", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(state),
        signal: controller.signal,
      });
      if (!response.ok) {
        if (mine()) this.end((await response.json()).error);
        return;
      }
      let rest = "";
      for (const reader = response.body.pipeThrough(new TextDecoderStream()).getReader(); ; ) {
        const { done, value } = await reader.read();
        if (done || !mine()) break;
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        for (const line of lines) this.read(JSON.parse(line));
      }
      if (mine()) this.end("the simulation broke off");
    } catch (error) {
      if (error.name !== "AbortError" && mine()) this.end("the server went away");
    }
  }

  read(line) {
    if (line.simulation) this.name = line.simulation;
    if (line.progress !== undefined) this.tell(`simulating … ${Math.round(100 * line.progress)} %`);
    if (line.n) {
      this.points = [...this.points, line];
      this.warnings = [...new Set([...this.warnings, ...line.warnings])];
      this.changed(this);
    }
    if (line.end) this.end(line.error ?? (line.end === "done" ? "" : line.end));
  }

  end(text) {
    this.controller = null;
    this.tell(text);
  }
}
