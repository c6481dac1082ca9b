// The flood: logins at a fixed rate, whether or not the ones before have been answered, from many addresses over kept connections of a
// trusted proxy. A process of its own, over bare sockets. What finds no free connection is counted as not sent.
//
// Takes { step: 'open', port, connections } and answers with { opened, tookMs }; then { step: 'flood', perSecond, addresses, names, password, ms }
// and answers with { offered, sent, notSent, byStatus, latenciesMs, cpuMs, elapsedMs }; then { step: 'close' }.
const { connect } = require('node:net');
const { setTimeout: sleep } = require('node:timers/promises');

const tickMs = 10;
const endOfHead = '\r\n\r\n';

/** One connection with one request at a time, opened anew when the server has closed it. */
class Line {
  constructor(port) {
    this.port = port;
    this.onAnswer = () => undefined;
    this.open();
  }

  open() {
    this.received = '';
    this.isFree = false;
    this.socket = connect(this.port, '127.0.0.1').setNoDelay(true).setEncoding('latin1');
    this.socket.on('connect', () => (this.isFree = true));
    this.socket.on('data', (text) => this.take(text));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => this.closed());
  }

  closed() {
    if (this.isStopped) return;
    if (this.sentAtMs !== undefined) this.answered('closed');
    setTimeout(() => !this.isStopped && this.open(), 100).unref();
  }

  send(text) {
    this.isFree = false;
    this.sentAtMs = performance.now();
    this.socket.write(text);
  }

  take(text) {
    this.received += text;
    const end = this.received.indexOf(endOfHead);
    if (end < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(this.received.slice(0, end))?.[1] ?? 0);
    if (this.received.length < end + endOfHead.length + length) return;
    const status = this.received.slice(9, 12);
    this.received = '';
    this.isFree = true;
    this.answered(status);
  }

  answered(status) {
    const ms = performance.now() - this.sentAtMs;
    this.sentAtMs = undefined;
    this.onAnswer(status, ms);
  }

  stop() {
    this.isStopped = true;
    this.socket.destroy();
  }
}

function addressOf(index) {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
}

function requestOf(address, body) {
  return (
    'POST /api/auth/login HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n' +
    `X-Forwarded-For: ${address}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

const openAtOnce = 50;
const openPauseMs = 20;
const longestOpenMs = 30_000;
let lines = [];

/** Opens the connections little by little, as a proxy that keeps them has done long ago, and waits until nearly all are there. */
async function open({ port, connections }) {
  const startedAtMs = performance.now();
  while (lines.length < connections) {
    for (let n = 0; n < openAtOnce && lines.length < connections; n++) lines.push(new Line(port));
    await sleep(openPauseMs);
  }
  const openLines = () => lines.filter(({ isFree }) => isFree).length;
  while (openLines() < connections && performance.now() - startedAtMs < longestOpenMs)
    await sleep(openPauseMs);
  return { opened: openLines(), tookMs: performance.now() - startedAtMs };
}

async function flood({ perSecond, addresses, names, password, ms }) {
  const result = { offered: 0, sent: 0, notSent: 0, byStatus: {}, latenciesMs: {} };
  const onAnswer = (status, tookMs) => {
    result.byStatus[status] = (result.byStatus[status] ?? 0) + 1;
    (result.latenciesMs[status] ??= []).push(tookMs);
  };
  for (const line of lines) line.onAnswer = onAnswer;
  const before = process.cpuUsage();
  const startedAtMs = performance.now();
  let at = 0;
  await new Promise((resolve) => {
    const timer = setInterval(() => {
      const elapsedMs = performance.now() - startedAtMs;
      if (elapsedMs >= ms) return void (clearInterval(timer), resolve());
      for (const due = (elapsedMs * perSecond) / 1000; result.offered < due; result.offered++) {
        const line = nextFree();
        if (!line) result.notSent++;
        else line.send(nextRequest(result.sent++));
      }
    }, tickMs);
  });
  const { user, system } = process.cpuUsage(before);
  const elapsedMs = performance.now() - startedAtMs;
  return { ...result, cpuMs: (user + system) / 1000, elapsedMs };

  function nextRequest(number) {
    const body = JSON.stringify({ username: `guessed-${number % names}`, password });
    return requestOf(addressOf(number % addresses), body);
  }

  function nextFree() {
    for (let looks = 0; looks < lines.length; looks++) {
      const line = lines[(at = (at + 1) % lines.length)];
      if (line.isFree) return line;
    }
    return undefined;
  }
}

function close() {
  for (const line of lines) line.stop();
  lines = [];
  return Promise.resolve({});
}

process.on('message', (task) => {
  const steps = { open, flood, close };
  steps[task.step](task).then(
    (result) => process.send(result),
    (error) => process.send({ error: error.message }),
  );
});
process.on('disconnect', () => process.exit(0));
