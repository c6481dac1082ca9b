import { RawServer } from '../../test/servers/raw-server';
import { eventually } from '../../test/support/ldap-logins';
import { createLogger } from '../common/logger';
import { loadSettings } from '../config/load-settings';
import { FailoverWatch, type NewPrimary } from './failover-watch';
import { usesRedis } from './redis-options';

const event = 'main 127.0.0.1 1 127.0.0.1 2';
const subscribed = '*3\r\n$9\r\nsubscribe\r\n$14\r\n+switch-master\r\n:1\r\n';
const switched = `*3\r\n$7\r\nmessage\r\n$14\r\n+switch-master\r\n$${event.length}\r\n${event}\r\n`;
const refusals = {
  auth: '-WRONGPASS invalid username-password pair\r\n',
  subscribe: '-NOAUTH Authentication required.\r\n',
};

/** A Sentinel that takes the password `second` alone. */
async function startSentinel(): Promise<RawServer> {
  return RawServer.start((socket) => {
    const said = sentinel.received.at(-1) ?? '';
    const command = said.includes('subscribe') ? 'subscribe' : 'auth';
    if (!said.includes('second')) socket.write(refusals[command]);
    else socket.write(command === 'auth' ? '+OK\r\n' : subscribed + switched);
  });
}

let sentinel: RawServer;
let watch: FailoverWatch | undefined;

afterEach(async () => {
  watch?.close();
  await sentinel.stop();
});

describe('the watch for a new primary', () => {
  it.each([
    ['a wrong password', 'first', 'WRONGPASS'],
    ['none', undefined, 'NOAUTH'],
  ])(
    'that is refused for %s says so once, and takes an exchanged one',
    async (_case, before, code) => {
      sentinel = await startSentinel();
      const { settings } = loadSettings({
        REDIS_URL: `redis://127.0.0.1:${sentinel.port}`,
        REDIS_MODE: 'sentinel',
        REDIS_SENTINEL_MASTER: 'main',
      });
      let password = before;
      const followed = {
        ...settings,
        get REDIS_SENTINEL_PASSWORD() {
          return password;
        },
      };
      if (!usesRedis(followed)) throw new Error('there is no Redis');
      const lines: string[] = [];
      const primaries: NewPrimary[] = [];
      watch = new FailoverWatch({
        settings: followed,
        logger: createLogger('info', { write: (line) => void lines.push(line) }),
        take: (primary) => void primaries.push(primary),
      });
      await eventually(() => sentinel.connections >= 2, 30_000);
      password = 'second';
      await eventually(() => primaries.length > 0, 30_000);
      expect(primaries[0]).toEqual({ host: '127.0.0.1', port: 2 });
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(new RegExp(`${code}.*does not tell us`));
      expect(lines[0]).not.toContain('first');
    },
    90_000,
  );
});
