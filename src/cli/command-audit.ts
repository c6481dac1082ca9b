import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Clock } from '../common/clock';
import { describeError, systemErrorCode } from '../common/system-error';
import type { Settings } from '../config/settings';
import { openToAppend } from '../ops/audit-file';
import { auditLine } from '../ops/audit-line';
import { auditNamesOf } from '../ops/audit-names-key';
import { type CommandAct, type CommandTrail, Refused } from './command';

export interface CommandAuditOptions {
  readonly settings: Pick<
    Settings,
    'AUDIT_LOG' | 'AUDIT_NAMES' | 'AUDIT_NAMES_KEY' | 'DATA_DIR' | 'REDIS_URL'
  >;
  readonly clock: Clock;
  readonly stderr: NodeJS.WritableStream;
}

/**
 * The audit trail of the command line: AUDIT_LOG where that is a file; else standard error, because standard output has the
 * result of a command. To be opened before anything is changed.
 */
export class CommandAudit implements CommandTrail {
  private readonly requestId = randomUUID();
  private readonly names;
  private readonly fd: number | undefined;

  /** @throws Refused when AUDIT_LOG, or the key of its names, cannot be used */
  constructor(private readonly options: CommandAuditOptions) {
    const { settings } = options;
    this.names = orRefused('The key of AUDIT_NAMES', () => auditNamesOf(settings, 'command'));
    const { AUDIT_LOG: path } = settings;
    if (path !== 'stdout') this.fd = orRefused('AUDIT_LOG', () => openToAppend(path));
  }

  /** Writes a line of what has been done. What cannot be written goes to standard error, so that somebody sees it. */
  record(act: CommandAct): void {
    const origin = { door: 'cli', requestId: this.requestId, address: '', actor: `os:${operator()}` };
    const event = { outcome: 'success', nameIsKnown: true, ...origin, ...act } as const;
    const line = auditLine(event, { nowMs: this.options.clock.nowMs(), names: this.names });
    if (this.fd === undefined || !this.append(this.fd, line)) this.options.stderr.write(line);
  }

  private append(fd: number, line: string): boolean {
    try {
      return writeSync(fd, line) === Buffer.byteLength(line);
    } catch (error) {
      this.options.stderr.write(`AUDIT_LOG cannot be written (${describeError(error)}):\n`);
      return false;
    }
  }
}

/** A container may run as a user that has no name. */
function operator(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

function orRefused<T>(what: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw new Refused(`${what} cannot be opened (${systemErrorCode(error) ?? 'unusable'})`, { cause: error });
  }
}
