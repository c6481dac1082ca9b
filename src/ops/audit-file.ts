import { closeSync, constants, fdatasync, fstatSync, openSync, write } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { AuditOutput } from '../common/audit-trail';
import type { Logger } from '../common/logger';
import { describeError, systemErrorCode } from '../common/system-error';
import { ConfigurationError } from '../config/load-settings';

export interface AuditFileOptions {
  readonly path: string;
  readonly logger: Logger;
  /** The line that says that so many were lost before it. */
  readonly gapLine: (lost: number) => string;
}

const writeOnce = promisify(write);
const syncOnce = promisify(fdatasync);

/** What waits for a disk that is full or slow; past it the newest line is lost, and counted. */
const mostQueuedBytes = 8 * 1024 * 1024;
const mostBytesAtOnce = 64 * 1024;
const retryMs = 1000;
const longestCloseMs = 2000;

/**
 * Appends to a file whole lines in one step each, so that several processes may share it (POSIX write with O_APPEND). A file that
 * cannot be written keeps lines in memory, says so once in the log, and is tried again every second. No request waits for it.
 */
export class AuditFile implements AuditOutput {
  private fd: number;
  private readonly queue: Buffer[] = [];
  private queuedBytes = 0;
  private isDraining = false;
  private wantsReopen = false;
  /** The last write ended within a line, so that the next one begins with a line break. */
  private isTorn = false;
  private unreported = 0;
  private lostLines = 0;
  private fault: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  /** @throws ConfigurationError when the file cannot be opened for appending */
  constructor(private readonly options: AuditFileOptions) {
    this.fd = openForStart(options.path);
  }

  /** False while lines cannot be written. */
  get isWell(): boolean {
    return this.fault === undefined;
  }

  /** How many lines could not be kept, since the start. */
  get lost(): number {
    return this.lostLines;
  }

  /** Puts a line in the queue. Never throws. */
  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.queuedBytes + bytes.length > mostQueuedBytes) return this.lose();
    this.push(bytes);
    void this.drain();
  }

  /** Opens the file anew, as after it was moved away. */
  reopen(): void {
    if (this.isClosed) return;
    this.wantsReopen = true;
    void this.drain();
  }

  /** Writes what waits, for two seconds at most; what is left is lost, and said in the log. */
  async close(): Promise<void> {
    const giveUpAt = performance.now() + longestCloseMs;
    while ((this.queue.length > 0 || this.isDraining) && performance.now() < giveUpAt) {
      void this.drain();
      await sleep(5);
    }
    // A signal may still come, and the number of the descriptor may be another file's by then.
    this.isClosed = true;
    clearTimeout(this.timer);
    const left = this.queue.length + this.unreported;
    if (left > 0)
      this.options.logger.error(
        { lost: left },
        'Audit lines are lost: AUDIT_LOG could not be written before the end',
      );
    // A write that hangs still has the file; the process takes it along.
    if (this.isDraining) return;
    await syncOnce(this.fd).catch(() => undefined);
    closeSync(this.fd);
  }

  private push(bytes: Buffer): void {
    this.queue.push(bytes);
    this.queuedBytes += bytes.length;
  }

  private lose(): void {
    this.lostLines++;
    if (this.unreported++ === 0)
      this.options.logger.error({ fault: this.fault }, 'Audit lines are lost: too many wait for AUDIT_LOG');
  }

  private async drain(): Promise<void> {
    if (this.isDraining) return;
    this.isDraining = true;
    clearTimeout(this.timer);
    try {
      do {
        await this.step();
        if (this.queue.length === 0) this.recover();
      } while (this.queue.length > 0 || this.wantsReopen);
    } catch (error) {
      this.fail(error);
    } finally {
      this.isDraining = false;
    }
  }

  private async step(): Promise<void> {
    if (this.wantsReopen || (await this.wasMoved())) this.openAnew();
    if (this.queue.length > 0) await this.writeSome();
  }

  /** Whole lines only. A disk that is nearly full may take part of them. */
  private async writeSome(): Promise<void> {
    const lines = this.nextLines();
    const start = this.isTorn ? [Buffer.from('\n')] : [];
    const { bytesWritten } = await writeOnce(this.fd, Buffer.concat([...start, ...lines]));
    let left = bytesWritten - (this.isTorn ? 1 : 0);
    if (left < 0) return;
    this.isTorn = false;
    for (const line of lines) {
      if (left < line.length) break;
      left -= line.length;
      this.queue.shift();
      this.queuedBytes -= line.length;
    }
    this.isTorn = left > 0;
  }

  private nextLines(): readonly Buffer[] {
    const lines: Buffer[] = [];
    let bytes = 0;
    for (const line of this.queue) {
      bytes += line.length;
      if (lines.length > 0 && bytes > mostBytesAtOnce) break;
      lines.push(line);
    }
    return lines;
  }

  /** By what logrotate does: another file, or none, has the name. A file that was emptied in place needs nothing (O_APPEND). */
  private async wasMoved(): Promise<boolean> {
    try {
      const [there, here] = [await stat(this.options.path), fstatSync(this.fd)];
      return there.ino !== here.ino || there.dev !== here.dev;
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return true;
      throw error;
    }
  }

  private openAnew(): void {
    const fd = openToAppend(this.options.path);
    closeSync(this.fd);
    this.fd = fd;
    this.wantsReopen = false;
    this.isTorn = false;
  }

  private fail(error: unknown): void {
    const fault = systemErrorCode(error) ?? describeError(error);
    if (this.fault !== fault) {
      this.options.logger.error(
        { fault, waiting: this.queue.length },
        'AUDIT_LOG cannot be written; its lines wait in memory',
      );
    }
    this.fault = fault;
    this.timer = setTimeout(() => void this.drain(), retryMs);
    this.timer.unref();
  }

  private recover(): void {
    const lost = this.unreported;
    this.unreported = 0;
    if (this.fault !== undefined) this.options.logger.warn({ lost }, 'AUDIT_LOG can be written again');
    this.fault = undefined;
    if (lost > 0) this.write(this.options.gapLine(lost));
  }
}

/** The file of AUDIT_LOG. @throws ConfigurationError when it cannot be opened for appending */
export function openForStart(path: string): number {
  try {
    return openToAppend(path);
  } catch (error) {
    throw new ConfigurationError([
      `AUDIT_LOG names a file that cannot be opened for appending (${systemErrorCode(error) ?? 'unusable'})`,
    ]);
  }
}

/** Without waiting: the reader of a named pipe may never come. @throws Error of the file system */
export function openToAppend(path: string): number {
  const { O_APPEND, O_CREAT, O_WRONLY, O_NONBLOCK } = constants;
  return openSync(path, O_APPEND | O_CREAT | O_WRONLY | O_NONBLOCK, 0o600);
}
