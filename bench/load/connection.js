const { connect } = require('node:net');
const { answerIn, bytesOf } = require('./answer');

/** A kept connection with one request at a time. It is opened again when the server has closed it between two of them. */
class Connection {
  constructor(port) {
    this.port = port;
  }

  /** Resolves when it is open. @throws Error when the server does not take it */
  open() {
    this.received = '';
    const socket = connect(this.port, '127.0.0.1').setNoDelay(true).setEncoding('latin1');
    this.socket = socket;
    socket.on('data', (text) => this.socket === socket && this.take(text));
    socket.on('close', () => this.socket === socket && this.lost());
    socket.on('error', () => undefined);
    return new Promise((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
  }

  /** Calls `done` with the answer, or with undefined when there will be none. */
  ask(request, done) {
    this.done = done;
    if (this.socket === undefined) this.open().catch(() => undefined);
    this.socket.write(bytesOf(request), 'latin1');
  }

  take(text) {
    this.received = this.received === '' ? text : this.received + text;
    const answer = answerIn(this.received);
    if (answer === undefined) return;
    this.received = '';
    if (answer.isLast) this.leave();
    this.finish(answer);
  }

  lost() {
    this.socket = undefined;
    if (this.done) this.finish(answerIn(this.received, true));
    this.received = '';
  }

  finish(answer) {
    const { done } = this;
    this.done = undefined;
    done?.(answer);
  }

  leave() {
    this.socket?.destroy();
    this.socket = undefined;
  }

  close() {
    this.done = undefined;
    this.leave();
  }
}

/** So many open connections. @throws Error when the server does not take them */
async function openConnections(port, count) {
  const connections = Array.from({ length: count }, () => new Connection(port));
  await Promise.all(connections.map((connection) => connection.open()));
  return connections;
}

module.exports = { openConnections };
