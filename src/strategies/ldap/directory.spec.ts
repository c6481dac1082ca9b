import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { PresenceFilter } from 'ldapts';
import { StrategyUnavailable } from '../credential-strategy';
import { Directory } from './directory';

const search = { baseDn: 'dc=x', scope: 'sub', filter: new PresenceFilter({ attribute: 'uid' }) } as const;

/** A server of a few bytes, for what no real one can be made to do. */
class OddServer {
  connections = 0;
  binds = 0;
  private readonly server: Server;
  private readonly sockets: Socket[] = [];

  constructor(answer: (socket: Socket, messageId: number) => void) {
    this.server = createServer((socket) => {
      this.connections++;
      this.sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (request: Buffer) => {
        this.binds++;
        // An LDAPMessage begins with SEQUENCE, its length and INTEGER 1 (RFC 4511 section 4.1.1).
        answer(socket, request[4] ?? 0);
      });
    });
  }

  async directory(): Promise<Directory> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const address = this.server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const url = `ldap://127.0.0.1:${port}`;
    return new Directory('ldap', { url, tls: undefined, connectTimeoutMs: 200, operationTimeoutMs: 200 });
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

let server: OddServer | undefined;
afterEach(() => server?.close());

function directoryThat(answer: (socket: Socket, messageId: number) => void): Promise<Directory> {
  server = new OddServer(answer);
  return server.directory();
}

/** A BindResponse with this result code and empty texts. */
function bindResponse(messageId: number, resultCode: number): Buffer {
  return Buffer.from([0x30, 12, 2, 1, messageId, 0x61, 7, 10, 1, resultCode, 4, 0, 4, 0]);
}

function bind(directory: Directory, name = 'uid=alice,dc=x', password = 'secret'): Promise<boolean> {
  return directory.use((connection) => connection.bind(name, password));
}

describe('DirectoryConnection', () => {
  it.each([
    [0, true],
    [49, false],
  ])('takes bind result %d for %s', async (code, accepted) => {
    expect(await bind(await directoryThat((socket, id) => socket.write(bindResponse(id, code))))).toBe(
      accepted,
    );
  });

  it.each([1, 8, 14, 48, 50, 51, 52, 53, 80])(
    'takes bind result %d for a failure of the server',
    async (code) => {
      const directory = await directoryThat((socket, id) => socket.write(bindResponse(id, code)));
      await expect(bind(directory)).rejects.toThrow(StrategyUnavailable);
      expect(server?.binds).toBe(1);
    },
  );

  it('does not search as nobody after the server has hung up on a bound connection', async () => {
    let hungUp: Promise<unknown> = Promise.resolve();
    const directory = await directoryThat((socket, id) => {
      hungUp = once(socket, 'close');
      socket.end(bindResponse(id, 0));
    });
    const outcome = directory.use(async (connection) => {
      await connection.bind('cn=gateway,dc=x', 'secret');
      await hungUp;
      await new Promise(setImmediate);
      return connection.search(search);
    });
    await expect(outcome).rejects.toThrow('closed the connection');
    expect(server?.connections).toBe(1);
  });

  it.each([
    ['text', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'LDAP_OPERATION_TIMEOUT_MS'],
    ['a message that is longer than what comes', '\x30\x84\x7f\xff\xff\xff\x02', 'LDAP_OPERATION_TIMEOUT_MS'],
    ['a message without an end', '\x30\x80', 'LDAP_OPERATION_TIMEOUT_MS'],
  ])('gives up in time on %s', async (_, bytes, detail) => {
    const directory = await directoryThat((socket) => socket.write(Buffer.from(bytes, 'latin1')));
    await expect(bind(directory)).rejects.toThrow(detail);
  });

  it('is unavailable when the server breaks the connection off', async () => {
    const directory = await directoryThat((socket) => socket.destroy());
    await expect(bind(directory)).rejects.toThrow(StrategyUnavailable);
  });

  it.each([
    ['an empty password', 'uid=alice,dc=x', ''],
    ['an empty name', '', 'secret'],
    ['a SASL mechanism', 'EXTERNAL', 'dn:cn=admin'],
    ['a bare login name', 'alice', 'secret'],
  ])('sends nothing for %s', async (_, name, password) => {
    const directory = await directoryThat((socket, id) => socket.write(bindResponse(id, 0)));
    await expect(bind(directory, name, password)).rejects.toThrow(StrategyUnavailable);
    expect(server?.connections).toBe(0);
  });
});
