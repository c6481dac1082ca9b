import { Module, type NestModule } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { AuthModule } from '../../auth/auth.module';
import { Clock } from '../../common/clock';
import { Logger } from '../../common/logger';
import { Settings } from '../../config/settings';
import { SessionsModule } from '../../sessions/sessions.module';
import { processHosts } from '../../strategies/outbound/host-lookup';
import { AllowedDevices } from './allowed-devices';
import { DeviceRestriction } from './device-restriction';
import { DjangoController } from './django.controller';
import { isDjangoPath } from './paths';

@Module({
  imports: [AuthModule, SessionsModule],
  controllers: [DjangoController],
  providers: [
    {
      provide: DeviceRestriction,
      inject: [Settings, Clock, Logger],
      useFactory: (settings: Settings, clock: Clock, logger: Logger) =>
        new DeviceRestriction(new AllowedDevices({ settings, clock, logger, hosts: processHosts }), settings),
    },
  ],
})
export class DjangoModule implements NestModule {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly restriction: DeviceRestriction,
  ) {}

  configure(): void {
    const server = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    this.alsoWithEndSlash(server);
    this.beforeBodies(server);
  }

  /** Nest cuts the slash off at the end of its routes. The twin of a GET brings no HEAD of its own: that one gets a twin too. */
  private alsoWithEndSlash(server: FastifyInstance): void {
    server.addHook('onRoute', (route) => {
      if (!isDjangoPath(route.url) || route.url.endsWith('/')) return;
      const url = `${route.url}/`;
      server.route({ ...route, url, exposeHeadRoute: false });
    });
  }

  /** A device is judged before its body is read and before it is counted, as Django's middleware does. */
  private beforeBodies(server: FastifyInstance): void {
    server.addHook('onRequest', async (request) => {
      await this.restriction.check(request);
      // The dialect does not look at it, so one that cannot be read must not be an error either.
      if (isDjangoPath(request.routeOptions.url ?? '')) delete request.headers['content-type'];
    });
  }
}
