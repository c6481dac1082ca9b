import { accessTokenOf } from './presented-tokens';
import type { AccessWay } from './access-ways.decorator';

const jwt = 'eyJh.eyJz.c2ln';

interface Sent {
  readonly authorization?: string;
  readonly query?: unknown;
  readonly body?: unknown;
}

function tokenOf({ authorization, query, body }: Sent, ...ways: readonly AccessWay[]): string | undefined {
  return accessTokenOf({ headers: { authorization }, query, body }, ways);
}

describe('the ways in which an access token comes', () => {
  it.each(['Bearer t', 'bearer t', 'BEARER   t'])('always by %s', (authorization) => {
    expect(tokenOf({ authorization })).toBe('t');
  });

  it.each([
    ['raw', { authorization: jwt }, jwt],
    ['query', { query: { access_token: 't' } }, 't'],
    ['body', { body: { access_token: 't' } }, 't'],
  ] as const)('%s only where the route says so', (way, sent, token) => {
    expect(tokenOf(sent, way)).toBe(token);
    const others = (['raw', 'query', 'body', 'session-cookie'] as const).filter((other) => other !== way);
    expect(tokenOf(sent, ...others)).toBeUndefined();
  });

  it('in the header before the body before the query', () => {
    const sent = { body: { access_token: 'b' }, query: { access_token: 'q' } };
    expect(tokenOf({ ...sent, authorization: 'Bearer h' }, 'query', 'body')).toBe('h');
    expect(tokenOf(sent, 'query', 'body')).toBe('b');
  });

  it.each([
    [{ authorization: 'Basic abc' }],
    [{ authorization: 'Bearer' }],
    [{ authorization: 'Bearer a b' }],
    [{ authorization: 'eyJh.eyJz' }],
    [{ query: { access_token: ['a', 'b'] } }],
    [{ query: { access_token: '' } }],
    [{ body: 'access_token=t' }],
    [{ body: { access_token: 'x'.repeat(16 * 1024 + 1) } }],
  ])('never by %j', (sent: Sent) => {
    expect(tokenOf(sent, 'raw', 'query', 'body')).toBeUndefined();
  });
});
