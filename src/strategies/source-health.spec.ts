import { CredentialStrategy, type Verdict } from './credential-strategy';
import { healthOf, type PeerHealth } from './source-health';

class Source extends CredentialStrategy {
  readonly name = 'ldap';

  constructor(readonly health?: () => readonly PeerHealth[]) {
    super();
  }

  authenticate(): Promise<Verdict> {
    return Promise.resolve({ accepted: false, reason: 'invalid_credentials' });
  }
}

const peer = (isUp: boolean): PeerHealth => ({ address: 'ldap://127.0.0.1', isUp });

it.each([
  ['up', [true, true]],
  ['degraded', [true, false]],
  ['down', [false, false]],
  ['unknown', []],
] as const)('is %s with servers that are up: %j', (status, servers) => {
  const peers = servers.map(peer);
  expect(healthOf(new Source(() => peers))).toEqual({ strategy: 'ldap', status, peers });
});

it('is unknown of a source that cannot tell', () => {
  expect(healthOf(new Source())).toEqual({ strategy: 'ldap', status: 'unknown', peers: [] });
});
