import { FakeClock } from '../../../test/support/fake-clock';
import { createLogger } from '../../common/logger';
import { HostLookup, type NameSources } from '../../strategies/outbound/host-lookup';
import { AllowedDevices } from './allowed-devices';

function hostsThatAsk(dns: NameSources['dns'], system: NameSources['system'] = () => dns('', 0)): HostLookup {
  return new HostLookup({ hostsFile: () => Promise.resolve(''), dns, system });
}

describe('AllowedDevices', () => {
  let clock: FakeClock;
  let asked: string[];
  let logged: string[];
  let addresses: Record<string, readonly string[]>;

  beforeEach(() => {
    clock = new FakeClock();
    asked = [];
    logged = [];
    addresses = {};
  });

  function devices(prefixes: readonly string[], names: readonly string[] = []): AllowedDevices {
    return new AllowedDevices({
      settings: { DJANGO_ALLOWED_IP_PREFIXES: prefixes, DJANGO_ALLOWED_HOSTNAMES: names },
      hosts: {
        addresses: (name) => {
          asked.push(name);
          const found = addresses[name];
          return found ? Promise.resolve(found) : Promise.reject(new Error('its host name is unknown'));
        },
      },
      clock,
      logger: createLogger('trace', { write: (line: string) => void logged.push(line) }),
    });
  }

  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  function over(hosts: HostLookup): AllowedDevices {
    const settings = { DJANGO_ALLOWED_IP_PREFIXES: [], DJANGO_ALLOWED_HOSTNAMES: ['office.example.org'] };
    const logger = createLogger('trace', { write: (line: string) => void logged.push(line) });
    return new AllowedDevices({ settings, hosts, clock, logger });
  }

  it('restrict nothing without an entry', () => {
    expect(devices([]).isRestricted).toBe(false);
    expect(devices(['10.']).isRestricted).toBe(true);
    expect(devices([], ['office.example.org']).isRestricted).toBe(true);
  });

  it.each([
    ['10.20.', '10.20.1.1', true],
    ['10.20.', '10.200.1.1', false],
    ['10.1', '10.100.0.1', true],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.30', false],
    ['2001:DB8:', '2001:db8::1', true],
    ['2001:db8:', '2001:db80::1', false],
    ['20.', '10.20.1.1', false],
    ['2001:0db8:', '2001:db8::1', true],
    ['2001:db8::1', '2001:db8::1', true],
    ['2001:db8::1', '2001:db8::10', false],
  ])('hold for the beginning %s of %s: %s', async (prefix, address, isIncluded) => {
    expect(await devices([prefix]).include(address)).toBe(isIncluded);
  });

  it('hold for the addresses of a name, of which nobody is asked for an address that begins well', async () => {
    addresses['office.example.org'] = ['192.0.2.7', '2001:0db8::7'];
    const allowed = devices(['10.'], ['office.example.org']);
    expect(await allowed.include('10.1.1.1')).toBe(true);
    expect(asked).toEqual([]);
    expect(await allowed.include('192.0.2.7')).toBe(true);
    expect(await allowed.include('2001:db8::7')).toBe(true);
    expect(await allowed.include('192.0.2.8')).toBe(false);
    addresses['office.example.org'] = ['192.0.2.8'];
    expect(await allowed.include('192.0.2.8')).toBe(true);
  });

  it('do not go on with the addresses that a name once had', async () => {
    let now = performance.now();
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    const pass = (ms: number): void => {
      now += ms;
      clock.advance(ms);
    };
    let answer = (): Promise<readonly string[]> => Promise.resolve(['192.0.2.7']);
    const allowed = over(hostsThatAsk(() => answer()));
    expect(await allowed.include('192.0.2.7')).toBe(true);
    answer = () => Promise.reject(Object.assign(new Error('no answer'), { code: 'ETIMEOUT' }));
    pass(31_000);
    expect(await allowed.include('192.0.2.7')).toBe(true);
    for (let later = 0; later < 4; later++) {
      pass(30_001);
      expect(await allowed.include('192.0.2.7')).toBe(false);
    }
    answer = () => Promise.resolve(['192.0.2.8']);
    pass(30_001);
    expect([await allowed.include('192.0.2.7'), await allowed.include('192.0.2.8')]).toEqual([false, true]);
  });

  it('wait 2 s for a look-up that hangs, together, and then not for 30 s', async () => {
    const system = jest.fn(() => new Promise<never>(() => undefined));
    const allowed = over(
      hostsThatAsk(() => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })), system),
    );
    jest.useFakeTimers({ now: clock.nowMs() });
    const first = allowed.include('192.0.2.9');
    await jest.advanceTimersByTimeAsync(1_500);
    const second = allowed.include('192.0.2.9');
    await jest.advanceTimersByTimeAsync(500);
    expect([await first, await second, await allowed.include('192.0.2.9')]).toEqual([false, false, false]);
    expect([system.mock.calls.length, logged.length]).toEqual([1, 1]);
    expect(logged[0]).toContain('did not answer within 2000 ms');
  });

  it('do not include anybody for a name that is not known, and ask and warn once in 30 s', async () => {
    addresses['good.example.org'] = ['192.0.2.7'];
    const allowed = devices([], ['bad.example.org', 'good.example.org']);
    const answers = await Promise.all([allowed.include('192.0.2.7'), allowed.include('192.0.2.9')]);
    expect(answers).toEqual([true, false]);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toContain('bad.example.org');
    asked = [];
    clock.advance(29_999);
    await allowed.include('192.0.2.9');
    expect(asked).toEqual(['good.example.org']);
    clock.advance(1);
    addresses['bad.example.org'] = ['192.0.2.9'];
    expect(await allowed.include('192.0.2.9')).toBe(true);
  });
});
