const { spawnSync } = require('node:child_process');
const { mkdtempSync, readFileSync, readdirSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-allocations-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const megabytes = 40;
/** So much garbage, and the signal where it is asked for. Lists, since the bytes of buffers lie elsewhere. */
const program = (isAsked) => `
  let kept;
  const make = (count) => { for (let n = 0; n < count; n++) kept = new Array(12_500).fill(n); };
  make(500);
  ${isAsked ? "process.kill(process.pid, 'SIGUSR2');" : ''}
  setTimeout(() => (make(${megabytes * 10}), process.exit(0)), 300);`;

function run(isAsked) {
  const args = ['--require', require.resolve('./sample-allocations'), '-e', program(isAsked)];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return readdirSync(folder);
}

const sizeOf = ({ selfSize, children }) => children.reduce((sum, child) => sum + sizeOf(child), selfSize);

it('writes nothing unless it is asked', () => {
  expect(run(false)).toEqual([]);
});

it('counts what has died already, but nothing from before it was asked', () => {
  expect(run(true)).toEqual(['allocations.heapprofile']);
  const { head } = JSON.parse(readFileSync(join(folder, 'allocations.heapprofile'), 'utf8'));
  expect(sizeOf(head) / 1e6).toBeGreaterThan(megabytes * 0.8);
  expect(sizeOf(head) / 1e6).toBeLessThan(megabytes * 1.4);
});
