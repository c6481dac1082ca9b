import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import type { AuditEvent } from '../common/audit-trail';
import { auditLine } from './audit-line';
import { AuditNames, type AuditNamesMode } from './audit-names';

const key = createSecretKey(Buffer.alloc(32, 1));
const base = {
  event: 'login',
  outcome: 'success',
  door: 'native',
  requestId: 'r',
  address: '192.0.2.1',
} as const;

function lineOf(event: AuditEvent, mode: AuditNamesMode = 'plain'): string {
  return auditLine(event, { nowMs: 0, names: new AuditNames(mode, key) });
}

describe('a line', () => {
  it('is one line of JSON that shows nothing but what it is, whatever the texts are', () => {
    const text = fc.string({ unit: 'binary', maxLength: 600 });
    fc.assert(
      fc.property(text, text, (username, reason) => {
        const line = lineOf({ ...base, username, reason });
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028-\u202e\u2060-\u206f\ufeff]/u);
        expect(JSON.parse(line)).toMatchObject({
          schema: 1,
          username: cut(username, 256),
          reason: cut(reason, 512),
        });
      }),
    );
  });

  it('is bounded', () => {
    const long = '\u202e'.repeat(100_000);
    const people = { username: long, subject: long, actor: long, requestId: long, reason: long };
    const line = lineOf({ ...base, ...people, clientData: { long } });
    expect(Buffer.byteLength(line)).toBeLessThan(16 * 1024);
    expect(JSON.parse(line)).toMatchObject({
      time: '1970-01-01T00:00:00.000Z',
      clientData: { omitted: ['long'] },
    });
  });

  it('has no address where there was no request', () => {
    expect(JSON.parse(lineOf({ ...base, address: '' }))).not.toHaveProperty('address');
  });

  it('shows no person with hashed names, neither in the reason nor in what a client said', () => {
    const people = { username: 'alice', subject: 'ldap:1f', actor: 'ldap:1f' };
    const said = { reason: 'ldap:1f is alice', clientData: { who: 'alice' } };
    const line = lineOf({ ...base, ...people, ...said }, 'hashed');
    expect(line).not.toMatch(/alice|1f is/);
    const { subjectHash, actorHash, usernameHash } = JSON.parse(line) as Record<string, unknown>;
    expect(actorHash).toBe(subjectHash);
    expect(usernameHash).not.toBe(subjectHash);
  });
});

describe('known names', () => {
  it('are in clear from the moment that a source vouches for them', () => {
    const names = new AuditNames('known', key);
    const about = (event: Partial<AuditEvent>) => names.of({ ...base, username: 'alice', ...event });
    const refused = about({ outcome: 'refused' });
    expect(refused).toEqual({ usernameHash: names.hash('username', 'alice') });
    expect(about({ event: 'session_end' })).toEqual(refused);
    expect(about({})).toEqual({ ...refused, username: 'alice' });
    expect(about({ outcome: 'refused' })).toEqual({ ...refused, username: 'alice' });
    expect(names.of({ ...base, outcome: 'refused', username: 'hunter2' }).username).toBeUndefined();
    expect(names.of({ ...base, outcome: 'refused', username: 'carol', nameIsKnown: true }).username).toBe(
      'carol',
    );
  });

  it('are ten thousand at least, and a name that is used stays; others are forgotten', () => {
    const names = new AuditNames('known', key);
    const clear = (username: string) => names.of({ ...base, outcome: 'refused', username }).username;
    for (let count = 0; count < 10_000; count++) names.of({ ...base, username: `u${count}` });
    expect(clear('u0')).toBe('u0');
    for (let count = 10_000; count < 30_000; count++) {
      names.of({ ...base, username: `u${count}` });
      if (count % 5000 === 0) expect(clear('u0')).toBe('u0');
    }
    expect(clear('u1')).toBeUndefined();
    expect(clear('u29999')).toBe('u29999');
  });
});

function cut(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
