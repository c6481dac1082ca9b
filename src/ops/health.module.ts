import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module';
import { StoresModule } from '../stores/stores.module';
import { TokensModule } from '../tokens/tokens.module';
import { DirectoriesController } from './directories.controller';
import { FileWatch } from './file-watch';
import { HealthController } from './health.controller';
import { Readiness, ReadinessParts } from './readiness';

/** What supervisors and load balancers ask, and what looks after files. */
@Module({
  imports: [AuthModule, StoresModule, TokensModule],
  controllers: [HealthController, DirectoriesController],
  providers: [Readiness, ReadinessParts, FileWatch],
})
export class HealthModule {}
