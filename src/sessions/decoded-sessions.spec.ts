import { DecodedSessions } from './decoded-sessions';
import { decodeSession, encodeSession, keptSession, type Session } from './session';

const session: Session = {
  id: 'session-1',
  identity: { subject: 'file:1', username: 'alice', groups: [], roles: [], attributes: {}, strategy: 'file' },
  identityReadAtMs: 1,
  identityIsStale: false,
  client: { address: '127.0.0.1', userAgent: 'test' },
  createdAtMs: 1,
  lastUsedAtMs: 1,
  expiresAtMs: 2,
  absoluteEndMs: 3,
  chain: { generation: 1, branch: 0, parentBranch: 0, rotatedAtMs: 1 },
};

describe('DecodedSessions', () => {
  it('decodes a record that reads the same only once', () => {
    const decoded = new DecodedSessions();
    const first = decoded.decode('session-1', encodeSession(session));
    expect(first).toEqual(session);
    expect(decoded.decode('session-1', encodeSession(session))).toBe(first);
    expect(decoded.lastOf('session-1')).toBe(first);
  });

  it('gives what the record says now, whatever it said before', () => {
    const decoded = new DecodedSessions();
    decoded.decode('session-1', encodeSession(session));
    const moved = { ...session, lastUsedAtMs: 2 };
    expect(decoded.decode('session-1', encodeSession(moved))?.lastUsedAtMs).toBe(2);
    expect(decoded.decode('session-1', encodeSession(session))?.lastUsedAtMs).toBe(1);
  });

  it('takes what was written for what it will read', () => {
    const decoded = new DecodedSessions();
    const kept = keptSession(session);
    decoded.wrote(kept);
    expect(decoded.decode('session-1', kept.text)).toBe(kept.session);
    expect(decodeSession(kept.text)).toEqual(kept.session);
  });

  it('takes a record that was too large for what is left of it', () => {
    const identity = { ...session.identity, attributes: { photo: ['x'.repeat(2 * 1024 * 1024)] } };
    const kept = keptSession({ ...session, identity });
    expect(kept.session.identity.attributes).toEqual({});
    expect(decodeSession(kept.text)).toEqual(kept.session);
  });

  it('shares nothing that somebody could change for all others', () => {
    const decoded = new DecodedSessions();
    const identity = { ...session.identity, roles: ['reader'], attributes: { mail: ['alice@example.org'] } };
    const text = encodeSession({ ...session, identity });
    const read = decoded.decode('session-1', text);
    expect(() => Reflect.apply(Array.prototype.push, read?.identity.roles, ['admin'])).toThrow(TypeError);
    expect(() => Reflect.apply(Array.prototype.push, read?.identity.attributes['mail'], ['x'])).toThrow();
    expect(decoded.decode('session-1', text)?.identity).toEqual(identity);
    // A refresh gives a session whose person came out of the record, and whose chain did not.
    const moved = keptSession({
      ...session,
      identity: read?.identity ?? identity,
      chain: { ...session.chain },
    });
    decoded.wrote(moved);
    expect(Object.isFrozen(moved.session) && Object.isFrozen(moved.session.chain)).toBe(true);
  });

  it('remembers nothing of a record that is no session', () => {
    const decoded = new DecodedSessions();
    expect(decoded.decode('session-1', '{"id":"session-1"}')).toBeUndefined();
    expect(decoded.lastOf('session-1')).toBeUndefined();
  });
});

describe('the record of a session', () => {
  it('says the same of somebody who cannot change, the first time and later', () => {
    const decoded = new DecodedSessions();
    const first = decoded.decode('session-1', encodeSession(session));
    if (!first) throw new Error('no session');
    for (const lastUsedAtMs of [5, 6]) {
      const moved = { ...first, lastUsedAtMs };
      expect(decodeSession(encodeSession(moved))).toEqual({ ...session, lastUsedAtMs });
    }
  });
});
