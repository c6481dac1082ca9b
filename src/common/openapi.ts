import { applyDecorators } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiProperty,
  ApiPropertyOptional,
  ApiResponse,
  getSchemaPath,
} from './api-description';
import { type ErrorCode, errorDefinitions } from './error-codes';

const codes = Object.keys(errorDefinitions);

class FieldErrorView {
  @ApiProperty({ description: 'The field, as the client named it.', example: 'contrasenia' })
  readonly campo!: string;

  @ApiProperty({ example: 'no puede estar vacío' })
  readonly error!: string;
}

/** How the native API answers an error. */
export class ErrorView {
  @ApiProperty({ enum: ['error'] })
  readonly status!: string;

  @ApiProperty({ enum: codes, description: 'Stable; docs/errors.md lists them all.' })
  readonly code!: string;

  @ApiProperty({ description: 'For people, in Spanish or English.' })
  readonly message!: string;

  @ApiPropertyOptional({ type: [FieldErrorView], description: 'The faulty fields of a VALIDATION_ERROR.' })
  readonly errors?: readonly FieldErrorView[];

  @ApiProperty({ description: 'Also in `X-Request-Id` and in every log line of the request.' })
  readonly requestId!: string;
}

/** The same as RFC 9457 problem details, for clients that send `Accept: application/problem+json`. */
export class ProblemView {
  @ApiProperty({ example: 'urn:gatehouse:error:UNAUTHORIZED' })
  readonly type!: string;

  @ApiProperty()
  readonly title!: string;

  @ApiProperty({ type: 'integer', example: 401 })
  readonly status!: number;

  @ApiProperty()
  readonly detail!: string;

  @ApiProperty({ enum: codes })
  readonly code!: string;

  @ApiPropertyOptional({ type: [FieldErrorView] })
  readonly errors?: readonly FieldErrorView[];

  @ApiProperty()
  readonly requestId!: string;
}

/** Errors that any route can answer. */
const everywhere: readonly ErrorCode[] = ['TOO_MANY_REQUESTS', 'INTERNAL_ERROR', 'SERVICE_UNAVAILABLE'];
/** Errors that any route with a body can answer. */
export const bodyErrors: readonly ErrorCode[] = [
  'VALIDATION_ERROR',
  'ORIGIN_NOT_ALLOWED',
  'INVALID_JSON',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
];

/** Describes every error that a route can answer, with an example for each code. */
export function DescribeErrors(...own: readonly ErrorCode[]): MethodDecorator & ClassDecorator {
  const possible = [...own, ...everywhere];
  const statuses = new Set<number>(possible.map((code) => errorDefinitions[code].status));
  const responses = [...statuses].map((status) =>
    describeStatus(
      status,
      possible.filter((code) => errorDefinitions[code].status === status),
    ),
  );
  return applyDecorators(ApiExtraModels(ErrorView, ProblemView), ...responses);
}

function describeStatus(status: number, group: readonly ErrorCode[]): MethodDecorator & ClassDecorator {
  return ApiResponse({
    status,
    description: group.map((code) => `\`${code}\`: ${errorDefinitions[code].text.en}`).join('. '),
    headers: headersOf(status),
    content: {
      'application/json': {
        schema: { $ref: getSchemaPath(ErrorView) },
        examples: Object.fromEntries(group.map((code) => [code, { value: envelopeExample(code) }])),
      },
      'application/problem+json': {
        schema: { $ref: getSchemaPath(ProblemView) },
        examples: Object.fromEntries(group.map((code) => [code, { value: problemExample(code) }])),
      },
    },
  });
}

const exampleRequestId = '0a5f6c1e-7d0b-4f7e-9a53-3b8f0f6f2c11';
const exampleFields = { errors: [{ campo: 'contrasenia', error: 'no puede estar vacío' }] };

function envelopeExample(code: ErrorCode): Record<string, unknown> {
  return {
    status: 'error',
    code,
    message: errorDefinitions[code].text.es,
    ...(code === 'VALIDATION_ERROR' && exampleFields),
    requestId: exampleRequestId,
  };
}

function problemExample(code: ErrorCode): Record<string, unknown> {
  const { status, text } = errorDefinitions[code];
  return {
    type: `urn:gatehouse:error:${code}`,
    title: text.es,
    status,
    detail: text.es,
    code,
    ...(code === 'VALIDATION_ERROR' && exampleFields),
    requestId: exampleRequestId,
  };
}

function headersOf(
  status: number,
): Record<string, { description: string; schema: { type: 'string' | 'integer' } }> {
  if (status === 401)
    return { 'WWW-Authenticate': { description: 'RFC 6750 challenge', schema: { type: 'string' } } };
  if (status !== 429 && status !== 503) return {};
  return {
    'Retry-After': { description: 'Seconds until it is worth trying again', schema: { type: 'integer' } },
  };
}
