import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../../../test/support/ldap-logins';
import { temporaryFolder } from '../../../../test/support/gateway';
import { createLogger } from '../../../common/logger';
import { DecryptionThread, type DecryptionThreadOptions, DecryptionUnavailable } from './decryption-thread';

/** Does what its order says and tells which thread it is, so that a new thread can be told from the old one. */
const obedientWorker = `
  const { parentPort, threadId } = require('node:worker_threads');
  parentPort.on('message', ({ ciphertexts: [task] }) => {
    if (task === 'exit') process.exit(3);
    if (task === 'throw') throw new Error('torn');
    if (task === 'hang') for (;;);
    if (task === 'silence') return;
    // Small pieces: a single one beyond the limit of the thread would end the whole process.
    if (task === 'eat') for (let food; ; ) food = { food, more: [...'food'] };
    parentPort.postMessage({ password: task + ' ' + threadId });
  });
`;

const opened: DecryptionThread[] = [];
afterEach(() => Promise.all(opened.splice(0).map((thread) => thread.close())));

function thread(options: Partial<DecryptionThreadOptions> = {}, lines: string[] = []): DecryptionThread {
  const workerPath = join(temporaryFolder(), 'worker.cjs');
  writeFileSync(workerPath, obedientWorker);
  const logger = createLogger('trace', { write: (line) => void lines.push(line) });
  const made = new DecryptionThread({ logger, workerPath, deadlineMs: 20_000, ...options });
  opened.push(made);
  return made;
}

function tell(decryption: DecryptionThread, task: string): Promise<string | undefined> {
  return decryption.decrypt({ scheme: 'rsa', privateKey: 'the private key', ciphertexts: [task] });
}

/** What an order was refused with. @throws Error for any other outcome. */
async function refusal(outcome: Promise<unknown>): Promise<string> {
  const error: unknown = await outcome.catch((reason: unknown) => reason);
  if (error instanceof DecryptionUnavailable) return error.message;
  throw new Error(`Not refused but ${String(error)}`);
}

describe('the decryption thread', () => {
  it('works on all orders in one thread, in the order in which they came', async () => {
    const decryption = thread();
    const ended: string[] = [];
    const orders = ['a', 'b', 'c', 'd'].map((task) => tell(decryption, task));
    await Promise.all(orders.map((order) => order.then((word = '') => ended.push(word))));
    expect(ended.map((word) => word.split(' ')[0])).toEqual(['a', 'b', 'c', 'd']);
    expect(new Set(ended.map((word) => word.split(' ')[1])).size).toBe(1);
  });

  it('lets no more wait than may wait, and says so at once', async () => {
    const decryption = thread({ mostWaiting: 2 });
    const accepted = ['silence', 'b', 'c'].map((task) => refusal(tell(decryption, task)));
    expect(await refusal(tell(decryption, 'd'))).toMatch('too many passwords wait');
    await decryption.close();
    expect(await Promise.all(accepted)).toEqual(
      Array.from({ length: 3 }, () => 'password decryption: it is closed'),
    );
  });

  it('lets senders take turns, and the one with most waiting give way', async () => {
    const decryption = thread({ mostWaiting: 4 });
    const ended: string[] = [];
    const ask = (sender: string, task: string) =>
      decryption
        .decrypt({ scheme: 'rsa', privateKey: 'the private key', ciphertexts: [task] }, sender)
        .then((word = '') => ended.push(word.split(' ')[0] ?? ''));
    const greedy = ['g0', 'g1', 'g2', 'g3', 'g4'].map((task) => ask('greedy', task));
    const refused = [refusal(ask('greedy', 'g5')), refusal(greedy.at(-1) ?? Promise.resolve())];
    const modest = ask('modest', 'm1');
    expect((await Promise.all(refused)).join()).toMatch(/too many passwords wait.*too many passwords wait/);
    await Promise.all([modest, ...greedy.slice(0, -1)]);
    expect(ended).toEqual(['g0', 'g1', 'm1', 'g2', 'g3']);
  });

  it('is unavailable with 503 and a time to come back', async () => {
    const error = await tell(thread({ mostWaiting: 0 }), 'a').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ status: 503, options: { retryAfterSeconds: 1 } });
  });

  it('makes room again for whoever comes after the late ones', async () => {
    const decryption = thread({ mostWaiting: 1, deadlineMs: 4000 });
    const late = [refusal(tell(decryption, 'silence')), refusal(tell(decryption, 'b'))];
    for (const message of await Promise.all(late)) expect(message).toMatch(/no answer within 4000 ms|hangs/);
    await eventually(() => tell(decryption, 'c').then(Boolean, () => false), 20_000);
  });

  it.each([
    ['ends', 'exit'],
    ['throws', 'throw'],
    ['eats all its memory', 'eat'],
  ])('is started again when it %s; only the order at hand is lost', async (_case, task) => {
    const decryption = thread();
    const before = await tell(decryption, 'word');
    const [lost, next] = [refusal(tell(decryption, task)), tell(decryption, 'word')];
    expect(await lost).toBe('password decryption: its thread has died');
    expect(await next).toMatch(/^word \d+$/);
    expect(await next).not.toBe(before);
  });

  it('is given up when it hangs, and replaced', async () => {
    const decryption = thread({ deadlineMs: 4000 });
    const before = await tell(decryption, 'word');
    expect(await refusal(tell(decryption, 'hang'))).toMatch(/no answer within 4000 ms|hangs/);
    let after: string | undefined;
    await eventually(
      async () => Boolean((after = await tell(decryption, 'word').catch(() => undefined))),
      20_000,
    );
    expect(after).not.toBe(before);
  });

  it('refuses each order where it cannot be started, and logs why without the key', async () => {
    const lines: string[] = [];
    const decryption = thread({ workerPath: join(temporaryFolder(), 'none.cjs') }, lines);
    for (const task of ['a', 'b']) expect(await refusal(tell(decryption, task))).toMatch('thread has died');
    expect(lines.join('')).toContain('none.cjs');
    expect(lines.join('')).not.toContain('the private key');
  });

  it('takes no order after it was closed, and may be closed twice or unused', async () => {
    const decryption = thread();
    await tell(decryption, 'word');
    await Promise.all([decryption.close(), decryption.close()]);
    expect(await refusal(tell(decryption, 'word'))).toMatch('it is closed');
    await thread().close();
  });
});
