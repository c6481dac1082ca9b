const { tmpdir } = require('node:os');
const { profileReport, profileText } = require('./profile-report');

const many = (name) =>
  Array.from({ length: 20 }, (_, n) => ({ name: `${name}-${n}`, share: (20 - n) / 400 }));
const withBytes = (rows) => rows.map((row) => ({ ...row, bytes: row.share * 50_000 }));
const row = {
  ...{ id: 'verify', title: 'verify <one>', count: 1000, perSecond: 1234.5, busyShare: 0.5, usEach: 200 },
  modules: many('module'),
  allocations: {
    bytes: 50_000,
    modules: withBytes(many('allocator')),
    places: withBytes([{ name: 'a|b (c.js:1)', share: 0.5 }, ...many('place')]),
  },
  plot: { file: 'flame-verify.svg', title: 'Time of the main thread: verify' },
};
const found = { rows: [row], machine: { others: 0.01, stolen: 0 } };
const about = { date: '2026-01-02', command: 'npm run bench -- profile', folder: tmpdir() };
const page = () => profileReport({ ...about, found, options: { seconds: 8 } });

it('shows the picture beside the page, and names the command and the machine', () => {
  expect(page()).toContain('![Time of the main thread: verify](2026-01-02-profile/flame-verify.svg)');
  expect(page()).toContain('`npm run bench -- profile`');
  expect(page()).toContain(`Node ${process.version}`);
  expect(page()).toContain('Other programs took 1.0 % of the processors');
});

it('lists the first fifteen of each table', () => {
  const lines = page().split('\n');
  const listed = (name) => lines.filter((line) => line.startsWith(`| \`${name}-`));
  expect(listed('module')).toHaveLength(15);
  expect(listed('allocator')).toHaveLength(15);
  // One of them is called otherwise.
  expect(listed('place')).toHaveLength(14);
});

it('tells shares, and how much that is for each request', () => {
  expect(page()).toMatch(/\| `module-0` +\| 5\.0 % \| 10\.0 /);
  expect(page()).toMatch(/\| `allocator-0` +\| 5\.0 % \| 2,500 /);
  expect(page()).toMatch(/\| verify <one> \| 1,235 +\| 50\.0 % +\| 200 +\| 50,000 /);
  expect(profileText(found)).toContain('`module-14`');
});

it('lets no name end a column', () => {
  expect(page()).toContain('| `a\\|b (c.js:1)`');
});
