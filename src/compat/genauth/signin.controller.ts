import { Body, Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ClientDoor } from '../../clients/client-door';
import { Public } from '../../common/public.decorator';
import { RateLimit } from '../../common/rate-limit.decorator';
import { Context, type RequestContext } from '../../common/request-context';
import { Settings } from '../../config/settings';
import { type ApiEnvelope, apiSuccess } from './envelope';
import { DescribeGenAuth, DescribeSignIn } from './genauth.openapi';
import { presentedApp } from './presented-app';
import { genAuthDoor, SignIn, type SignInData } from './signin';
import { readSignIn } from './signin-request';

/** `/api/v3/signin`: a name and a password for the tokens of an application. */
@DescribeGenAuth()
@Controller('api/v3')
export class SignInController {
  constructor(
    private readonly clients: ClientDoor,
    private readonly signIn: SignIn,
    @Inject(Settings) private readonly settings: Pick<Settings, 'OAUTH_CLIENTS'>,
  ) {}

  @DescribeSignIn()
  @Post('signin')
  @HttpCode(200)
  @Public()
  @RateLimit('login')
  async signin(
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Context() context: RequestContext,
  ): Promise<ApiEnvelope<SignInData>> {
    const app = presentedApp(request, this.settings);
    // First, so that a stranger learns nothing of what else is wrong.
    const client = await this.clients.authenticate(app, { ...context, door: genAuthDoor });
    const isProven = app.method !== 'none';
    const appSecrets = [app.secret, app.rawSecret].filter((secret) => secret !== undefined);
    return apiSuccess(await this.signIn.run({ client, isProven, appSecrets, ...readSignIn(body) }, context));
  }
}
