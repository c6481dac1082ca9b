import { Body, Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { IsOptional, IsString, MaxLength } from '../common/body-rules';
import { ApiPropertyOptional } from '../common/api-description';
import { Public } from '../common/public.decorator';
import { RateLimit } from '../common/rate-limit.decorator';
import { Context, type RequestContext } from '../common/request-context';
import { DescribeNativeApi, DescribePassword } from './auth.openapi';
import { longestPassword, longestUsername, PasswordField, UsernameField } from './credential-fields';
import { Settings } from '../config/settings';
import { deviceTokensOf } from './device-cookie';
import { messages, success, type SuccessEnvelope } from './envelope';
import { PasswordService } from './password.service';

/** True for a body that speaks English: `username`, `password` and `new_password`. */
function isEnglish(body: PasswordBody): boolean {
  const spanish = [body.usuario, body.contrasenia, body.nueva_contrasenia].some(
    (value) => value !== undefined,
  );
  return !spanish && [body.username, body.password, body.new_password].some((value) => value !== undefined);
}

export class PasswordBody {
  @ApiPropertyOptional({
    maxLength: longestUsername,
    example: 'alice',
    description: 'Login name; or `username`.',
  })
  @UsernameField((body: PasswordBody) => !isEnglish(body))
  usuario?: string;

  @ApiPropertyOptional({ maxLength: longestPassword, description: 'The old password; or `password`.' })
  @PasswordField((body: PasswordBody) => !isEnglish(body))
  contrasenia?: string;

  @ApiPropertyOptional({ maxLength: longestPassword, description: 'The new password; or `new_password`.' })
  @PasswordField((body: PasswordBody) => !isEnglish(body))
  nueva_contrasenia?: string;

  @ApiPropertyOptional({
    maxLength: longestUsername,
    example: 'alice',
    description: 'English name of `usuario`.',
  })
  @UsernameField(isEnglish)
  username?: string;

  @ApiPropertyOptional({ maxLength: longestPassword, description: 'English name of `contrasenia`.' })
  @PasswordField(isEnglish)
  password?: string;

  @ApiPropertyOptional({ maxLength: longestPassword, description: 'English name of `nueva_contrasenia`.' })
  @PasswordField(isEnglish)
  new_password?: string;

  @ApiPropertyOptional({
    maxLength: 64,
    example: 'ldap',
    description: 'Asks only this strategy of STRATEGIES.',
  })
  @IsOptional()
  @MaxLength(64)
  @IsString()
  strategy?: string;
}

/** Lets people change their own password, also one that has expired or must be changed. */
@DescribeNativeApi()
@Controller('api/auth')
export class PasswordController {
  constructor(
    private readonly passwords: PasswordService,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  @DescribePassword(PasswordBody)
  @Post('password')
  @HttpCode(200)
  @Public()
  @RateLimit('login')
  async change(
    @Body() body: PasswordBody,
    @Req() request: FastifyRequest,
    @Context() context: RequestContext,
  ): Promise<SuccessEnvelope<null>> {
    const credentials = {
      username: body.usuario ?? body.username ?? '',
      password: body.contrasenia ?? body.password ?? '',
    };
    const newPassword = body.nueva_contrasenia ?? body.new_password ?? '';
    const { strategy } = body;
    const currentSessionId = request.sessionId;
    await this.passwords.change(
      { credentials, newPassword, strategy, currentSessionId },
      { ...context, door: 'native', deviceTokens: deviceTokensOf(request, this.settings) },
    );
    return success(context.locale, messages.passwordChanged, null);
  }
}
