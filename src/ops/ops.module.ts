import {
  type DynamicModule,
  Global,
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { AuditTrail } from '../common/audit-trail';
import { Instruments } from '../common/instruments';
import { AuditLog } from './audit-log';
import { CountedAuditTrail } from './counted-audit-trail';
import { MetricsController } from './metrics/metrics.controller';
import { Scrapes } from './metrics/scrapes';
import { Telemetry } from './telemetry';

/** Opens the port of the metrics with the gateway, and ends with it. */
@Injectable()
class TelemetryLife implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(@Inject(Telemetry) private readonly telemetry: Telemetry) {}

  onApplicationBootstrap(): Promise<void> {
    return this.telemetry.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.telemetry.close();
  }
}

@Global()
@Module({})
export class OpsModule {
  static with(telemetry: Telemetry): DynamicModule {
    return {
      module: OpsModule,
      controllers: [MetricsController],
      providers: [
        AuditLog,
        {
          provide: AuditTrail,
          inject: [AuditLog, Instruments],
          useFactory: (log: AuditLog, instruments: Instruments) => new CountedAuditTrail(log, instruments),
        },
        { provide: Telemetry, useValue: telemetry },
        { provide: Scrapes, useValue: telemetry.scrapes },
        TelemetryLife,
      ],
      exports: [AuditTrail, AuditLog],
    };
  }
}
