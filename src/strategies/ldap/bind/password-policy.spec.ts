import { createServer, type Server, type Socket } from 'node:net';
import { Ber, BerReader, BerWriter, Client } from 'ldapts';
import { bindUser } from './user-bind';

const expiredOid = '2.16.840.1.113730.3.4.4';
const expiringOid = '2.16.840.1.113730.3.4.5';
const policyOid = '1.3.6.1.4.1.42.2.27.8.5.1';

interface Answer {
  readonly result: number;
  readonly controls: Readonly<Record<string, Buffer>>;
}

let answer: Answer;
let requests: Buffer[];
let server: Server;
let url: string;

beforeEach(async () => {
  requests = [];
  server = createServer((socket) => socket.on('data', (request) => reply(socket, request)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port');
  url = `ldap://127.0.0.1:${address.port}`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

function reply(socket: Socket, request: Buffer): void {
  const reader = new BerReader(request);
  reader.readSequence();
  const messageId = reader.readInt() ?? 0;
  if (reader.peek() !== 0x60) return void socket.end();
  requests.push(request);
  socket.write(bindResponse(messageId));
}

/** BindResponse with response controls (RFC 4511 sections 4.2.2 and 4.1.11). */
function bindResponse(messageId: number): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(messageId);
  writer.startSequence(0x61);
  writer.writeEnumeration(answer.result);
  writer.writeString('');
  writer.writeString('');
  writer.endSequence();
  writer.startSequence(0xa0);
  for (const [oid, value] of Object.entries(answer.controls)) {
    writer.startSequence();
    writer.writeString(oid);
    writer.writeBuffer(value, Ber.OctetString);
    writer.endSequence();
  }
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
}

async function bind(result: number, controls: Record<string, Buffer>) {
  answer = { result, controls };
  const client = new Client({ url, timeout: 2000 });
  try {
    return await bindUser(client, 'uid=alice', 'secret');
  } finally {
    await client.unbind();
  }
}

const nothing = Buffer.from([0x30, 0x00]);
const grace = Buffer.from([0x30, 0x05, 0xa0, 0x03, 0x81, 0x01, 0x02]);
const reset = Buffer.from([0x30, 0x03, 0x81, 0x01, 0x02]);

describe('what a directory says of a password that it accepts', () => {
  it.each<[string, Record<string, Buffer>, object]>([
    ['nothing', {}, { mustChange: false }],
    ['an empty policy answer', { [policyOid]: nothing }, { mustChange: false }],
    [
      'an expiring control',
      { [expiringOid]: Buffer.from('3600') },
      { mustChange: false, secondsUntilExpiration: 3600 },
    ],
    ['an expiring control with nonsense', { [expiringOid]: Buffer.from('soon') }, { mustChange: false }],
    ['an expired control', { [expiredOid]: Buffer.from('0') }, { mustChange: true }],
    [
      'an expired control and an empty policy answer',
      { [expiredOid]: Buffer.from('0'), [policyOid]: nothing },
      { mustChange: true },
    ],
    ['a reset password', { [policyOid]: reset, [expiredOid]: Buffer.from('0') }, { mustChange: true }],
    [
      'a grace login, which 389 sends with an expired control',
      { [policyOid]: grace, [expiredOid]: Buffer.from('0') },
      { mustChange: false, secondsUntilExpiration: 0, graceLoginsLeft: 2 },
    ],
  ])('understands %s', async (_, controls, notice) => {
    expect(await bind(0, controls)).toEqual({ accepted: true, notice });
  });

  it('understands an expired control with a refusal', async () => {
    expect(await bind(49, { [expiredOid]: Buffer.from('0') })).toMatchObject({
      accepted: false,
      reason: 'password_expired',
      passwordWasRight: true,
    });
  });

  it('asks for the policy alone, not critically, with one bind', async () => {
    await bind(0, {});
    expect(requests).toHaveLength(1);
    const text = requests[0]?.toString('latin1') ?? '';
    expect(text).toContain(`${policyOid}\x01\x01\x00`);
    expect(text).not.toContain('2.16.840');
  });
});
