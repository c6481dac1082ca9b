// The load: as many kept connections as asked for, each of which leads its own sessions on by one refresh after the other. It is a
// process of its own, over bare sockets, so that it takes as little as possible of the machine that it measures.
//
// Takes { port, tokens, connections, ms } as a message and answers with { refreshes, elapsedMs, cpuMs, latenciesMs, tokens }.
const { connect } = require('node:net');

const endOfHead = '\r\n\r\n';

/** One connection with one request at a time. `send` gives the body of a 200; any other answer is an error. */
class Connection {
  constructor(port) {
    this.socket = connect(port, '127.0.0.1').setNoDelay(true).setEncoding('latin1');
    this.received = '';
    this.socket.on('data', (text) => this.take(text));
    this.socket.on('error', (error) => this.reject?.(error));
    this.socket.on('close', () => this.reject?.(new Error('the server closed a connection')));
  }

  send(body) {
    const head =
      'POST /api/auth/refresh HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: bench\r\n' +
      `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      this.socket.write(head + body);
    });
  }

  take(text) {
    this.received += text;
    const end = this.received.indexOf(endOfHead);
    if (end < 0) return;
    const head = this.received.slice(0, end);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
    const body = this.received.slice(end + endOfHead.length);
    if (body.length < length) return;
    this.received = '';
    if (head.startsWith('HTTP/1.1 200 ')) this.resolve(body);
    else this.reject(new Error(`the server answered: ${head.split('\r\n', 1)[0]} ${body.slice(0, 300)}`));
  }

  close() {
    this.reject = undefined;
    this.socket.destroy();
  }
}

/** Leads every `step`-th session on, from the `first`, in turns, until the time is up. */
async function follow({ port, tokens, first, step, untilMs, latenciesMs }) {
  const connection = new Connection(port);
  try {
    for (let index = first; performance.now() < untilMs; index = (index + step) % tokens.length) {
      const sentAtMs = performance.now();
      const body = await connection.send(`{"refresh_token":"${tokens[index]}"}`);
      latenciesMs.push(performance.now() - sentAtMs);
      const [, successor] = /"refresh_token":"([^"]+)"/.exec(body) ?? [];
      if (successor === undefined || successor === tokens[index]) throw new Error('no successor of a token');
      tokens[index] = successor;
    }
  } finally {
    connection.close();
  }
}

async function round({ port, tokens, connections, ms }) {
  const latenciesMs = [];
  const startedAtMs = performance.now();
  const before = process.cpuUsage();
  const chains = Array.from({ length: connections }, (_, first) =>
    follow({ port, tokens, first, step: connections, untilMs: startedAtMs + ms, latenciesMs }),
  );
  await Promise.all(chains);
  const { user, system } = process.cpuUsage(before);
  const elapsedMs = performance.now() - startedAtMs;
  return { refreshes: latenciesMs.length, elapsedMs, cpuMs: (user + system) / 1000, latenciesMs, tokens };
}

process.on('message', (task) => {
  round(task).then(
    (result) => process.send(result),
    (error) => process.send({ error: error.message }),
  );
});
process.on('disconnect', () => process.exit(0));
