import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const stepMs = 100;

/** Runs a task while no other test process on this machine runs one under the same name. */
export async function oneAtATime<T>(name: string, task: () => Promise<T>): Promise<T> {
  const folder = join(tmpdir(), `gatehouse-test-lock-${name}`);
  while (!taken(folder)) await sleep(stepMs);
  try {
    return await task();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function taken(folder: string): boolean {
  try {
    mkdirSync(folder);
  } catch {
    if (!isAlive(ownerOf(folder))) rmSync(folder, { recursive: true, force: true });
    return false;
  }
  writeFileSync(join(folder, 'pid'), String(process.pid));
  return true;
}

/** Undefined while the owner is about to write it. */
function ownerOf(folder: string): number | undefined {
  try {
    return Number(readFileSync(join(folder, 'pid'), 'utf8'));
  } catch {
    return undefined;
  }
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
