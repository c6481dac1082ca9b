import { realpathSync, statSync } from 'node:fs';
import type { Logger } from './logger';
import { describeError, isOfSystem, systemErrorCode } from './system-error';

/** Files that are read together, and what reads them. */
export interface WatchedSubject {
  /** The settings that they belong to, for the log. */
  readonly setting: string;
  readonly paths: readonly string[];
  /**
   * Reads the files and takes their content over, all of it or nothing.
   * @throws Error that says without any content why it cannot be used; what was in force stays so
   */
  readonly reread: () => void;
}

/** Whom a room tells which files it wants to follow. */
export type FileWatcher = Pick<WatchedFiles, 'watch'>;

interface Watched extends WatchedSubject {
  /** Of the files as they were read last. */
  readMark: string;
  /** Of the look before, where that was another one. */
  newMark: string | undefined;
  /** What the log was told last, while it goes on. */
  fault: string | undefined;
}

/**
 * Looks whether files have changed, and has them read again. Looks rather than listens: secrets are swapped by renames and by symbolic
 * links of folders above them (Kubernetes, Vault), and on network disks, where nothing tells.
 */
export class WatchedFiles {
  private readonly subjects: Watched[] = [];

  constructor(private readonly logger: Logger) {}

  /** @param readMark `markOf` the files, taken before they were read; without it, call this before reading them */
  watch(subject: WatchedSubject, readMark = markOf(subject.paths)): void {
    this.subjects.push({ ...subject, readMark, newMark: undefined, fault: undefined });
  }

  /** Reads again what has changed and looks as it did at the look before: a file may be seen half written. Never throws. */
  look(): void {
    for (const subject of this.subjects) {
      const mark = markOf(subject.paths);
      if (mark === subject.readMark) this.take(subject, mark);
      else if (mark === subject.newMark) this.read(subject, mark);
      else subject.newMark = mark;
    }
  }

  /** Reads everything again at once, because somebody says that it is time to. Never throws. */
  readAll(): void {
    for (const subject of this.subjects) {
      subject.fault = undefined;
      this.read(subject, markOf(subject.paths));
    }
  }

  /**
   * What is wrong in a file is told once for each change, and it is tried again when it changes again. What the system refuses may be
   * over soon: that is tried again with each look, and told once.
   */
  private read(subject: Watched, mark: string): void {
    const { setting } = subject;
    try {
      subject.reread();
      this.take(subject, mark);
      this.logger.info({ setting }, 'what a setting takes from a file was read again');
    } catch (error) {
      const fault = describeError(error);
      const isKnown = fault === subject.fault;
      if (isOfSystem(error)) Object.assign(subject, { newMark: mark, fault });
      else this.take(subject, mark);
      if (!isKnown)
        this.logger.error({ setting, fault }, 'a changed file cannot be used; what was in force stays so');
    }
  }

  private take(subject: Watched, mark: string): void {
    Object.assign(subject, { readMark: mark, newMark: undefined, fault: undefined });
  }
}

/** What changes with files: each one's place on the disk behind all symbolic links, size and times. */
export function markOf(paths: readonly string[]): string {
  return paths.map(markOfOne).join(' ');
}

function markOfOne(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs, realpathSync(path)].join(':');
  } catch (error) {
    return systemErrorCode(error) ?? 'unknown';
  }
}
