// Requests of which only the latest counts: one is on its way, one may wait, an older one is forgotten.
// So answers come in the order of the requests, and none is drawn after a newer one.

const PAUSE = 400; // milliseconds until a server that does not answer is asked again

/** The answer of the server as JSON. Throws {refused} for one that it refuses, TypeError where there is none. */
export async function ask(path, body, method = "POST") {
  const options = { method, headers: { "content-type": "application/json" } };
  if (body !== undefined) options.body = JSON.stringify(body);
  const response = await fetch(path, options);
  const found = await response.json();
  if (!response.ok) throw { refused: found };
  return found;
}

export class Latest {
  /** `answered(found, state)`, `refused(error, state)`; `offline(whether)`: the server is gone, or back. */
  constructor(path, { answered, refused, offline }) {
    Object.assign(this, { path, answered, refused, offline, waiting: null, busy: false });
  }

  want(state) {
    this.waiting = state;
    if (!this.busy) this.run();
  }

  async run() {
    this.busy = true;
    while (this.waiting) {
      const state = this.waiting;
      this.waiting = null;
      try {
        const found = await ask(this.path, state);
        this.offline(false);
        this.answered(found, state);
      } catch (error) {
        if (error?.refused) {
          this.offline(false);
          if (!this.waiting) this.refused(error.refused, state);
          continue;
        }
        if (!(error instanceof TypeError || error instanceof SyntaxError)) {
          this.busy = false;
          throw error;
        }
        this.offline(true);
        this.waiting ??= state;
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    }
    this.busy = false;
  }
}
