const { boxesOf, flameGraph } = require('./flame');
const { groups } = require('./frames');
const { cpuProfile } = require('./profiles.fixture');
const { stacksOf } = require('./stacks');

const login = 'login file:///srv/gate/dist/auth/login.js';
const send = 'send file:///srv/gate/node_modules/fastify/lib/reply.js';
const about = { title: 'Time <of> a login', subtitle: '10 requests' };
const flameOf = (stacks, more = {}) => flameGraph(stacksOf(cpuProfile(stacks)), { ...about, ...more });

/** Every box: its colour, its place, and its title. */
function boxesIn(svg) {
  const coloured = Array.from(svg.matchAll(/<g fill="(#[0-9a-f]+)"><rect[^]*?<\/g>/g));
  return coloured.flatMap(([part, colour]) =>
    Array.from(
      part.matchAll(/x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"[^>]*><title>([^<]*)<\/title>/g),
      ([, x, y, width, title]) => ({ colour, x: Number(x), y: Number(y), width: Number(width), title }),
    ),
  );
}

it('draws callees below their caller and within it, as wide as their share', () => {
  const boxes = boxesIn(
    flameOf([
      [[login], 250],
      [[login, send], 500],
      [[send], 250],
    ]),
  );
  expect(boxes.map(({ title }) => title)).toEqual([
    'login, 75.0 %, gatehouse/auth/login.js:10',
    'send, 50.0 %, fastify/lib/reply.js:10',
    'send, 25.0 %, fastify/lib/reply.js:10',
  ]);
  const [caller, callee, other] = boxes;
  expect(callee.y).toBeGreaterThan(caller.y);
  expect(other.y).toBe(caller.y);
  expect(callee.x).toBe(caller.x);
  expect(callee.width / caller.width).toBeCloseTo(2 / 3, 2);
  expect(other.x).toBeCloseTo(caller.x + caller.width, -1);
  expect(other.x + other.width).toBeLessThanOrEqual(1188);
});

it('colours by where the code comes from, and says so in a legend', () => {
  const svg = flameOf([[[login, send], 10]]);
  const colours = boxesIn(svg).map(({ colour }) => colour);
  expect(colours).toEqual([groups.gatehouse.colour, groups.fastify.colour]);
  for (const { title } of Object.values(groups)) expect(svg).toContain(`>${title}</text>`);
});

it('keeps recursion as boxes below each other', () => {
  const boxes = boxesIn(flameOf([[[login, login, login], 10]]));
  expect(boxes.map(({ title }) => title)).toEqual(
    Array(3).fill('login, 100.0 %, gatehouse/auth/login.js:10'),
  );
  expect(new Set(boxes.map(({ y }) => y)).size).toBe(3);
});

it('leaves out what is below 0.3 %, and leaves its place empty', () => {
  const frames = [
    ...[
      [['wide node:a'], 600],
      [['small node:b'], 2],
    ],
    [['last node:c'], 398],
  ];
  const tree = stacksOf(cpuProfile(frames));
  expect(boxesOf(tree).map(({ frame }) => frame.name)).toEqual(['wide', 'last']);
  expect(boxesOf(tree, 0).map(({ frame }) => frame.name)).toEqual(['wide', 'last', 'small']);
  expect(flameOf(frames)).toContain('boxes below 0.30 % are left out');
});

it('writes names that look like markup as text', () => {
  const svg = flameOf([[['<anonymous>&"x" node:vm'], 10]]);
  expect(svg).toContain('<title>&lt;anonymous&gt;&amp;&quot;x&quot;, 100.0 %, node:vm:10</title>');
  expect(svg).toContain('>&lt;anonymous&gt;&amp;&quot;x&quot;</text>');
  expect(svg).toContain('<title>Time &lt;of&gt; a login</title>');
  expect(svg).not.toContain('<anonymous>');
});

it('has no script and no colour of the paper, and nothing that is no number', () => {
  const svg = flameOf([
    [[login, send], 10],
    [[send], 3],
  ]);
  expect(svg).not.toMatch(/<script|NaN|undefined|Infinity|\/srv|fill="(#000|#fff|black|white)/);
  expect(svg).toMatch(/^<svg [^>]*width="1200"/);
  const opened = Array.from(svg.matchAll(/<([a-z]+)/g)).length;
  expect(Array.from(svg.matchAll(/<\/([a-z]+)>/g))).toHaveLength(opened);
});

it('cuts a label to its box, and keeps the whole name in the title', () => {
  const long = 'aVeryLongNameOfAFunction'.repeat(3);
  const svg = flameOf([
    [[`${long} node:a`], 100],
    [[login], 900],
  ]);
  expect(svg).toContain(`<title>${long}, 10.0 %`);
  expect(svg).toMatch(/>aVeryLong[a-zA-Z]*…<\/text>/);
  expect(svg).not.toContain(`>${long}</text>`);
});

it('leaves out more where the picture would be too long', () => {
  const many = Array.from({ length: 200 }, (_, n) => [[`f${n} node:a`, `g${n} node:b`], n + 1]);
  const whole = flameOf(many, { leastShare: 0 });
  const shorter = flameOf(many, { mostBytes: 20_000 });
  expect(Buffer.byteLength(whole)).toBeGreaterThan(20_000);
  expect(Buffer.byteLength(shorter)).toBeLessThanOrEqual(20_000);
  expect(boxesIn(shorter).length).toBeGreaterThan(10);
});
