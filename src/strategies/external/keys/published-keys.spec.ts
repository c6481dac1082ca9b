import { answer, failureOf, jwkOf, KeyPairs, refusal } from '../../../../test/support/keys-bench';
import { systemErrorCode } from '../../../common/system-error';
import type { UpstreamAnswer } from '../upstream/upstream-call';

let pairs: KeyPairs;

beforeAll(async () => {
  pairs = await KeyPairs.make();
});

describe('the published keys', () => {
  it('are read once for many, and again when they are old', async () => {
    const { keys, service, clock } = await pairs.bench();
    const good = await pairs.token();
    const outcomes = await Promise.all([keys.verify(good), keys.verify(good), keys.verify(good)]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['verified', 'verified', 'verified']);
    clock.advance(599_000);
    await keys.verify(good);
    expect(service.calls).toBe(1);
    clock.advance(1000);
    await keys.verify(good);
    expect(service.calls).toBe(2);
  });

  it('are read again when the clock was set back', async () => {
    const { keys, service, clock } = await pairs.bench();
    await keys.verify(await pairs.token());
    clock.advance(-3_600_000);
    await keys.verify(await pairs.token());
    expect(service.calls).toBe(2);
  });

  it('are read anew for an unknown key, and the rotated one is good at once for all', async () => {
    const { keys, service } = await pairs.bench();
    await keys.verify(await pairs.token());
    service.keys = [await jwkOf(pairs.first), await jwkOf(pairs.second, { kid: 'two' })];
    const rotated = await pairs.token({ pair: pairs.second, header: { kid: 'two' } });
    const outcomes = await Promise.all([keys.verify(rotated), keys.verify(rotated)]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['verified', 'verified']);
    expect(service.calls).toBe(2);
  });

  it('are read for forged keys once in 30 s at most', async () => {
    const { keys, service, clock } = await pairs.bench();
    await keys.verify(await pairs.token());
    for (let each = 0; each < 20; each++) {
      const forged = await pairs.token({ pair: pairs.second, header: { kid: `forged-${each}` } });
      expect(await keys.verify(forged)).toEqual(refusal('invalid', '`kid`'));
    }
    expect(service.calls).toBe(2);
    clock.advance(30_000);
    await keys.verify(await pairs.token({ pair: pairs.second, header: { kid: 'forged' } }));
    expect(service.calls).toBe(3);
  });

  it('are read anew for a bad signature, because a service may have a new key of the old name', async () => {
    const { keys, service, clock } = await pairs.bench();
    await keys.verify(await pairs.token());
    service.keys = [await jwkOf(pairs.second)];
    clock.advance(1000);
    const fresh = await pairs.token({ pair: pairs.second });
    const outcomes = await Promise.all([keys.verify(fresh), keys.verify(fresh)]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['verified', 'verified']);
    expect(service.calls).toBe(2);
    for (let each = 0; each < 5; each++) {
      expect(await keys.verify(await pairs.token())).toEqual(refusal('invalid', 'signature'));
      await keys.verify(await pairs.token({ header: { kid: `forged-${each}` } }));
    }
    expect(service.calls).toBe(2);
    clock.advance(30_000);
    service.down();
    expect(await keys.verify(await pairs.token())).toEqual(refusal('invalid', 'signature'));
    expect(service.calls).toBe(3);
  });

  it('are read at once for a token from the service, whatever strangers have sent', async () => {
    const { keys, service } = await pairs.bench();
    await keys.verify(await pairs.token());
    await keys.verify(await pairs.token({ pair: pairs.second, header: { kid: 'forged' } }));
    service.keys = [await jwkOf(pairs.second, { kid: 'two' })];
    const rotated = await pairs.token({ pair: pairs.second, header: { kid: 'two' } });
    expect((await keys.verify(rotated)).kind).toBe('refused');
    expect((await keys.verify(rotated, { fromService: true })).kind).toBe('verified');
    expect((await keys.verify(rotated)).kind).toBe('verified');
    expect(service.calls).toBe(3);
  });

  it('are read for tokens from the service once in 1 s at most', async () => {
    const { keys, service, clock } = await pairs.bench();
    await keys.verify(await pairs.token());
    clock.advance(1000);
    const unknown = await pairs.token({ pair: pairs.second, header: { kid: 'two' } });
    const otherKey = await pairs.token({ pair: pairs.second });
    for (let each = 0; each < 5; each++) {
      expect((await keys.verify(unknown, { fromService: true })).kind).toBe('refused');
      expect((await keys.verify(otherKey, { fromService: true })).kind).toBe('refused');
    }
    expect(service.calls).toBe(2);
    clock.advance(1000);
    await keys.verify(unknown, { fromService: true });
    expect(service.calls).toBe(3);
  });

  it('are read once, not twice, when the very pairs.first token is forged', async () => {
    const { keys, service } = await pairs.bench();
    const forged = await pairs.token({ pair: pairs.second, header: { kid: 'forged' } });
    await keys.verify(forged);
    await keys.verify(forged);
    expect(service.calls).toBe(1);
  });

  it('no longer hold a key that the service took back', async () => {
    const { keys, service, clock } = await pairs.bench();
    await keys.verify(await pairs.token());
    service.keys = [await jwkOf(pairs.second, { kid: 'two' })];
    clock.advance(600_000);
    expect(await keys.verify(await pairs.token())).toEqual(refusal('invalid', '`kid`'));
  });
});

describe('an outage of the service', () => {
  it('is a failure when no key is known, and is not hammered', async () => {
    const { keys, service, clock } = await pairs.bench();
    service.down();
    const good = await pairs.token();
    await Promise.all([failureOf(keys.verify(good)), failureOf(keys.verify(good))]);
    expect((await failureOf(keys.verify(good))).message).toContain('refused');
    expect(service.calls).toBe(1);
    service.up();
    clock.advance(5000);
    expect((await keys.verify(good)).kind).toBe('verified');
    expect(service.calls).toBe(2);
  });

  it('makes nobody wait but who looks whether it is over', async () => {
    const { keys, service, clock } = await pairs.bench();
    service.down();
    const good = await pairs.token();
    await failureOf(keys.verify(good));
    clock.advance(5000);
    let answerIt: (reply: UpstreamAnswer) => void = () => undefined;
    service.reply = () => new Promise((resolve) => (answerIt = resolve));
    const looking = keys.verify(good);
    for (let each = 0; each < 3; each++) await failureOf(keys.verify(good));
    answerIt(answer(200, { keys: service.keys }));
    expect((await looking).kind).toBe('verified');
    expect((await keys.verify(good)).kind).toBe('verified');
    expect(service.calls).toBe(2);
  });

  it('is bridged by known keys for an hour past their age', async () => {
    const { keys, service, clock } = await pairs.bench();
    const good = await pairs.token();
    await keys.verify(good);
    service.down();
    clock.advance(600_000 + 3_599_000);
    expect((await keys.verify(good)).kind).toBe('verified');
    clock.advance(1000);
    await failureOf(keys.verify(good));
  });

  it('makes only the pairs.first verification wait', async () => {
    const { keys, service, clock } = await pairs.bench();
    const good = await pairs.token();
    await keys.verify(good);
    service.down();
    clock.advance(600_000);
    await keys.verify(good);
    service.reply = () => new Promise(() => undefined);
    clock.advance(5000);
    for (let each = 0; each < 3; each++) expect((await keys.verify(good)).kind).toBe('verified');
    expect(service.calls).toBe(3);
  });

  it('that is long over makes no old key count', async () => {
    const { keys, service, clock } = await pairs.bench();
    const old = await pairs.token();
    await keys.verify(old);
    service.down();
    await failureOf(keys.verify(await pairs.token({ pair: pairs.second, header: { kid: 'two' } })));
    service.keys = [await jwkOf(pairs.second, { kid: 'two' })];
    service.up();
    clock.advance(600_000);
    expect(await keys.verify(old)).toEqual(refusal('invalid', '`kid`'));
  });

  it('is no proof that an unknown key is forged', async () => {
    const { keys, service, clock } = await pairs.bench();
    await keys.verify(await pairs.token());
    service.down();
    const rotated = await pairs.token({ pair: pairs.second, header: { kid: 'two' } });
    await failureOf(keys.verify(rotated));
    await failureOf(keys.verify(rotated));
    expect(service.calls).toBe(2);
    expect((await keys.verify(await pairs.token())).kind).toBe('verified');
    service.keys = [await jwkOf(pairs.second, { kid: 'two' })];
    service.up();
    clock.advance(30_000);
    expect((await keys.verify(rotated)).kind).toBe('verified');
  });
});

it('verifies with a known key without any call, and imports the key once', async () => {
  const { keys, service } = await pairs.bench();
  const good = await pairs.token();
  const importKey = jest.spyOn(crypto.subtle, 'importKey');
  for (let each = 0; each < 50; each++) await keys.verify(good);
  expect(service.calls).toBe(1);
  expect(importKey).toHaveBeenCalledTimes(1);
  importKey.mockRestore();
});

it('passes on a fault of our own', async () => {
  const { keys, service } = await pairs.bench();
  service.reply = () => Promise.reject(Object.assign(new Error('bug'), { code: 'BUG' }));
  const outcome: unknown = await keys.verify(await pairs.token()).catch((error: unknown) => error);
  expect(systemErrorCode(outcome)).toBe('BUG');
});
