import { type DynamicModule, Global, Module } from '@nestjs/common';
import { AuditOutput } from './audit-trail';
import { Clock } from './clock';
import { Instruments, noInstruments } from './instruments';
import { Logger } from './logger';

/** Makes the clock and the logger available to every room. */
@Global()
@Module({})
export class CommonModule {
  static with(parts: {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly instruments?: Instruments;
    readonly auditOutput: AuditOutput;
  }): DynamicModule {
    return {
      module: CommonModule,
      providers: [
        { provide: Clock, useValue: parts.clock },
        { provide: Logger, useValue: parts.logger },
        { provide: Instruments, useValue: parts.instruments ?? noInstruments },
        { provide: AuditOutput, useValue: parts.auditOutput },
      ],
      exports: [Clock, Logger, Instruments, AuditOutput],
    };
  }
}
