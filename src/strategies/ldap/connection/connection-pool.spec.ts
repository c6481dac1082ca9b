import { ConnectionPool, PoolFull, PoolTimeout, type PoolOptions } from './connection-pool';
import { Deadline } from '../../outbound/deadline';

class FakeConnection {
  isAlive = true;
  wasClosed = false;

  constructor(readonly id: number) {}

  close(): void {
    this.isAlive = false;
    this.wasClosed = true;
  }
}

/** A task that runs until it is told to end. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => undefined as void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

let made: FakeConnection[];
beforeEach(() => {
  made = [];
});

function pool(options: Partial<PoolOptions<FakeConnection>> = {}): ConnectionPool<FakeConnection> {
  const open = () => {
    const connection = new FakeConnection(made.length);
    made.push(connection);
    return Promise.resolve(connection);
  };
  const isFit = () => Promise.resolve(true);
  return new ConnectionPool({ maxConnections: 2, maxWaiting: 2, maxIdleMs: 60_000, open, isFit, ...options });
}

const soon = () => Deadline.in(1000);
const idOf = ({ id }: FakeConnection) => Promise.resolve(id);

describe('ConnectionPool', () => {
  it('lends what it has before it opens another', async () => {
    const connections = pool();
    expect(await connections.lend(soon(), idOf)).toBe(0);
    expect(await connections.lend(soon(), idOf)).toBe(0);
    expect(made).toHaveLength(1);
  });

  it('lends each connection to one task at a time, and no more than it may', async () => {
    const connections = pool();
    const users = new Map<number, number>();
    const work = async ({ id }: FakeConnection) => {
      users.set(id, (users.get(id) ?? 0) + 1);
      expect(users.get(id)).toBe(1);
      await new Promise(setImmediate);
      users.set(id, 0);
    };
    await Promise.all([1, 2, 3, 4].map(() => connections.lend(soon(), work)));
    expect(made).toHaveLength(2);
  });

  it('refuses at once when as many wait as may', async () => {
    const connections = pool();
    const { opened, open } = gate();
    const four = [1, 2, 3, 4].map(() => connections.lend(soon(), () => opened));
    await expect(connections.lend(soon(), idOf)).rejects.toThrow(PoolFull);
    expect(connections.waitingCount).toBe(2);
    open();
    await Promise.all(four);
  });

  it('serves those who wait in their order', async () => {
    const connections = pool({ maxConnections: 1, maxWaiting: 5 });
    const served: number[] = [];
    await Promise.all(
      [1, 2, 3, 4].map((turn) => connections.lend(soon(), () => Promise.resolve(served.push(turn)))),
    );
    expect(served).toEqual([1, 2, 3, 4]);
  });

  it('lets nobody wait beyond the deadline, and loses no place by it', async () => {
    const connections = pool({ maxConnections: 1 });
    const { opened, open } = gate();
    const first = connections.lend(soon(), () => opened);
    await expect(connections.lend(Deadline.in(10), idOf)).rejects.toThrow(PoolTimeout);
    open();
    await first;
    expect(await connections.lend(soon(), idOf)).toBe(0);
  });

  it.each(['the task fails', 'the connection cannot be opened'])(
    'has its place back when %s',
    async (what) => {
      let fails = true;
      const connections = pool({
        maxConnections: 1,
        ...(what.startsWith('the connection') && {
          open: () => (fails ? Promise.reject(new Error('down')) : Promise.resolve(new FakeConnection(7))),
        }),
      });
      const failing = () => (fails ? Promise.reject(new Error('down')) : Promise.resolve());
      await expect(connections.lend(soon(), failing)).rejects.toThrow('down');
      fails = false;
      await connections.lend(soon(), failing);
    },
  );

  it('keeps no dead connection', async () => {
    const connections = pool();
    await connections.lend(soon(), (connection) => Promise.resolve(connection.close()));
    expect(connections.size).toBe(0);
    expect(await connections.lend(soon(), idOf)).toBe(1);
  });

  it('throws away what died or grew too old while it was idle', async () => {
    const connections = pool({ maxIdleMs: 20 });
    await connections.lend(soon(), idOf);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(made[0]?.wasClosed).toBe(true);
    expect(connections.size).toBe(0);
  });

  it('opens a fresh one when an idle one is not fit, and closes those that were idle for longer', async () => {
    const connections = pool({ isFit: () => Promise.resolve(false) });
    await Promise.all([
      connections.lend(soon(), () => new Promise(setImmediate)),
      connections.lend(soon(), idOf),
    ]);
    expect(connections.size).toBe(2);
    expect(await connections.lend(soon(), idOf)).toBe(2);
    expect(made.map(({ wasClosed }) => wasClosed)).toEqual([true, true, false]);
  });

  it('opens a fresh one on demand, without having more than it may', async () => {
    const connections = pool({ maxConnections: 1 });
    await connections.lend(soon(), idOf);
    expect(await connections.lend(soon(), idOf, { fresh: true })).toBe(1);
    expect(made[0]?.wasClosed).toBe(true);
    expect(connections.size).toBe(1);
  });

  it('turns away all who wait when the server is given up', async () => {
    const connections = pool({ maxConnections: 1 });
    const { opened, open } = gate();
    const first = connections.lend(soon(), () => opened);
    const waiting = connections.lend(soon(), idOf);
    connections.giveUp(new Error('the server is down'));
    await expect(waiting).rejects.toThrow('the server is down');
    open();
    await first;
    expect(await connections.lend(soon(), idOf)).toBe(0);
  });

  it('closes everything at the end, what is lent and what is just being opened as well', async () => {
    let finish: (connection: FakeConnection) => void = () => undefined;
    const late = new FakeConnection(9);
    const slow = pool({ open: () => new Promise((resolve) => (finish = resolve)) });
    const opening = slow.lend(soon(), idOf);
    await new Promise(setImmediate);
    slow.close(new Error('closing'));
    finish(late);
    await expect(opening).rejects.toThrow('closed');
    expect(late.wasClosed).toBe(true);

    const connections = pool();
    const { opened, open } = gate();
    const lent = connections.lend(soon(), () => opened);
    await new Promise(setImmediate);
    connections.close(new Error('closing'));
    expect(made[0]?.wasClosed).toBe(true);
    open();
    await lent;
    await expect(connections.lend(soon(), idOf)).rejects.toThrow('closed');
  });
});
