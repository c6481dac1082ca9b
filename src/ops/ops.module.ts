import { Global, Module } from '@nestjs/common';
import { AuditTrail } from '../common/audit-trail';
import { AuditLog } from './audit-log';
import { HealthController } from './health.controller';

@Global()
@Module({
  controllers: [HealthController],
  providers: [AuditLog, { provide: AuditTrail, useExisting: AuditLog }],
  exports: [AuditTrail],
})
export class OpsModule {}
