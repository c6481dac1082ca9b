import { applyDecorators } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiQuery,
  ApiResponse,
} from '../common/api-description';
import { DescribeErrors } from '../common/openapi';
import { describeSuccess } from './auth.openapi';

class RevocationEntryView {
  @ApiPropertyOptional({
    description: 'The `sid` of a session that has ended.',
    example: 'r4Jb0mC0o1mWkq3Xq1b5dA',
  })
  readonly sid?: string;

  @ApiPropertyOptional({
    description: 'The `sub` of somebody whose sessions have all ended.',
    example: 'ldap:6f1c…',
  })
  readonly sub?: string;

  @ApiPropertyOptional({
    type: 'integer',
    description: 'With `sub`: tokens with an earlier `auth_time` are refused. Seconds since the Unix epoch.',
  })
  readonly not_before?: number;

  @ApiPropertyOptional({ description: 'With `sub`: the one session that goes on although it is older.' })
  readonly spared_sid?: string;

  @ApiProperty({
    type: 'integer',
    description: 'The entry can be forgotten then. Seconds since the Unix epoch.',
  })
  readonly exp!: number;
}

class RevocationsView {
  @ApiProperty({ type: [RevocationEntryView], description: 'Some come again; nothing is left out.' })
  readonly entries!: readonly RevocationEntryView[];

  @ApiProperty({ description: 'The `since` of the next request.', example: '1795296000' })
  readonly next!: string;

  @ApiProperty({ description: 'True when the next request has more at once.' })
  readonly more!: boolean;
}

const example = {
  entries: [
    { sid: 'r4Jb0mC0o1mWkq3Xq1b5dA', exp: 1795296960 },
    {
      sub: 'ldap:6f1c0c5e-6d1f-4f5a-8f3a-0b6a0f3c9a11',
      not_before: 1795296000,
      spared_sid: 'CiSSLVmvoQ4CP6OawyFUdA',
      exp: 1795296960,
    },
  ],
  next: '1795296000',
  more: false,
};

export const DescribeRevocations = () =>
  applyDecorators(
    ApiOperation({
      summary: 'What has ended before its time, for services that verify access tokens by themselves',
      operationId: 'revocations',
    }),
    ApiBearerAuth('access_token'),
    ApiQuery({
      name: 'since',
      required: false,
      description: '`next` of the answer before, or seconds since the Unix epoch; without it everything.',
      schema: { type: 'string' },
    }),
    describeSuccess(
      'Needs an access token only with REVOCATION_FEED=bearer',
      RevocationsView,
      'Operación exitosa',
      example,
    ),
    ApiResponse({ status: 304, description: 'What `If-None-Match` names is still the answer' }),
    DescribeErrors('VALIDATION_ERROR', 'UNAUTHORIZED', 'INVALID_TOKEN', 'TOKEN_EXPIRED', 'NOT_FOUND'),
  );
