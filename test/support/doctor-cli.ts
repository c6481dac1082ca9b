import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { typescriptHook } from './source-program';

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Step {
  readonly strategy: string;
  readonly step: string;
  readonly status: 'ok' | 'warn' | 'fail' | 'skipped';
  readonly ms: number;
  readonly detail: string;
  readonly setting?: string;
}

export interface Report {
  readonly steps: readonly Step[];
  readonly claims: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export type Variables = Readonly<Record<string, string | undefined>>;

const root = resolve(__dirname, '../..');

/** `npm run cli -- doctor` in an empty folder, from the sources: what was built last may be older than they are. */
export class DoctorCli {
  readonly folder = mkdtempSync(join(tmpdir(), 'gatehouse-doctor-'));

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs it with these settings only. */
  run(env: Variables, ...args: readonly string[]): Promise<Outcome> {
    const main = join(root, 'src', 'cli', 'main.ts');
    const child = spawn(process.execPath, ['-r', typescriptHook, main, 'doctor', ...args], {
      cwd: this.folder,
      env: { PATH: process.env.PATH, LDAP_CONNECT_TIMEOUT_MS: '1000', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
    return new Promise((done, reject) => {
      child.on('error', reject);
      child.on('close', (status) => done({ status, ...output }));
    });
  }

  /** Its JSON form. @throws Error when it wrote anything else */
  async report(env: Variables, ...args: readonly string[]): Promise<Report & Outcome> {
    const outcome = await this.run(env, '--json', ...args);
    const parsed: unknown = JSON.parse(outcome.stdout);
    if (!isReport(parsed)) throw new Error(`This is no report: ${outcome.stdout}`);
    return { ...parsed, ...outcome };
  }
}

export function failed({ steps }: Report): readonly Step[] {
  return steps.filter(({ status }) => status === 'fail');
}

export function stepOf({ steps }: Report, name: string): Step | undefined {
  return steps.find(({ step }) => step === name);
}

/** Narrows the JSON form. */
function isReport(value: unknown): value is Report {
  if (typeof value !== 'object' || value === null || !('steps' in value) || !('claims' in value))
    return false;
  return Array.isArray(value.steps) && value.steps.every(isStep);
}

function isStep(value: unknown): value is Step {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  const texts = ['strategy', 'step', 'status', 'detail'];
  return typeof fields.get('ms') === 'number' && texts.every((name) => typeof fields.get(name) === 'string');
}
