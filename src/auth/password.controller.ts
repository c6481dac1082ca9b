import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsDefined, IsNotEmpty, IsOptional, IsString, Matches, MaxLength, ValidateIf } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { Public } from '../common/public.decorator';
import { RateLimit } from '../common/rate-limit.decorator';
import { Context, type RequestContext } from '../common/request-context';
import { DescribeNativeApi, DescribePassword } from './auth.openapi';
import { messages, success, type SuccessEnvelope } from './envelope';
import { PasswordService } from './password.service';

const longestUsername = 256;
const longestPassword = 1024;

/** True for a body that speaks English: `username`, `password` and `new_password`. */
function isEnglish(body: PasswordBody): boolean {
  const spanish = [body.usuario, body.contrasenia, body.nueva_contrasenia].some(
    (value) => value !== undefined,
  );
  return !spanish && [body.username, body.password, body.new_password].some((value) => value !== undefined);
}

// Decorators run from the last to the first, so each field's most basic demand stands at the bottom.
export class PasswordBody {
  @ApiPropertyOptional({
    maxLength: longestUsername,
    example: 'alice',
    description: 'Login name; or `username`.',
  })
  @ValidateIf((body: PasswordBody) => !isEnglish(body))
  @MaxLength(longestUsername)
  @Matches(/\S/)
  @IsString()
  @IsDefined()
  usuario?: string;

  @ApiPropertyOptional({ maxLength: longestPassword, description: 'The old password; or `password`.' })
  @ValidateIf((body: PasswordBody) => !isEnglish(body))
  @MaxLength(longestPassword)
  @IsNotEmpty()
  @IsString()
  @IsDefined()
  contrasenia?: string;

  @ApiPropertyOptional({ maxLength: longestPassword, description: 'The new password; or `new_password`.' })
  @ValidateIf((body: PasswordBody) => !isEnglish(body))
  @MaxLength(longestPassword)
  @IsNotEmpty()
  @IsString()
  @IsDefined()
  nueva_contrasenia?: string;

  @ApiPropertyOptional({
    maxLength: longestUsername,
    example: 'alice',
    description: 'English name of `usuario`.',
  })
  @ValidateIf(isEnglish)
  @MaxLength(longestUsername)
  @Matches(/\S/)
  @IsString()
  @IsDefined()
  username?: string;

  @ApiPropertyOptional({ maxLength: longestPassword, description: 'English name of `contrasenia`.' })
  @ValidateIf(isEnglish)
  @MaxLength(longestPassword)
  @IsNotEmpty()
  @IsString()
  @IsDefined()
  password?: string;

  @ApiPropertyOptional({ maxLength: longestPassword, description: 'English name of `nueva_contrasenia`.' })
  @ValidateIf(isEnglish)
  @MaxLength(longestPassword)
  @IsNotEmpty()
  @IsString()
  @IsDefined()
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
  constructor(private readonly passwords: PasswordService) {}

  @DescribePassword()
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
      { ...context, door: 'native' },
    );
    return success(context.locale, messages.passwordChanged, null);
  }
}
