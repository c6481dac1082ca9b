const { tmpdir } = require('node:os');
const { judge } = require('./aims');
const found = require('./found.fixture');
const { fullReport, summaryText } = require('./full-report');

function verdictOf(title, of = found) {
  return judge(of).find((each) => each.title === title);
}

function withRatio(id, ratios) {
  const rows = found.rows.map((row) => (row.id === id && row.connections === 64 ? { ...row, ratios } : row));
  return { ...found, rows };
}

const ratio = (value) => ({ median: value, least: value, most: value });

it('judges each aim by the median at 64 connections', () => {
  expect(verdictOf('refresh, embedded, of its limit program')).toMatchObject({
    measured: '0.60',
    verdict: 'PASS',
  });
  expect(verdictOf('refresh, embedded, times the recipe')).toMatchObject({ verdict: 'PASS' });
  expect(verdictOf('/verify, of its limit program')).toMatchObject({
    measured: '0.50',
    verdict: 'FALLS SHORT',
  });
  expect(verdictOf('start until the ready line')).toMatchObject({ measured: '0.80 s', verdict: 'PASS' });
  expect(verdictOf('memory at rest')).toMatchObject({
    measured: '130 MB',
    aim: 'at most 120 MB',
    verdict: 'FALLS SHORT',
  });
});

it('does not call a ratio reached that only its rounded text reaches', () => {
  const almost = withRatio('refresh', { limit: ratio(0.5999) });
  expect(verdictOf('refresh, embedded, of its limit program', almost)).toMatchObject({
    verdict: 'FALLS SHORT',
  });
});

it('measures a login against whatever way of asking the directory gives more', () => {
  const title = 'login by LDAP {ARGON2}, of the directory’s own ceiling';
  expect(verdictOf(title)).toMatchObject({ measured: '0.90', verdict: 'PASS' });
  const faster = withRatio('login-ldap-argon2', {
    'directory-bytes': ratio(0.97),
    'directory-ldapts': ratio(0.84),
  });
  expect(verdictOf(title, faster)).toMatchObject({ measured: '0.84', verdict: 'FALLS SHORT' });
});

it('says what was not measured', () => {
  expect(verdictOf('refresh, Redis, of its limit program')).toMatchObject({
    measured: '',
    verdict: 'not measured',
  });
  const nothing = { ...found, rows: [], starts: [], memory: [], sizes: [] };
  expect(judge(nothing).map(({ verdict }) => verdict)).toEqual(judge(nothing).map(() => 'not measured'));
});

function reportOf(more) {
  const about = { date: '2026-11-22', command: 'npm run bench', folder: tmpdir(), tookMs: 61_000 };
  return fullReport({ ...about, found: { ...found, ...more }, plots: [{ file: 'a.svg', title: 'A plot' }] });
}

it('writes a page with aims, plots, every table, versions and what is missing', () => {
  const page = reportOf();
  expect(page).toContain('`npm run bench`, 61 s');
  for (const heading of ['Aims', 'Throughput', 'Latency at half load', 'Start', 'Memory', 'Cost over size'])
    expect(page).toContain(`## ${heading}`);
  expect(page).toContain('![A plot](2026-11-22/a.svg)');
  expect(page).toContain('- recipe: what people do (express 5)');
  expect(page).toContain('- LemonLDAP was not measured: it is not installed.');
  expect(page).not.toMatch(/undefined|NaN|null/);
});

it('says where the load generator was busy, and when the machine was not quiet', () => {
  expect(reportOf()).toContain('[generator busy]');
  expect(reportOf()).toContain('busy for at most 95 % of one processor (/verify, limit, 64 connections)');
  expect(reportOf()).not.toContain('not quiet');
  expect(reportOf({ machine: { others: 0.3, stolen: 0 } })).toContain('**The machine was not quiet');
});

it('prints the rows at 64 connections', () => {
  expect(summaryText(found)).toMatch(/\/verify +\| 64 /);
  expect(summaryText(found)).not.toMatch(/\/verify +\| 1 /);
});
