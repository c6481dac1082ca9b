const { cpuProfile } = require('./profiles.fixture');
const { selfBy, stacksOf } = require('./stacks');

const start = '(anonymous) node:internal/main/run_main_module';
const login = 'login file:///srv/gate/dist/auth/login.js';
const send = 'send file:///srv/gate/node_modules/fastify/lib/reply.js';
const byModule = (tree) => selfBy(tree, ({ module }) => module);

/** Whether each frame has as much as what it has itself and its callees together. */
function addsUp({ self, total, children }) {
  const below = children.reduce((sum, child) => sum + child.total, 0);
  return Math.abs(self + below - total) < 1e-6 && children.every(addsUp);
}

it('adds up: a frame has its own time and that of what it calls', () => {
  const tree = stacksOf(
    cpuProfile([
      [[login], 300],
      [[login, send], 600],
      [[send], 100],
    ]),
  );
  expect(addsUp(tree)).toBe(true);
  expect(tree.total).toBe(1000);
  expect(tree.children).toMatchObject([
    { name: 'login', self: 300, total: 900, children: [{ name: 'send', self: 600, total: 600 }] },
    { name: 'send', self: 100, total: 100 },
  ]);
});

it('takes the same function under the same caller together', () => {
  const tree = stacksOf(
    cpuProfile([
      [[login, send], 10],
      [[login, send], 20],
      [[login], 5],
    ]),
  );
  expect(tree.children).toHaveLength(1);
  expect(tree.children[0].children).toMatchObject([{ name: 'send', total: 30 }]);
});

it('leaves out idle time and the start, and what is below them', () => {
  const tree = stacksOf(
    cpuProfile([
      [['(idle)'], 5000],
      [[start, login], 700],
      [[login], 40],
      [[start], 3],
    ]),
  );
  expect(tree).toMatchObject({ total: 40, children: [{ name: 'login', total: 40 }] });
});

it('counts recursion once in the sums, and keeps it as frames below each other', () => {
  const tree = stacksOf(
    cpuProfile([
      [[login, login, login], 30],
      [[login, login], 20],
      [[send], 50],
    ]),
  );
  expect(tree.children.find(({ name }) => name === 'login').children[0].children[0].total).toBe(30);
  expect(byModule(tree)).toEqual([
    { name: 'gatehouse/auth', self: 50, share: 0.5 },
    { name: 'fastify', self: 50, share: 0.5 },
  ]);
});

it('gives shares of all that is left, most first', () => {
  const rows = byModule(
    stacksOf(
      cpuProfile([
        [['(idle)'], 900],
        [[login, send], 75],
        [[login], 25],
      ]),
    ),
  );
  expect(rows).toEqual([
    { name: 'fastify', self: 75, share: 0.75 },
    { name: 'gatehouse/auth', self: 25, share: 0.25 },
  ]);
});

it('looks at a window alone, to the part of a sample', () => {
  const profile = cpuProfile([
    [[login], 100],
    [[send], 100],
    [[login], 100],
  ]);
  const rows = byModule(stacksOf(profile, { fromUs: 1090, toUs: 1150 }));
  expect(rows.map(({ name, self }) => [name, self])).toEqual([
    ['fastify', 50],
    ['gatehouse/auth', 10],
  ]);
});

it('says that a profile is empty', () => {
  const empty = 'the CPU profile is empty';
  expect(() => stacksOf({})).toThrow(empty);
  expect(() => stacksOf({ nodes: [], samples: [], timeDeltas: [], startTime: 0, endTime: 0 })).toThrow(empty);
  expect(() =>
    stacksOf(
      cpuProfile([
        [['(idle)'], 100],
        [[start, login], 10],
      ]),
    ),
  ).toThrow(empty);
  expect(() => stacksOf(cpuProfile([[[login], 10]]), { fromUs: 5000, toUs: 6000 })).toThrow(empty);
});
