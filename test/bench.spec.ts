import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = resolve(__dirname, '../bench/run.js');
const atMostMs = 120_000;
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-spec-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it(
  'measures the gateway beside its limit program, and writes a page with plots',
  async () => {
    const out = join(folder, 'page.md');
    const args = ['--quick', '--no-peers', '--only', 'verify', '--seconds', '0.1', '--out', out];
    const { stdout } = await promisify(execFile)(process.execPath, [run, ...args], { timeout: atMostMs });
    const page = readFileSync(out, 'utf8');
    expect(page).toMatch(/\| \/verify +\| 64 +\| gateway +\| [\d,.]+ \(/);
    expect(page).toMatch(/\| +\| 64 +\| limit +\| [\d,.]+ \([^|]+\) +\| \d+\.\d\d \(/);
    expect(page).toMatch(
      /\/verify, of its limit program +\| at least 0\.6 +\| \d+\.\d\d +\| (PASS|FALLS SHORT)/,
    );
    expect(page).not.toContain('failed');
    const [, plot = ''] = /!\[Throughput[^\]]*\]\(([^)]+)\)/.exec(page) ?? [];
    expect(readFileSync(join(folder, plot), 'utf8')).toContain('<svg');
    expect(stdout).toContain(`Written to ${out}`);
  },
  atMostMs,
);
