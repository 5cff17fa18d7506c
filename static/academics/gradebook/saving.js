// Saving the gradebook's cells: one request at a time; what is entered meanwhile goes with the next.
// A request that does not get through is tried again, sooner when the network comes back.

export class Saving {
  // `changed(cells)`: their states are others now; `answered(answer)`: what the server says.
  constructor({ url, token, changed, answered, reportProgress }) {
    Object.assign(this, { url, token, changed, answered, reportProgress });
    this.waiting = new Set();
    this.delay = 0;
    window.addEventListener("online", () => this.retry());
    window.addEventListener("beforeunload", (event) => {
      if (this.waiting.size) event.preventDefault();
    });
  }

  add(cells) {
    for (const cell of cells) {
      this.waiting.add(cell);
      cell.state = "saving";
    }
    this.changed(cells);
    this.send();
  }

  drop(cell) {
    this.waiting.delete(cell);
  }

  retry() {
    this.wait();
    if (this.waiting.size) this.add([...this.waiting]);
  }

  async send() {
    if (this.busy || !this.waiting.size) return;
    this.busy = true;
    this.wait();
    const cells = [...this.waiting].slice(0, 2000);
    const sent = cells.map((cell) => ({ cell, text: cell.typed, feedback: cell.said }));
    this.reportProgress("saving", { count: cells.length });
    try {
      const response = await fetch(this.url, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.token(), Accept: "application/json" },
        body: JSON.stringify({
          cells: sent.map(({ cell, text, feedback }) => ({
            student: cell.student.id,
            assignment: cell.assignment.id,
            version: cell.version || "",
            ...(text === undefined ? {} : { text }),
            ...(feedback === undefined ? {} : { feedback }),
          })),
        }),
      });
      if (response.redirected) return this.fail(cells, "signedOut");
      const isJson = (response.headers.get("Content-Type") || "").startsWith("application/json");
      if (!isJson) return this.fail(cells, response.status === 403 || response.status === 404 ? "forbidden" : "failed");
      const answer = await response.json();
      if (!answer.cells) return this.fail(cells, "forbidden", answer.message);
      this.delay = 0;
      this.settle(sent, answer);
    } catch {
      this.fail(cells, "failed");
    } finally {
      this.busy = false;
      if (!this.timer && this.waiting.size) this.send();
    }
  }

  settle(sent, answer) {
    const again = [];
    answer.cells.forEach((result, place) => {
      const { cell, text, feedback } = sent[place];
      const isNewer = cell.typed !== text || cell.said !== feedback;
      if (result.version !== undefined) cell.theirs = result;
      cell.message = result.message;
      if (result.state === "saved") {
        Object.assign(cell, {
          text: result.text,
          letter: result.letter,
          hint: result.hint,
          version: result.version,
          feedback: result.feedback,
        });
        if (!isNewer) cell.typed = cell.said = undefined;
      }
      if (isNewer && this.waiting.has(cell)) return again.push(cell);
      this.waiting.delete(cell);
      cell.state = result.state;
    });
    this.changed(sent.map(({ cell }) => cell));
    this.answered(answer);
  }

  fail(cells, reason, message) {
    for (const cell of cells) cell.state = "failed";
    this.changed(cells);
    this.reportProgress(reason, { count: this.waiting.size, message });
    this.delay = Math.min(60, this.delay * 2 || 4);
    this.wait(this.delay);
  }

  // Try again by itself in so many seconds; without any, not any more.
  wait(seconds) {
    window.clearTimeout(this.timer);
    this.timer = seconds && window.setTimeout(() => this.retry(), seconds * 1000);
  }
}
