import { Client } from './support/client';
import { startGateway } from './support/gateway';
import { closeRelays, issuer, relayBench } from './support/relay-bench';
import { startUpstream } from './servers/upstream';

afterEach(closeRelays);

const good = () => ({ iss: issuer, aud: 'app', sub: '1042', exp: Math.floor(Date.now() / 1000) + 600 });

/** The header and the claims of a token besides those of a good one. */
type Kind = readonly [title: string, header: object, claims: object];

const accessTokens: readonly Kind[] = [
  ['without a type', { typ: undefined }, {}],
  ...['JWT', 'jwt', 'at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/At+Jwt'].map((typ): Kind => [
    `of the type ${typ}`,
    { typ },
    {},
  ]),
  ...['access', 'Access', 'Bearer', 'bearer'].map((kind): Kind => [
    `that says ${kind}`,
    {},
    { token_type: kind },
  ]),
  ['of a service that writes typ among the claims', {}, { typ: 'Bearer' }],
];

const others: readonly Kind[] = [
  ...['rt+jwt', 'refresh+jwt', 'logout+jwt', 'dpop+jwt', 'secevent+jwt', 'id+jwt', '', 'at+jwt '].map(
    (typ): Kind => [`of the type "${typ}"`, { typ }, {}],
  ),
  ['of a type that is null', { typ: null }, {}],
  ['of a type that is a list', { typ: ['at+jwt'] }, {}],
  ...['refresh', 'id', '', null, ['access']].map((kind): Kind => [
    `with token_type ${JSON.stringify(kind)}`,
    {},
    { token_type: kind },
  ]),
  ...['Refresh', 'ID', 'Offline', null].map((kind): Kind => [
    `with typ ${kind} among its claims`,
    {},
    { typ: kind },
  ]),
  ['that is a logout token', {}, { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }],
  ...['nonce', 'at_hash', 'c_hash'].map((name): Kind => [
    `with ${name}, as ID tokens have`,
    {},
    { [name]: 'x' },
  ]),
];

describe('a token that the service signed', () => {
  it.each(accessTokens)('lets in %s', async (_title, header, claims) => {
    const { upstream, relay } = await relayBench();
    const token = upstream.contract.signToken({ ...good(), ...claims }, header);
    expect(await relay.identify(token)).toMatchObject({ good: true, identity: { subject: 'external:1042' } });
  });

  it.each(others)('lets nobody in %s', async (_title, header, claims) => {
    const { upstream, relay } = await relayBench();
    const token = upstream.contract.signToken({ ...good(), ...claims }, header);
    const bearer = await relay.identify(token);
    expect(bearer).toMatchObject({ good: false, fault: 'invalid' });
    expect(JSON.stringify(bearer)).toContain('EXTERNAL_AUTH_TOKEN_TYPES');
  });

  it('lets in whatever it is with EXTERNAL_AUTH_TOKEN_TYPES=any', async () => {
    const { upstream, relay } = await relayBench({}, { EXTERNAL_AUTH_TOKEN_TYPES: 'any' });
    for (const [, header, claims] of others) {
      const token = upstream.contract.signToken({ ...good(), ...claims }, header);
      expect(await relay.identify(token)).toMatchObject({ good: true });
    }
  });
});

describe('the refresh token of a service whose tokens are all JWTs', () => {
  it('opens no route', async () => {
    const upstream = await startUpstream({ issuer });
    const gateway = await startGateway({
      ...{ STRATEGIES: 'external', EXTERNAL_AUTH_MODE: 'relay', EXTERNAL_AUTH_URL: upstream.url },
      ...{ JWT_ISSUER: issuer, JWT_AUDIENCE: 'app' },
    });
    const client = new Client(gateway.url);
    const expMonth = { exp: Math.floor(Date.now() / 1000) + 30 * 86_400 };
    const access = await client.me(upstream.contract.signToken(good()));
    const refresh = await client.me(
      upstream.contract.signToken({ ...good(), ...expMonth, token_type: 'refresh' }),
    );
    await gateway.stop();
    await upstream.stop();
    expect(access.status).toBe(200);
    expect([refresh.status, refresh.body['code']]).toEqual([401, 'INVALID_TOKEN']);
    expect(refresh.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });
});
