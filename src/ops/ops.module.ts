import { Global, Module } from '@nestjs/common';
import { AuditTrail } from '../common/audit-trail';
import { AuditLog } from './audit-log';

@Global()
@Module({
  providers: [AuditLog, { provide: AuditTrail, useExisting: AuditLog }],
  exports: [AuditTrail, AuditLog],
})
export class OpsModule {}
