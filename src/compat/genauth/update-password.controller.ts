import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import type { Bearer } from '../../auth/access-check';
import { CurrentBearer } from '../../auth/access-token.guard';
import { AlsoTakesAccess } from '../../auth/access-ways.decorator';
import { PasswordService } from '../../auth/password.service';
import { GatehouseError } from '../../common/gatehouse-error';
import { RateLimit } from '../../common/rate-limit.decorator';
import { Context, type RequestContext } from '../../common/request-context';
import { apiCodes } from './api-codes';
import { type ApiEnvelope, apiSuccess } from './envelope';
import { GenAuthError } from './genauth-error';
import { DescribeGenAuth, DescribeUpdatePassword } from './genauth.openapi';
import { bodyObject, faults, faulty, textMember } from './request-body';
import { genAuthDoor } from './signin';
import { readEncryption } from './signin-options';
import { TypedPassword } from './typed-password';

const longestSentPassword = 8192;

/** Lets the bearer of an access token change their own password. */
@DescribeGenAuth()
@Controller('api/v3')
@AlsoTakesAccess('raw')
export class UpdatePasswordController {
  constructor(
    private readonly passwords: PasswordService,
    private readonly typed: TypedPassword,
  ) {}

  /** The old password is a guess like any other, so the request counts as a login. */
  @DescribeUpdatePassword()
  @Post('update-password')
  @HttpCode(200)
  @RateLimit('login')
  async update(
    @Body() body: unknown,
    @CurrentBearer() { identity, session }: Bearer,
    @Context() context: RequestContext,
  ): Promise<ApiEnvelope<{ readonly success: true }>> {
    const members = bodyObject(body);
    const texts = { oldText: required(members, 'oldPassword'), newText: required(members, 'newPassword') };
    const { oldPassword, newPassword } = await this.typed.pair(
      readEncryption(members),
      texts,
      context.address,
    );
    const request = { identity, oldPassword, newPassword, ...(session && { currentSessionId: session.id }) };
    try {
      await this.passwords.changeOwn(request, { ...context, door: genAuthDoor });
    } catch (error) {
      throw error instanceof GatehouseError && error.code === 'UNAUTHORIZED' ? wrongPassword(error) : error;
    }
    return apiSuccess({ success: true });
  }
}

function required(members: Readonly<Record<string, unknown>>, name: string): string {
  const text = textMember({ from: members, name }, longestSentPassword);
  if (text === undefined) throw faulty(name, faults.required);
  return text;
}

function wrongPassword(cause: GatehouseError): GenAuthError {
  return new GenAuthError({
    code: 'UNAUTHORIZED',
    api: { statusCode: 403, apiCode: apiCodes.wrongOldPassword },
    text: { es: 'La contraseña anterior es incorrecta', en: 'The old password is incorrect' },
    cause,
  });
}
