import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';

/** A span as it came, with its attributes as texts. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly isError: boolean;
}

/** A collector of traces: takes OTLP over HTTP as protobuf, and keeps everything that came. */
export class TraceCollector {
  readonly spans: CollectedSpan[] = [];
  readonly bodies: Buffer[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  /** What it answers; 200 unless set. */
  status = 200;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        this.headers.push(request.headers);
        this.bodies.push(body);
        if (this.status === 200) this.spans.push(...spansIn(body));
        // Silence is one of the ways in which a collector fails.
        if (this.status !== 0) response.writeHead(this.status).end();
      });
    });
  }

  static async start(): Promise<TraceCollector> {
    const collector = new TraceCollector();
    await new Promise<void>((resolve) => collector.server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  get url(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return `http://127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}

/** ExportTraceServiceRequest of opentelemetry-proto: resource_spans 1, scope_spans 2, spans 2. */
function spansIn(body: Buffer): CollectedSpan[] {
  return messages(body, 1)
    .flatMap((resource) => messages(resource, 2))
    .flatMap((scope) => messages(scope, 2))
    .map(spanIn);
}

function spanIn(span: Buffer): CollectedSpan {
  const text = (field: number, encoding: BufferEncoding) =>
    messages(span, field)[0]?.toString(encoding) ?? '';
  const attributes = messages(span, 9).map((pair): [string, string] => {
    const [key = Buffer.alloc(0)] = messages(pair, 1);
    const [value = Buffer.alloc(0)] = messages(pair, 2);
    const [words] = messages(value, 1);
    return [key.toString(), words?.toString() ?? String(numbers(value, 3)[0])];
  });
  const [status = Buffer.alloc(0)] = messages(span, 15);
  return {
    traceId: text(1, 'hex'),
    spanId: text(2, 'hex'),
    parentId: text(4, 'hex'),
    name: text(5, 'utf8'),
    kind: numbers(span, 6)[0] ?? 0,
    attributes: Object.fromEntries(attributes),
    isError: numbers(status, 3)[0] === 2,
  };
}

interface Field {
  readonly number: number;
  readonly bytes?: Buffer;
  readonly value?: number;
}

function messages(buffer: Buffer, number: number): Buffer[] {
  return fields(buffer).flatMap((field) => (field.number === number && field.bytes ? [field.bytes] : []));
}

function numbers(buffer: Buffer, number: number): number[] {
  return fields(buffer).flatMap((field) =>
    field.number === number && field.value !== undefined ? [field.value] : [],
  );
}

/** The wire format of protobuf: a tag of number and type, then a varint, 8 bytes, 4 bytes, or a length with so many bytes. */
function fields(buffer: Buffer): Field[] {
  const found: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = buffer[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < buffer.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const type = tag % 8;
    if (type === 0) found.push({ number, value: varint() });
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else {
      const length = varint();
      found.push({ number, bytes: buffer.subarray(at, at + length) });
      at += length;
    }
  }
  return found;
}
