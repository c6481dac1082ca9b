/** One request as its client saw it; `failure` is the name of why it has to be sent again. */
export interface JournalEntry {
  readonly kind: string;
  /** Both by `performance.now()`. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly failure: string | undefined;
}

/** What happened between two moments. */
export interface Phase {
  readonly name: string;
  readonly requests: number;
  /** How often each kind of failure was met. */
  readonly failures: Readonly<Record<string, number>>;
  /** The longest time in which nothing at all succeeded. */
  readonly longestGapMs: number;
  /** Of what succeeded; for each kind of request. */
  readonly p99Ms: Readonly<Record<string, number>>;
}

/** All requests of a storm, cut into phases. */
export class Journal {
  private readonly entries: JournalEntry[] = [];
  private readonly marks: { readonly name: string; readonly atMs: number }[] = [];

  add(entry: JournalEntry): void {
    this.entries.push(entry);
  }

  /** From now on it is this phase. */
  enter(name: string): void {
    this.marks.push({ name, atMs: performance.now() });
  }

  /** In their order; a request is of the phase in which it ended. */
  phases(): readonly Phase[] {
    return this.marks.map(({ name, atMs }, n) => {
      const untilMs = this.marks[n + 1]?.atMs ?? performance.now();
      const entries = this.entries.filter(({ endedAtMs }) => endedAtMs >= atMs && endedAtMs < untilMs);
      return phaseOf(name, entries, [atMs, untilMs]);
    });
  }
}

function phaseOf(name: string, entries: readonly JournalEntry[], span: readonly [number, number]): Phase {
  const failures: Record<string, number> = {};
  for (const { failure } of entries) {
    if (failure !== undefined) failures[failure] = (failures[failure] ?? 0) + 1;
  }
  const good = entries.filter(({ failure }) => failure === undefined);
  const moments = [span[0], ...good.map(({ endedAtMs }) => endedAtMs), span[1]].sort((a, b) => a - b);
  const gaps = moments.map((atMs, n) => atMs - (moments[n - 1] ?? atMs));
  const kinds = [...new Set(good.map(({ kind }) => kind))];
  const p99Ms = Object.fromEntries(kinds.map((kind) => [kind, p99Of(good, kind)]));
  return { name, requests: entries.length, failures, longestGapMs: Math.round(Math.max(...gaps)), p99Ms };
}

function p99Of(entries: readonly JournalEntry[], kind: string): number {
  const times = entries
    .filter((entry) => entry.kind === kind)
    .map((entry) => entry.endedAtMs - entry.startedAtMs);
  const sorted = times.sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? NaN);
}

/** As a table of Markdown, one line for each phase. */
export function tableOf(phases: readonly Phase[]): string {
  const kinds = ['refresh', 'verify', 'login', 'logout'];
  const head = ['phase', 'requests', 'not answered', 'longest gap', ...kinds.map((kind) => `p99 ${kind}`)];
  const rows = phases.map(({ name, requests, failures, longestGapMs, p99Ms }) => [
    name,
    requests,
    Object.entries(failures)
      .map(([failure, times]) => `${failure}: ${times}`)
      .join(', ') || '0',
    `${longestGapMs} ms`,
    ...kinds.map((kind) => (p99Ms[kind] === undefined ? '' : `${p99Ms[kind]} ms`)),
  ]);
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
