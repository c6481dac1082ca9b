import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Client } from 'ldapts';
import { loadSettings } from '../src/config/load-settings';
import { Deadline } from '../src/strategies/outbound/deadline';
import {
  ConnectFailure,
  openClient,
  type ServerAddress,
  transportOptions,
} from '../src/strategies/ldap/connection/transport';
import { type OddCertificate, type OddCertificates, oddCertificates } from './servers/certificates';
import { freePort } from './servers/process';
import { TlsSlapd } from './servers/tls-slapd';

type Variables = Readonly<Record<string, string | undefined>>;
type Way = 'ldap' | 'ldaps' | 'starttls';

const secureWays: readonly Way[] = ['ldaps', 'starttls'];
const clients: Client[] = [];
const running: { remove(): Promise<void> }[] = [];
let certificates: OddCertificates;

beforeAll(async () => {
  certificates = await oddCertificates();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.unbind()));
});
afterAll(() => Promise.all(running.map((server) => server.remove())));

async function slapd(name: OddCertificate, lines: readonly string[] = []): Promise<TlsSlapd> {
  const server = await TlsSlapd.start({ ...certificates.pair(name), caFile: certificates.caFile, lines });
  running.push(server);
  return server;
}

function addressOf(server: TlsSlapd, way: Way, host = '127.0.0.1'): ServerAddress {
  return way === 'ldaps'
    ? { protocol: 'ldaps:', host, port: server.tlsPort }
    : { protocol: 'ldap:', host, port: server.port };
}

function optionsOf(env: Variables = {}, way: Way = 'ldaps') {
  const { settings } = loadSettings({
    LDAP_START_TLS: String(way === 'starttls'),
    LDAP_TLS_CA_FILE: certificates.caFile,
    LDAP_CONNECT_TIMEOUT_MS: '2000',
    LDAP_TLS_TIMEOUT_MS: '2000',
    ...env,
  });
  return transportOptions(settings);
}

async function open(
  address: ServerAddress,
  way: Way,
  env: Variables = {},
  deadlineMs = 5000,
): Promise<Client> {
  const client = await openClient(address, optionsOf(env, way), Deadline.in(deadlineMs));
  clients.push(client);
  return client;
}

/** @throws Error when the connection comes about. */
async function failureOf(attempt: Promise<unknown>): Promise<ConnectFailure> {
  const outcome: unknown = await attempt.catch((error: unknown) => error);
  if (outcome instanceof ConnectFailure) return outcome;
  throw new Error(`Not ConnectFailure but ${String(outcome)}`);
}

/** A server of a few lines, for what no real one can be made to do. */
async function oddServer(
  onConnection: (socket: Socket) => void,
): Promise<{ address: ServerAddress; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  running.push({
    remove: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  });
  return { address: { protocol: 'ldap:', host: '127.0.0.1', port }, sockets };
}

async function eventually(condition: () => boolean): Promise<void> {
  const deadline = Deadline.in(3000);
  while (!condition()) {
    if (deadline.isOver) throw new Error('It did not come true within 3 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => /^(TCPSocketWrap|TLSWrap)$/.test(kind)).length;
}

describe('a good server', () => {
  let server: TlsSlapd;
  beforeAll(async () => {
    server = await slapd('good');
  });

  it.each<Way>(['ldap', 'ldaps', 'starttls'])('is reached over %s, and answers', async (way) => {
    const client = await open(addressOf(server, way), way);
    expect(client.isConnected).toBe(true);
    expect(client.isBound).toBe(false);
    const answer = await client.search('', { scope: 'base', attributes: ['supportedExtension'] });
    expect(answer.searchEntries).toHaveLength(1);
    if (way === 'ldap') return;
    expect(server.log).toMatch(/TLS established/);
  });

  it.each(secureWays)('is reached by its name and by its address over %s', async (way) => {
    for (const host of ['localhost', '127.0.0.1']) {
      expect((await open(addressOf(server, way, host), way)).isConnected).toBe(true);
    }
  });

  it.each<Way>(['ldap', 'ldaps', 'starttls'])(
    'is never connected to again by the client itself, which would then be nobody (%s)',
    async (way) => {
      const own = await slapd('good');
      const client = await open(addressOf(own, way), way);
      await own.remove();
      await eventually(() => !client.isConnected);
      await expect(client.search('', { scope: 'base' })).rejects.toThrow('the server closed the connection');
      await expect(client.bind('cn=x', 'y')).rejects.toThrow('the server closed the connection');
    },
  );

  it('serves parallel first uses of one client', async () => {
    const client = await open(addressOf(server, 'ldaps'), 'ldaps');
    const outcomes = await Promise.allSettled(
      [1, 2, 3].map(() => client.search('', { scope: 'base', attributes: ['1.1'] })),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
  });
});

describe.each(secureWays)('a broken link of TLS over %s', (way) => {
  it.each<[string, OddCertificate, Variables, RegExp[], string | undefined]>([
    [
      'an expired certificate',
      'expired',
      {},
      [/the certificate CN=expired expired on Jan {1,2}1 00:00:00 2021 GMT \(CERT_HAS_EXPIRED\)/],
      undefined,
    ],
    [
      'a certificate of the future',
      'future',
      {},
      [/the certificate CN=future is not valid before Jan {1,2}1 00:00:00 2080 GMT \(CERT_NOT_YET_VALID\)/],
      undefined,
    ],
    [
      'another host’s certificate',
      'other-host',
      {},
      [/asked for 127\.0\.0\.1, it holds other\.example\.net, third\.example\.net/, /LDAP_TLS_SERVER_NAME/],
      'LDAP_TLS_SERVER_NAME',
    ],
    [
      'a self-signed certificate',
      'self-signed',
      {},
      [
        /not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\), it is self-signed/,
        /CN=Gatehouse test self-signed <- CN=Gatehouse test self-signed/,
      ],
      'LDAP_TLS_CA_FILE',
    ],
  ])('is named: %s', async (_, name, env, words, setting) => {
    const server = await slapd(name);
    const failure = await failureOf(open(addressOf(server, way), way, env));
    for (const word of words) expect(failure.message).toMatch(word);
    expect(failure.step).toBe('tls');
    expect(failure.setting).toBe(setting);
    expect(failure.cause).toHaveProperty('code');
  });

  it('is named: an unknown authority', async () => {
    const server = await slapd('good');
    for (const caFile of [certificates.strangerCaFile, undefined]) {
      const failure = await failureOf(open(addressOf(server, way), way, { LDAP_TLS_CA_FILE: caFile }));
      expect(failure.message).toMatch(
        /not trusted \([A-Z_]+\), its authority is unknown: CN=localhost <- CN=Gatehouse test ca/,
      );
      expect(failure.setting).toBe('LDAP_TLS_CA_FILE');
    }
  });

  it('is mended by LDAP_TLS_SERVER_NAME', async () => {
    const server = await slapd('other-host');
    const client = await open(addressOf(server, way), way, { LDAP_TLS_SERVER_NAME: 'other.example.net' });
    expect(client.isConnected).toBe(true);
  });

  it('is named: no version in common', async () => {
    const server = await slapd('good', ['TLSCipherSuite NORMAL:-VERS-TLS1.3']);
    const failure = await failureOf(open(addressOf(server, way), way, { LDAP_TLS_MIN_VERSION: 'TLSv1.3' }));
    expect(failure.message).toContain('speaks no TLS of TLSv1.3 or newer (LDAP_TLS_MIN_VERSION)');
    expect(failure.setting).toBe(way === 'starttls' ? 'LDAP_TLS_MIN_VERSION' : 'LDAP_URL');
  });

  it('is mended on the server too: one that is too old, and one that wants nothing older than ours', async () => {
    const old = await slapd('good', ['TLSCipherSuite NORMAL:-VERS-ALL:+VERS-TLS1.1']);
    expect((await failureOf(open(addressOf(old, way), way))).message).toContain('LDAP_TLS_MIN_VERSION');
    const modern = await slapd('good', ['TLSProtocolMin 3.4']);
    expect((await open(addressOf(modern, way), way)).isConnected).toBe(true);
  });

  it('is named: a client certificate demanded; and ours is shown when we have one', async () => {
    const server = await slapd('good', ['TLSVerifyClient demand']);
    const failure = await failureOf(open(addressOf(server, way), way));
    expect(failure.message).toMatch(/demands? a client certificate.*LDAP_TLS_CERT_FILE/);
    expect(failure.setting).toBe('LDAP_TLS_CERT_FILE');
    const { certFile, keyFile } = certificates.pair('client');
    const ours = { LDAP_TLS_CERT_FILE: certFile, LDAP_TLS_KEY_FILE: keyFile };
    expect((await open(addressOf(server, way), way, ours)).isConnected).toBe(true);
  });

  it('leaves no socket behind', async () => {
    const server = await slapd('expired');
    const before = openSockets();
    for (let count = 0; count < 5; count++) await failureOf(open(addressOf(server, way), way));
    await eventually(() => openSockets() <= before);
    await eventually(() => server.log.split(' ACCEPT ').length === server.log.split(' closed').length);
  });
});

describe('a port that is not what it should be', () => {
  it('is named: ldaps:// to a plain port', async () => {
    const server = await slapd('good');
    const address = { protocol: 'ldaps:', host: '127.0.0.1', port: server.port } as const;
    const failure = await failureOf(open(address, 'ldaps'));
    expect(failure.message).toMatch(/port without TLS|does not speak TLS/);
    expect(failure.setting).toBe('LDAP_URL');
  });

  it('is named: ldap:// to a TLS port', async () => {
    const server = await slapd('good');
    const address = { protocol: 'ldap:', host: '127.0.0.1', port: server.tlsPort } as const;
    expect((await failureOf(open(address, 'ldap', { LDAP_OPERATION_TIMEOUT_MS: '300' }))).step).toBe(
      'answer',
    );
    expect((await failureOf(open(address, 'starttls', { LDAP_TLS_TIMEOUT_MS: '300' }))).step).toBe(
      'starttls',
    );
  });

  it('is named: StartTLS where there is none', async () => {
    // The answer of a server without TLS: an extended response with result 2, protocolError (RFC 4511 section 4.14.2).
    const refusal = Buffer.from('300c02010278070a010204000400', 'hex');
    const { address } = await oddServer((socket) => socket.on('data', () => socket.write(refusal)));
    const failure = await failureOf(open(address, 'starttls'));
    expect(failure.message).toContain('it offers no StartTLS (result 2');
    expect(failure.setting).toBe('LDAP_START_TLS');
  });

  it('is named: nothing there, and a name that nobody knows', async () => {
    const closed = { protocol: 'ldap:', host: '127.0.0.1', port: await freePort() } as const;
    expect((await failureOf(open(closed, 'ldap'))).message).toContain('nothing listens there (ECONNREFUSED)');
    const unknown = { protocol: 'ldap:', host: 'directory.invalid', port: 389 } as const;
    expect((await failureOf(open(unknown, 'ldap'))).message).toMatch(/host name is unknown|name server/);
  });
});

describe('a server that accepts and says nothing', () => {
  const limits = { LDAP_TLS_TIMEOUT_MS: '200', LDAP_OPERATION_TIMEOUT_MS: '200' };

  it.each<[Way, string, string]>([
    ['ldap', 'answer', 'LDAP_OPERATION_TIMEOUT_MS'],
    ['ldaps', 'tls', 'LDAP_TLS_TIMEOUT_MS'],
    ['starttls', 'starttls', 'LDAP_TLS_TIMEOUT_MS'],
  ])('is given up in time over %s', async (way, step, setting) => {
    const { address, sockets } = await oddServer((socket) => socket.resume());
    const there: ServerAddress = way === 'ldaps' ? { ...address, protocol: 'ldaps:' } : address;
    const startMs = performance.now();
    const failure = await failureOf(open(there, way, limits));
    expect(performance.now() - startMs).toBeLessThan(1000);
    expect(failure).toMatchObject({ step, setting });
    await eventually(() => sockets.every((socket) => socket.destroyed || socket.readableEnded));
  });

  it('is given up in time when it agrees to StartTLS and then goes quiet', async () => {
    const agreed = Buffer.from('300c02010278070a010004000400', 'hex');
    const { address, sockets } = await oddServer((socket) => socket.once('data', () => socket.write(agreed)));
    const startMs = performance.now();
    const failure = await failureOf(open(address, 'starttls', limits));
    expect(performance.now() - startMs).toBeLessThan(1000);
    expect(failure).toMatchObject({ step: 'tls', setting: 'LDAP_TLS_TIMEOUT_MS' });
    await eventually(() => sockets.every((socket) => socket.destroyed || socket.readableEnded));
  });

  it('is given up by the deadline of the login, however long the steps may take', async () => {
    const { address } = await oddServer((socket) => socket.resume());
    const startMs = performance.now();
    const late = await failureOf(open(address, 'starttls', {}, 150));
    expect(late).toMatchObject({ step: 'starttls', setting: 'LDAP_LOGIN_TIMEOUT_MS' });
    await failureOf(open(address, 'ldap', {}, 0));
    expect(performance.now() - startMs).toBeLessThan(1000);
  });
});

it('takes nothing for an answer that came in clear text before TLS', async () => {
  // A success for message 2 after the StartTLS answer: an answer to the first request of the session, forged by whoever is between.
  const agreed = Buffer.from('300c02010278070a010004000400', 'hex');
  const forged = Buffer.from('300c02010265070a010004000400', 'hex');
  const { address } = await oddServer((socket) => {
    socket.once('data', () => socket.write(Buffer.concat([agreed, forged])));
  });
  const failure = await failureOf(open(address, 'starttls', { LDAP_TLS_TIMEOUT_MS: '300' }));
  expect(failure.step).toBe('tls');
});
