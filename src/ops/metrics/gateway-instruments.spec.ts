import type { Reading } from '../../common/instruments';
import { GatewayInstruments } from './gateway-instruments';
import type { Figure, Sample } from './measures';

let instruments: GatewayInstruments;

beforeEach(() => {
  instruments = new GatewayInstruments();
});

function figure(name: string): Figure | undefined {
  return instruments.figures().find((one) => one.name === `gatehouse_${name}`);
}

function counts(name: string): readonly Sample[] {
  const suffix = `gatehouse_${name}_count`;
  return (figure(name)?.values ?? []).filter(({ metricName }) => metricName === suffix);
}

describe('a timer', () => {
  const timer = () =>
    instruments.timer('store_operation', { operation: 'read' }, { outcomeOfError: () => 'unavailable' });

  it('gives and throws what the task does, and takes down how it ended', async () => {
    const error = new Error('away');
    expect(await timer().run(() => Promise.resolve(7))).toBe(7);
    await expect(timer().run(() => Promise.reject(error))).rejects.toBe(error);
    await timer().run(
      () => Promise.resolve(404),
      (status) => (status >= 400 ? 'refused' : 'ok'),
    );
    expect(counts('store_operation_duration_seconds').map(({ labels, value }) => [labels, value])).toEqual([
      [{ operation: 'read', outcome: 'ok' }, 1],
      [{ operation: 'read', outcome: 'unavailable' }, 1],
      [{ operation: 'read', outcome: 'refused' }, 1],
    ]);
  });
});

describe('labels', () => {
  it('never grow without bound, and lose nothing', () => {
    for (let route = 0; route < 3000; route++) {
      instruments.answered({ method: 'GET', route: `/${route}`, status: 200, durationMs: 1 });
    }
    const all = counts('http_request_duration_seconds');
    expect(all).toHaveLength(1001);
    expect(all.at(-1)).toMatchObject({
      labels: { method: 'other', route: 'other', status: 'other' },
      value: 2000,
    });
  });

  it('hold no method of a client’s own', () => {
    for (const method of ['GET', 'PROPFIND', 'UNLOCK']) {
      instruments.answered({ method, route: '(none)', status: 404, durationMs: 1 });
    }
    expect(
      counts('http_request_duration_seconds').map(({ labels, value }) => [labels['method'], value]),
    ).toEqual([
      ['GET', 1],
      ['other', 2],
    ]);
  });

  it('name 32 servers of each source, and tell the others as one', () => {
    const peers = Array.from({ length: 40 }, (_, index) => index);
    instruments.watch(() =>
      ['one', 'two'].flatMap((source) =>
        peers.flatMap((index): Reading[] => {
          const labels = { source, peer: `ldap://${index}` };
          return [
            { name: 'peer_up', labels, value: index === 39 ? 0 : 1 },
            { name: 'pool_connections', labels, value: 2 },
          ];
        }),
      ),
    );
    expect(figure('peer_up')?.values).toHaveLength(66);
    expect(figure('peer_up')?.values.at(-1)).toEqual({ labels: { source: 'two', peer: 'other' }, value: 0 });
    expect(figure('pool_connections')?.values.at(-1)?.value).toBe(16);
  });
});
