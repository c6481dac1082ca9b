import { costlyNames, costlyPassword, startCostlySlapd } from './servers/costly-slapd';
import type { Slapd } from './servers/slapd';
import { type GatewayProcess, startGatewayProcess } from './support/gateway-process';
import { loginTimes, type TimedLogin } from './support/login-times';
import { auc, type Durations, median, timingReport } from './support/timing-statistics';

/** 2,001 logins. */
const ofEachKind = 667;
const atATime = 16;
const aucBound = 0.06;
/** Of the median, where that is more: the random part of a refusal's time grows with it too. */
const medianBound = { ms: 8, share: 0.03 };

/** Every login is to try its password: without that, one of a barred account is answered without a try. */
const noLimits = { RATE_LIMIT_AUTH_MAX: '1000000', LOCKOUT_MAX_FAILURES: '0' };

let slapd: Slapd;
let gateway: GatewayProcess;

beforeAll(async () => {
  slapd = await startCostlySlapd();
}, 60_000);
afterAll(() => slapd?.remove());
afterEach(() => gateway.stop());

async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  const directory = { STRATEGIES: 'ldap', ...slapd.variables, LDAP_URL: slapd.ldapsUrl };
  gateway = await startGatewayProcess({ ...directory, ...noLimits, ...env });
}

function logins(name: (index: number) => string, contrasenia: string): () => TimedLogin {
  let index = 0;
  return () => ({ path: '/api/auth/login', body: { usuario: name(index++), contrasenia } });
}

function measure(count: number, atATime: number): Promise<ReadonlyMap<string, Durations>> {
  const kinds = new Map([
    ['unknown name', logins(costlyNames.unknown, costlyPassword)],
    ['wrong password', logins(costlyNames.known, 'wrong')],
    ['disabled, wrong password', logins(costlyNames.disabled, 'wrong')],
  ]);
  return loginTimes(gateway.url, { kinds, ofEachKind: count, atATime, status: 401 });
}

/** Every pair of kinds that can be told apart by more than the bounds. */
function toldApart(times: ReadonlyMap<string, Durations>): string[] {
  const kinds = [...times];
  return kinds.flatMap(([first, of], index) =>
    kinds.slice(index + 1).flatMap(([second, others]) => {
      const area = auc(of, others);
      const medianDifferenceMs = median(others) - median(of);
      const boundMs = Math.max(medianBound.ms, medianBound.share * median(of));
      const isFar = Math.abs(area - 0.5) > aucBound || Math.abs(medianDifferenceMs) > boundMs;
      return isFar
        ? [`${first} / ${second}: AUC ${area.toFixed(3)}, Δmedian ${medianDifferenceMs.toFixed(2)} ms`]
        : [];
    }),
  );
}

describe('the time of refused logins against a directory with costly hashes', () => {
  it('does not tell who has an account', async () => {
    await start();
    let times = await measure(ofEachKind, atATime);
    console.log(timingReport(times));
    // Chance alone puts fewer than one run in a thousand beyond the bounds, but a busy machine is no fair coin: one more set, never a third.
    if (toldApart(times).length > 0) console.log(timingReport((times = await measure(ofEachKind, atATime))));
    expect(toldApart(times)).toEqual([]);
  }, 180_000);

  it('would tell it if refusals were answered as soon as they are known', async () => {
    await start({ REFUSAL_CEILING_MS: '0' });
    const times = await measure(100, 4);
    console.log(timingReport(times));
    const [unknown = [], wrong = []] = times.values();
    expect(auc(unknown, wrong)).toBeGreaterThan(0.8);
  }, 60_000);
});
