import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import { LinesOfTurn } from './lines-of-turn';

/** Writes JSON lines. Rooms get one by injection; nobody writes to the console. */
export abstract class Logger {
  abstract debug(fields: object, message: string): void;
  abstract info(fields: object, message: string): void;
  abstract warn(fields: object, message: string): void;
  abstract error(fields: object, message: string): void;
}

/** The process's logger: pino on standard output, or on the given stream. */
export function createLogger(level: string, destination?: DestinationStream): PinoLogger {
  const options = { level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, destination ?? standardOutput());
}

let output: DestinationStream | undefined;

/** Standard output of the process, for the log and for lines that are written elsewhere. What waits is written when the process exits. */
export function standardOutput(): DestinationStream {
  output ??= untilExit(new LinesOfTurn(pino.destination(1)));
  return output;
}

/** Before anything else that the end of the process brings: some of it may end it at once. */
function untilExit(lines: LinesOfTurn): DestinationStream {
  process.prependListener('exit', () => lines.end());
  return lines;
}

/** Lets the framework's own messages go through our logger. */
export class FrameworkLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: unknown): void {
    this.logger.debug({ context }, String(message));
  }

  warn(message: unknown, context?: unknown): void {
    this.logger.warn({ context }, String(message));
  }

  error(message: unknown, stack?: unknown, context?: unknown): void {
    // What fails while the modules are made is thrown as well, and whoever starts the process says it once.
    if (context === 'ExceptionHandler') this.logger.debug({ context, stack }, String(message));
    else this.logger.error({ context, stack }, String(message));
  }
}
