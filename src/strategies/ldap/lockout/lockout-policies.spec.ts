import { FakeClock } from '../../../../test/support/fake-clock';
import { createLogger } from '../../../common/logger';
import { StrategyUnavailable } from '../../credential-strategy';
import { Deadline } from '../../outbound/deadline';
import type { SearchRequest } from '../connection/search-request';
import { DirectoryEntry } from '../entry/directory-entry';
import { LockoutPolicies } from './lockout-policies';

const domain = 'dc=example,dc=org';
const ownDn = `cn=strict,${domain}`;
const rootDse = new DirectoryEntry('', { supportedCapabilities: ['1.2.840.113556.1.4.800'] });
const domainEntry = new DirectoryEntry(domain, {
  lockoutThreshold: ['10'],
  lockOutObservationWindow: ['-18000000000'],
});
const ownEntry = new DirectoryEntry(ownDn, {
  'msDS-LockoutThreshold': ['7'],
  'msDS-LockoutObservationWindow': ['-18000000000'],
});

/** An Active Directory that can be away, whole or for one DN. */
class Domain {
  away: (dn: string) => boolean = () => false;

  search({ baseDn }: SearchRequest): Promise<DirectoryEntry[]> {
    if (this.away(baseDn)) return Promise.reject(new StrategyUnavailable('ldap', 'down'));
    const entries = [rootDse, domainEntry, ownEntry];
    return Promise.resolve(entries.filter(({ dn }) => dn === baseDn));
  }
}

function policiesOf(reader: Domain, times = { freshMs: 0, retryMs: 0 }): LockoutPolicies {
  return new LockoutPolicies({
    ...{ strategy: 'ldap', reader, peopleDn: domain, preset: undefined, timeoutMs: 5000 },
    ...{ clock: new FakeClock(), logger: createLogger('silent'), times },
  });
}

const deadline = () => Deadline.in(60_000);
const person = new DirectoryEntry(`cn=a,${domain}`, { 'msDS-ResultantPSO': [ownDn] });

describe('LockoutPolicies', () => {
  it('take a directory that has not answered yet to lock early, and go by its word once it has', async () => {
    const reader = new Domain();
    reader.away = () => true;
    const policies = policiesOf(reader);
    expect(await policies.forAnybody(deadline())).toEqual({ failures: 3, windowSeconds: 1800 });
    expect(await policies.forEntry(person, deadline())).toEqual({ failures: 3, windowSeconds: 1800 });
    reader.away = () => false;
    expect(await policies.forAnybody(deadline())).toEqual({ failures: 10, windowSeconds: 1800 });
    expect(await policies.forEntry(person, deadline())).toEqual({ failures: 7, windowSeconds: 1800 });
  });

  it('go on by what they know while the directory gives no answer', async () => {
    const reader = new Domain();
    const policies = policiesOf(reader);
    await policies.forAnybody(deadline());
    await policies.forEntry(person, deadline());
    reader.away = () => true;
    for (let n = 0; n < 3; n++) {
      expect(await policies.forAnybody(deadline())).toMatchObject({ failures: 10 });
      expect(await policies.forEntry(person, deadline())).toMatchObject({ failures: 7 });
    }
  });

  it('do not take the domain’s policy for that of somebody whose own one has not been read yet', async () => {
    const reader = new Domain();
    reader.away = (dn) => dn === ownDn;
    const policies = policiesOf(reader);
    expect(await policies.forAnybody(deadline())).toMatchObject({ failures: 10 });
    expect(await policies.forEntry(person, deadline())).toMatchObject({ failures: 3 });
  });

  it('leave a directory alone that shows no policy', async () => {
    const policies = policiesOf(new Domain());
    const hidden = new DirectoryEntry(`cn=b,${domain}`, { 'msDS-ResultantPSO': [`cn=hidden,${domain}`] });
    expect(await policies.forEntry(hidden, deadline())).toMatchObject({ failures: 10 });
  });
});
