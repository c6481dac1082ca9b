const { quantile, sorted } = require('../statistics');

/** What a round has come to: how many were answered right and how soon, and what was wrong with the others. */
class Tally {
  constructor() {
    this.latenciesMs = [];
    this.failures = 0;
    this.firstFailure = undefined;
    this.cpuBefore = process.cpuUsage();
    this.startedAtMs = performance.now();
  }

  /** Lets the client judge its answer; whatever it throws is a failure. */
  settle(client, answer, latencyMs) {
    try {
      if (answer === undefined) throw new Error('the connection broke off');
      client.take(answer);
      this.latenciesMs.push(latencyMs);
    } catch (error) {
      this.failures++;
      this.firstFailure ??= `${error.message}: ${answer?.body.slice(0, 200) ?? ''}`;
    }
  }

  /** For work that cannot fail without ending the round. */
  count(latencyMs) {
    this.latenciesMs.push(latencyMs);
  }

  result() {
    const elapsedMs = performance.now() - this.startedAtMs;
    const { user, system } = process.cpuUsage(this.cpuBefore);
    const order = sorted(this.latenciesMs);
    const at = (share) => quantile(order, share, { isSorted: true });
    const { failures, firstFailure } = this;
    return {
      ...{ count: order.length, failures, firstFailure, elapsedMs },
      loadShare: (user + system) / 1000 / elapsedMs,
      ...{ p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999), mostMs: order.at(-1) ?? NaN },
    };
  }
}

module.exports = { Tally };
