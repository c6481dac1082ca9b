/** Minutes and seconds. */
function clock(ms) {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** One line that says where the bench is: rewritten on a terminal, else a line for each thing that is begun. */
class Progress {
  constructor(output = process.stderr) {
    this.output = output;
    this.startedAtMs = performance.now();
    this.doing = '';
  }

  /** Something new has begun. */
  begin(text) {
    this.doing = text;
    if (!this.output.isTTY) this.output.write(`${this.elapsed()}  ${text}\n`);
    else this.rewrite('');
  }

  /** How far it is; only for terminals. */
  detail(text) {
    if (this.output.isTTY) this.rewrite(`: ${text}`);
  }

  /** Something that must not be overwritten. */
  note(text) {
    this.output.write(`${this.output.isTTY ? '\r\u001b[K' : ''}${this.elapsed()}  ${text}\n`);
  }

  elapsed() {
    return clock(performance.now() - this.startedAtMs);
  }

  rewrite(more) {
    const columns = this.output.columns ?? 100;
    this.output.write(`\r\u001b[K${`${this.elapsed()}  ${this.doing}${more}`.slice(0, columns - 1)}`);
  }

  end(text) {
    this.note(text);
  }
}

module.exports = { Progress, clock };
