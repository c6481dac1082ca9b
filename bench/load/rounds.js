const { openConnections } = require('./connection');
const { quantile } = require('../statistics');
const { Tally } = require('./tally');

/**
 * Closed loop: each connection asks again as soon as it is answered, until the time is up, and takes turns among the clients that are its own.
 * What is on its way then is waited for and counts, so that slow answers do not count less than quick ones.
 */
async function closedLoop({ clients, port, connections, ms }) {
  const open = await openConnections(port, connections);
  const tally = new Tally();
  const untilMs = tally.startedAtMs + ms;
  await Promise.all(
    open.map((connection, first) =>
      follow({ connection, clients, first, step: open.length, untilMs, tally }),
    ),
  );
  const result = tally.result();
  for (const connection of open) connection.close();
  return result;
}

function follow({ connection, clients, first, step, untilMs, tally }) {
  let index = first;
  return new Promise((resolve) => {
    const ask = () => {
      const client = clients[index];
      const sentAtMs = performance.now();
      connection.ask(client.next(), (answer) => {
        const nowMs = performance.now();
        tally.settle(client, answer, nowMs - sentAtMs);
        index = index + step < clients.length ? index + step : first;
        if (nowMs < untilMs) ask();
        else resolve();
      });
    };
    ask();
  });
}

/** A load that cannot be kept up with would go on for ever. */
const longestBacklogMs = 5000;

/**
 * Open loop: requests fall due at a fixed rate, whatever becomes of the ones before, and a latency is counted from when the request was
 * due and not from when a connection was free for it. `lateMs` is how late the generator itself was, at the median and the 99th percentile.
 */
async function openLoop({ clients, port, connections, perSecond, ms }) {
  const free = (await openConnections(port, connections)).map((connection, index) => ({
    connection,
    turns: clients.filter((_client, n) => n % connections === index),
    turn: 0,
  }));
  const all = [...free];
  const tally = new Tally();
  const lateMs = [];
  const due = [];
  let fallen = 0;
  let isOverloaded = false;
  const send = (lane, dueAtMs) => {
    const client = lane.turns[lane.turn++ % lane.turns.length];
    lane.connection.ask(client.next(), (answer) => {
      tally.settle(client, answer, performance.now() - dueAtMs);
      const waiting = due.shift();
      if (waiting === undefined) free.push(lane);
      else send(lane, waiting);
    });
  };
  const everyMs = 1000 / perSecond;
  const total = Math.max(1, Math.round(ms / everyMs));
  await new Promise((resolve) => {
    const tick = () => {
      const nowMs = performance.now();
      for (; fallen < total; fallen++) {
        const dueAtMs = tally.startedAtMs + fallen * everyMs;
        if (dueAtMs > nowMs) break;
        lateMs.push(nowMs - dueAtMs);
        const lane = free.shift();
        if (lane) send(lane, dueAtMs);
        else due.push(dueAtMs);
      }
      isOverloaded ||= due.length > 0 && nowMs - due[0] > longestBacklogMs;
      if (isOverloaded || (fallen === total && free.length === all.length)) return resolve();
      setTimeout(tick, 1);
    };
    tick();
  });
  for (const { connection } of all) connection.close();
  return {
    ...tally.result(),
    offered: fallen,
    isOverloaded,
    lateMs: { p50: quantile(lateMs, 0.5), p99: quantile(lateMs, 0.99) },
  };
}

module.exports = { closedLoop, openLoop };
