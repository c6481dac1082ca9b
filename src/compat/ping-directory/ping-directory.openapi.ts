import { applyDecorators } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiExtraModels,
  ApiOperation,
  ApiParam,
  ApiProperty,
  ApiPropertyOptional,
  ApiQuery,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '../../common/api-description';
import { longestPassword, longestUsername } from '../../auth/credential-fields';
import { longestAttribute, mostAttributes } from './attribute-names';

class ControlView {
  @ApiProperty({ maxLength: 128, example: '1.3.6.1.4.1.42.2.27.8.5.1' })
  readonly oid!: string;

  @ApiPropertyOptional({ maxLength: 256 })
  readonly 'control-name'?: string;

  @ApiProperty()
  readonly criticality!: boolean;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  readonly 'value-json'?: object;

  @ApiPropertyOptional({ maxLength: 8192 })
  readonly 'value-base64'?: string;
}

class CredentialsView {
  @ApiProperty({ enum: ['password'] })
  readonly authenticationType!: string;

  @ApiPropertyOptional({ maxLength: 1024, description: 'Either this or `username`.' })
  readonly dn?: string;

  @ApiPropertyOptional({ maxLength: longestUsername })
  readonly username?: string;

  @ApiProperty({ maxLength: longestPassword })
  readonly staticPassword!: string;
}

class AuthenticateBody {
  @ApiProperty({ type: CredentialsView })
  readonly credentials!: CredentialsView;

  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'string', maxLength: longestAttribute },
    maxItems: mostAttributes,
    description: 'Names, `*` for all user attributes, `+` for all operational ones. None gives none.',
  })
  readonly returnUserAttributes?: readonly string[];

  @ApiPropertyOptional({ type: [ControlView], maxItems: 20 })
  readonly _controls?: readonly ControlView[];
}

class ResultCodeView {
  @ApiProperty({ type: 'integer', example: 0 })
  readonly value!: number;

  @ApiProperty({ example: 'success' })
  readonly name!: string;
}

class PasswordAnswerView {
  @ApiProperty({ type: ResultCodeView })
  readonly resultCode!: ResultCodeView;

  @ApiPropertyOptional({ type: [ControlView] })
  readonly _controls?: readonly ControlView[];
}

const entrySchema = {
  type: 'object' as const,
  required: ['_dn'],
  properties: { _dn: { type: 'string' as const } },
  additionalProperties: { type: 'array' as const, items: { type: 'string' as const } },
};

class AuthenticateView extends PasswordAnswerView {
  @ApiProperty({ description: 'An access token of the gateway; its session lives as long as it does.' })
  readonly accessToken!: string;

  @ApiPropertyOptional(entrySchema)
  readonly userAttributes?: object;

  @ApiPropertyOptional({ type: 'integer', description: 'Where the source knows it.' })
  readonly secondsUntilPasswordExpiration?: number;

  @ApiPropertyOptional({ description: 'Where it is true.' })
  readonly mustChangePassword?: boolean;
}

class ChangePasswordBody {
  @ApiProperty({ maxLength: longestPassword })
  readonly oldPassword!: string;

  @ApiProperty({ maxLength: longestPassword })
  readonly newPassword!: string;

  @ApiPropertyOptional({ type: [ControlView], maxItems: 20 })
  readonly _controls?: readonly ControlView[];
}

/** How the dialect answers an error. */
class FailureView {
  @ApiProperty({ type: ResultCodeView })
  readonly resultCode!: ResultCodeView;

  @ApiProperty()
  readonly diagnosticMessage!: string;

  @ApiPropertyOptional({ type: [ControlView], description: 'Where the request asked for them.' })
  readonly _controls?: readonly ControlView[];
}

const malformed = 'protocolError (2), invalidDNSyntax (34) or adminLimitExceeded (11)';
const scoped = 'insufficientAccessRights (50): a token with a scope, which a client was given';
const badBearer = 'invalidCredentials (49): no Bearer token, or not a good one';

export const DescribePingDirectory = () => ApiTags('PingDirectory dialect');

const credentials = { authenticationType: 'password', staticPassword: 'the password' };
const loginExamples = {
  username: { value: { credentials: { ...credentials, username: 'demo' }, returnUserAttributes: ['*'] } },
  dn: {
    summary: 'By DN',
    value: { credentials: { ...credentials, dn: 'uid=demo,ou=people,dc=example,dc=org' } },
  },
};

export const DescribeAuthenticate = () =>
  applyDecorators(
    ApiOperation({ summary: 'Log in by DN or name and password', operationId: 'pingDirectoryAuthenticate' }),
    ApiBody({ type: AuthenticateBody, examples: loginExamples }),
    ApiResponse({ status: 200, type: AuthenticateView, description: 'Logged in' }),
    describeFailures({
      ...bodyFailures,
      400: `${malformed}, authMethodNotSupported (7), unavailableCriticalExtension (12)`,
      401: 'invalidCredentials (49): wrong, unknown, or an account that cannot be used',
      403: 'unwillingToPerform (53): the password must be changed, or logging in is not allowed now; a page of another origin, outside ALLOWED_ORIGINS',
    }),
  );

export const DescribeMe = () =>
  applyDecorators(
    ApiOperation({ summary: 'The own entry', operationId: 'pingDirectoryMe' }),
    ApiBearerAuth('access_token'),
    ...['includeAttributes', 'excludeAttributes'].map((name) =>
      ApiQuery({ name, required: false, schema: { type: 'string' }, example: 'uid,mail' }),
    ),
    ApiResponse({
      status: 200,
      description: 'The entry',
      content: { 'application/json': { schema: entrySchema } },
    }),
    describeFailures({ ...everywhere, 400: malformed, 401: badBearer, 403: scoped }),
  );

export const DescribeChangePassword = () =>
  applyDecorators(
    ApiOperation({ summary: 'Change the own password', operationId: 'pingDirectoryChangePassword' }),
    ApiBearerAuth('access_token'),
    ApiParam({ name: 'dn', description: 'Of the own entry.', schema: { type: 'string', maxLength: 1024 } }),
    ApiBody({ type: ChangePasswordBody }),
    ApiExtraModels(PasswordAnswerView),
    ApiResponse({
      status: 200,
      description: 'Changed; all other sessions of the person have ended',
      content: { 'application/hal+json': { schema: { $ref: getSchemaPath(PasswordAnswerView) } } },
    }),
    describeFailures({
      ...bodyFailures,
      400: `${malformed}, unavailableCriticalExtension (12)`,
      401: `${badBearer}, or a wrong old password`,
      403: 'insufficientAccessRights (50): another entry, a token with a scope, or a password that cannot be changed here; constraintViolation (19): refused by the policy; a page of another origin, outside ALLOWED_ORIGINS',
    }),
  );

const everywhere = {
  429: 'busy (51): too many requests; `Retry-After`',
  500: 'other (80)',
  503: 'unavailable (52): outage; `Retry-After`',
};
const bodyFailures = {
  ...everywhere,
  413: 'adminLimitExceeded (11): the body is too large',
  415: 'protocolError (2): not JSON',
};

function describeFailures(descriptions: Readonly<Record<number, string>>): MethodDecorator {
  const responses = Object.entries(descriptions).map(([status, description]) =>
    ApiResponse({ status: Number(status), description, type: FailureView }),
  );
  return applyDecorators(...responses);
}
