import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** The processes that a process has started and that still run, the oldest first as long as process ids grow. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && existsSync(`/proc/${name}/stat`))
    .flatMap((name) => {
      const [, parent] = /\) \S (\d+) /.exec(statOf(Number(name))) ?? [];
      return Number(parent) === pid ? [Number(name)] : [];
    })
    .sort((a, b) => a - b);
}

/** What the kernel says of a process in one line; nothing when there is none. */
export function statOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}
