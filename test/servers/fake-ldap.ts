import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BerReader, BerWriter, PagedResultsControl } from 'ldapts';

/** One request, with what had gone before on its connection. */
export interface FakeRequest {
  readonly operation: 'bind' | 'search' | 'other';
  /** The name of a bind, the base of a search. */
  readonly name: string;
  readonly password: string;
  readonly isSasl: boolean;
  /** The requests on the same connection that had no answer yet. */
  readonly inFlight: readonly FakeRequest['operation'][];
  /** Who the last successful bind on this connection was; empty for nobody. */
  readonly boundAs: string;
  readonly connection: number;
  /** The whole message as it came. */
  readonly bytes: Buffer;
}

interface FakeEntry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface FakeAnswer {
  readonly code: number;
  readonly text?: string;
  /** For a search: one entry, with this DN and these attributes. */
  readonly entry?: FakeEntry;
  /** For a search: entries after that one. */
  readonly moreEntries?: readonly FakeEntry[];
  /** For a search: there is a next page, and this asks for it. */
  readonly cookie?: string;
  /** Closes the connection afterwards. */
  readonly hangUp?: boolean;
}

const operations: ReadonlyMap<number, FakeRequest['operation']> = new Map([
  [0x60, 'bind'],
  [0x63, 'search'],
]);
const answerTags = { bind: 0x61, search: 0x65, other: 0x78 } as const;

/** An LDAP server of a few lines, for what no real one can be made to do. It writes down everything that it is asked. */
export class FakeLdap {
  readonly requests: FakeRequest[] = [];
  connections = 0;
  answerDelayMs = 0;

  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  private constructor(private readonly answer: (request: FakeRequest) => FakeAnswer | 'silence') {
    this.server = createServer((socket) => new FakeSession(this, socket, ++this.connections));
    this.server.on('connection', (socket) => this.sockets.add(socket));
  }

  static async start(answer: (request: FakeRequest) => FakeAnswer | 'silence'): Promise<FakeLdap> {
    const fake = new FakeLdap(answer);
    fake.server.listen(0, '127.0.0.1');
    await once(fake.server, 'listening');
    return fake;
  }

  get url(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('The server does not listen');
    return `ldap://127.0.0.1:${address.port}`;
  }

  /** Without the reads of the root DSE, which say only that the server lives. */
  get realRequests(): readonly FakeRequest[] {
    return this.requests.filter(({ operation, name }) => operation !== 'search' || name !== '');
  }

  /** Ends every connection, politely, as servers do with idle ones. */
  hangUp(): void {
    for (const socket of this.sockets) socket.end();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  decide(request: FakeRequest): FakeAnswer | 'silence' {
    this.requests.push(request);
    const asksForRootDse = request.operation === 'search' && request.name === '';
    return asksForRootDse ? { code: 0 } : this.answer(request);
  }
}

class FakeSession {
  private pending = Buffer.alloc(0);
  private boundAs = '';
  private readonly inFlight: FakeRequest['operation'][] = [];

  constructor(
    private readonly fake: FakeLdap,
    private readonly socket: Socket,
    private readonly connection: number,
  ) {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => this.read(bytes));
  }

  private read(bytes: Buffer): void {
    this.pending = Buffer.concat([this.pending, bytes]);
    for (
      let length = messageLength(this.pending);
      length !== undefined;
      length = messageLength(this.pending)
    ) {
      const message = this.pending.subarray(0, length);
      this.pending = this.pending.subarray(length);
      void this.serve(message);
    }
  }

  private async serve(message: Buffer): Promise<void> {
    const reader = new BerReader(message);
    reader.readSequence();
    const id = reader.readInt() ?? 0;
    const tag = reader.readSequence() ?? 0;
    if (tag === unbindTag) return void this.socket.end();
    const request = this.requestIn(reader, operations.get(tag) ?? 'other', message);
    const answer = this.fake.decide(request);
    this.inFlight.push(request.operation);
    if (this.fake.answerDelayMs > 0) await sleep(this.fake.answerDelayMs);
    this.inFlight.splice(this.inFlight.indexOf(request.operation), 1);
    if (answer === 'silence') return;
    if (request.operation === 'bind') this.boundAs = answer.code === 0 ? request.name : '';
    const entries = [...(answer.entry ? [answer.entry] : []), ...(answer.moreEntries ?? [])];
    for (const entry of entries) this.socket.write(entryMessage(id, entry));
    const done = resultMessage(id, answerTags[request.operation], answer);
    if (answer.hangUp === true) this.socket.end(done);
    else this.socket.write(done);
  }

  private requestIn(reader: BerReader, operation: FakeRequest['operation'], bytes: Buffer): FakeRequest {
    if (operation === 'bind') reader.readInt();
    const name = operation === 'other' ? '' : (reader.readString() ?? '');
    const isSasl = operation === 'bind' && reader.peek() !== simpleTag;
    const password = operation === 'bind' && !isSasl ? (reader.readString(simpleTag) ?? '') : '';
    const { boundAs, connection } = this;
    return { operation, name, password, isSasl, inFlight: [...this.inFlight], boundAs, connection, bytes };
  }
}

const unbindTag = 0x42;
/** RFC 4511 section 4.2: the choice `simple` of an AuthenticationChoice. */
const simpleTag = 0x80;

/** The length of the whole message at the start of the bytes; undefined while it is not all there. */
function messageLength(bytes: Buffer): number | undefined {
  const first = bytes[1];
  if (first === undefined) return undefined;
  const more = first & 0x80 ? first & 0x7f : 0;
  if (bytes.length < 2 + more) return undefined;
  const length = 2 + more + (more > 0 ? bytes.readUIntBE(2, more) : first);
  return bytes.length < length ? undefined : length;
}

function message(
  id: number,
  tag: number,
  write: (writer: BerWriter) => void,
  writeControls?: (writer: BerWriter) => void,
): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(tag);
  write(writer);
  writer.endSequence();
  writeControls?.(writer);
  writer.endSequence();
  return writer.buffer;
}

/** RFC 4511 section 4.1.11, with the one control of RFC 2696. */
function pageControls(cookie: string): (writer: BerWriter) => void {
  return (writer) => {
    writer.startSequence(0xa0);
    new PagedResultsControl({ value: { size: 0, cookie: Buffer.from(cookie) } }).write(writer);
    writer.endSequence();
  };
}

function resultMessage(id: number, tag: number, { code, text = '', cookie }: FakeAnswer): Buffer {
  const result = (writer: BerWriter) => {
    writer.writeEnumeration(code);
    writer.writeString('');
    writer.writeString(text);
  };
  return message(id, tag, result, cookie === undefined ? undefined : pageControls(cookie));
}

function entryMessage(id: number, { dn, attributes }: FakeEntry): Buffer {
  return message(id, 0x64, (writer) => {
    writer.writeString(dn);
    writer.startSequence();
    for (const [name, value] of Object.entries(attributes)) {
      writer.startSequence();
      writer.writeString(name);
      writer.startSequence(0x31);
      writer.writeString(value);
      writer.endSequence();
      writer.endSequence();
    }
    writer.endSequence();
  });
}
