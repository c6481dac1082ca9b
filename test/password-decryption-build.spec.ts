import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sm2 } from 'sm-crypto-v2';
import { temporaryFolder } from './support/gateway';

const run = promisify(execFile);
const dist = join(__dirname, '..', 'dist');

/** What a process of the built files does with one store: it prints its public keys, and reads a password if it is given one. */
const program = `
  const at = (path) => require(require('node:path').join(${JSON.stringify(dist)}, path));
  const { SystemClock } = at('common/clock.js');
  const { createLogger } = at('common/logger.js');
  const { LmdbStore } = at('stores/lmdb.store.js');
  const { WindowCounters } = at('stores/window-counters.js');
  const { EncryptionKeys } = at('compat/genauth/encryption/encryption-keys.js');
  const { PasswordDecryption } = at('compat/genauth/encryption/password-decryption.js');
  (async ([path, text]) => {
    const clock = new SystemClock();
    const logger = createLogger('silent');
    const counters = new WindowCounters(clock, 1000);
    const store = LmdbStore.open({ path, clock, logger, counters });
    const keys = new EncryptionKeys({ store, clock, settings: {} });
    const answer = text
      ? await new PasswordDecryption({ keys, logger }).decrypt('sm2', text)
      : (await keys.publicKeys()).sm2.publicKey;
    await store.close();
    process.stdout.write(String(answer));
  })(process.argv.slice(1));
`;

/** Ends with an error when the process does not end by itself. */
async function answerOf(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, ['-e', program, ...args], { timeout: 25_000 });
  return stdout;
}

describe('the decryption of passwords, as it is built', () => {
  it('has one key in all processes, decrypts in its thread, and keeps no process alive', async () => {
    const path = join(temporaryFolder(), 'store');
    const published = await Promise.all([1, 2, 3].map(() => answerOf(path)));
    const [publicKey = ''] = published;
    expect(publicKey).toMatch(/^04[0-9a-f]{128}$/);
    expect(published).toEqual([publicKey, publicKey, publicKey]);
    expect(await answerOf(path, sm2.doEncrypt('contraseña', publicKey))).toBe('contraseña');
  }, 120_000);
});
