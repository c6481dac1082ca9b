// The directory's own ceiling: so many pairs of kept connections as asked for, each of which searches somebody on one and binds as them
// on the other, without HTTP and tokens. `by` says how: `ldapts` with the library that the gateway has, or `bytes` with messages made
// beforehand over bare sockets, so that next to nothing is left but the directory.
//
// Started by ceiling.js with { directory, people, by } as JSON in the first argument; says { ready: true }, then takes
// { connections, ms } and answers with what Tally gives.
const { readFileSync } = require('node:fs');
const net = require('node:net');
const tls = require('node:tls');
const { Tally } = require('../load/tally');
const { bindMessage, readMessages, searchMessage } = require('./ldap-bytes');

const { directory, people, by } = JSON.parse(process.argv[2]);

/** A kept connection with one operation at a time. */
class Line {
  open() {
    const { hostname: host, port } = new URL(directory.url);
    const isTls = directory.url.startsWith('ldaps:');
    const socket = isTls
      ? tls.connect({ host, port: Number(port), ca: [readFileSync(directory.caFile)] })
      : net.connect(Number(port), host);
    this.socket = socket.setNoDelay(true);
    this.received = Buffer.alloc(0);
    this.entries = 0;
    socket.on('data', (bytes) => this.take(bytes));
    return new Promise((resolve, reject) => {
      socket.once(isTls ? 'secureConnect' : 'connect', () => resolve(this));
      socket.once('error', reject);
      socket.on('close', () => this.reject?.(new Error('the directory closed a connection')));
    });
  }

  ask(bytes, entries) {
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      this.expected = entries;
      this.socket.write(bytes);
    });
  }

  take(bytes) {
    const read = readMessages(this.received.length > 0 ? Buffer.concat([this.received, bytes]) : bytes);
    this.received = read.rest;
    this.entries += read.entries;
    if (read.resultCode === undefined) return;
    const isRight = read.resultCode === 0 && this.entries === this.expected;
    this.entries = 0;
    if (isRight) this.resolve();
    else this.reject(new Error(`the directory answered ${read.resultCode}`));
  }

  close() {
    this.reject = undefined;
    this.socket.destroy();
  }
}

async function pairOverBytes() {
  const [searcher, binder] = [await new Line().open(), await new Line().open()];
  await searcher.ask(bindMessage(directory.bindDn, directory.bindPassword), 0);
  return {
    async logIn({ search, bind }) {
      await searcher.ask(search, 1);
      await binder.ask(bind, 0);
    },
    close: () => [searcher, binder].forEach((line) => line.close()),
  };
}

async function pairOverLdapts() {
  const { bind, clientOf, find, serviceClient } = require('./check-ldap');
  const [searcher, binder] = [await serviceClient(directory), clientOf(directory)];
  return {
    async logIn({ username, password }) {
      const { dn } = await find(searcher, directory, username);
      if (!(await bind(binder, dn, password))) throw new Error('the password was refused');
    },
    close: () => Promise.all([searcher.unbind(), binder.unbind()]),
  };
}

const openPair = { bytes: pairOverBytes, ldapts: pairOverLdapts }[by];
const prepared = people.map(({ username, password, dn }) => ({
  ...{ username, password, dn },
  search: searchMessage(directory.baseDn, username),
  bind: bindMessage(dn, password),
}));
const pairs = [];

async function round({ connections, ms }) {
  while (pairs.length < connections) pairs.push(await openPair());
  const tally = new Tally();
  const untilMs = tally.startedAtMs + ms;
  const follow = async (pair, first) => {
    for (let index = first; performance.now() < untilMs; index = (index + connections) % prepared.length) {
      const askedAtMs = performance.now();
      await pair.logIn(prepared[index]);
      tally.count(performance.now() - askedAtMs);
    }
  };
  await Promise.all(pairs.slice(0, connections).map(follow));
  return tally.result();
}

process.on('message', (task) => {
  round(task).then(
    (result) => process.send(result),
    (error) => process.send({ error: error.message }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send({ ready: true });
