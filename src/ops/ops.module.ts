import { Global, Module } from '@nestjs/common';
import { AuditTrail } from '../common/audit-trail';
import { AuditLog } from './audit-log';
import { HealthController } from './health.controller';

@Global()
@Module({
  controllers: [HealthController],
  providers: [{ provide: AuditTrail, useClass: AuditLog }],
  exports: [AuditTrail],
})
export class OpsModule {}
