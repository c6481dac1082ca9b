import { type DynamicModule, Global, Module } from '@nestjs/common';
import { AuditOutput } from './audit-trail';
import { Clock } from './clock';
import { Instruments, noInstruments } from './instruments';
import { Departure } from './departure';
import { Logger } from './logger';
import { WatchedFiles } from './watched-files';

/** Makes the clock and the logger available to every room. */
@Global()
@Module({})
export class CommonModule {
  static with(parts: {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly instruments?: Instruments;
    readonly auditOutput: AuditOutput;
    readonly departure?: Departure;
  }): DynamicModule {
    return {
      module: CommonModule,
      providers: [
        { provide: Clock, useValue: parts.clock },
        { provide: Logger, useValue: parts.logger },
        { provide: Instruments, useValue: parts.instruments ?? noInstruments },
        { provide: WatchedFiles, useValue: new WatchedFiles(parts.logger) },
        { provide: AuditOutput, useValue: parts.auditOutput },
        { provide: Departure, useValue: parts.departure ?? new Departure() },
      ],
      exports: [Clock, Logger, Instruments, AuditOutput, Departure, WatchedFiles],
    };
  }
}
