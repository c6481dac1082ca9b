import { applyDecorators } from '@nestjs/common';
import {
  ApiBasicAuth,
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiOperation,
  ApiProperty,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '../common/api-description';
import { type OAuthErrorName, oauthErrorNames } from './oauth-errors';

class OAuthErrorView {
  @ApiProperty({ enum: oauthErrorNames })
  readonly error!: string;

  @ApiProperty({ description: 'For people, in English.', example: 'The refresh token is not valid' })
  readonly error_description!: string;
}

type BodyClass = new () => object;

export const DescribeOidc = () => ApiTags('OAuth 2.0 and OpenID Connect');

/** The errors that each status can mean. */
type ErrorsByStatus = Readonly<Record<number, readonly OAuthErrorName[]>>;

const text = { type: 'string' } as const;
const count = { type: 'integer' } as const;
const texts = { type: 'array', items: text } as const;

/** Errors that any of these endpoints can answer. */
const everywhere: ErrorsByStatus = {
  429: ['temporarily_unavailable'],
  500: ['server_error'],
  503: ['temporarily_unavailable'],
};
const ofForms: ErrorsByStatus = {
  403: ['access_denied'],
  413: ['invalid_request'],
  415: ['invalid_request'],
};
const ofUserinfoForm: ErrorsByStatus = {
  ...ofForms,
  400: ['invalid_request'],
  403: ['insufficient_scope', 'access_denied'],
};
const ofClients: ErrorsByStatus = {
  ...ofForms,
  401: ['invalid_client'],
};

function describeErrors(own: ErrorsByStatus): MethodDecorator {
  const responses = Object.entries({ ...own, ...everywhere }).map(([status, names]) =>
    ApiResponse({
      status: Number(status),
      description: names.map(inWords).join(', '),
      headers: status === '401' ? { 'WWW-Authenticate': { description: 'A challenge', schema: text } } : {},
      content: {
        'application/json': {
          schema: { $ref: getSchemaPath(OAuthErrorView) },
          examples: Object.fromEntries(
            names.map((name) => [name, { value: { error: name, error_description: 'Why, in a sentence' } }]),
          ),
        },
      },
    }),
  );
  return applyDecorators(ApiExtraModels(OAuthErrorView), ...responses);
}

function inWords(name: OAuthErrorName): string {
  const why =
    name === 'access_denied'
      ? ' (ORIGIN_NOT_ALLOWED: a page of another origin, outside ALLOWED_ORIGINS)'
      : '';
  return `\`${name}\`${why}`;
}

function describeForm(body: BodyClass, required = true): MethodDecorator {
  return applyDecorators(ApiConsumes('application/x-www-form-urlencoded'), ApiBody({ type: body, required }));
}

function describeAnswer(description: string, properties: Readonly<Record<string, object>>, example: object) {
  const schema = {
    type: 'object' as const,
    required: Object.keys(example),
    properties,
    additionalProperties: true,
  };
  return ApiResponse({ status: 200, description, content: { 'application/json': { schema, example } } });
}

const issuer = 'https://login.example.org';

export const DescribeDiscovery = (operationId: string): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      summary: 'Where everything is (OpenID Connect Discovery 1.0, RFC 8414)',
      operationId,
    }),
    describeAnswer(
      'The same document at both paths; 404 in the form of the native API where JWT_ISSUER is no URL',
      {
        ...{ issuer: text, token_endpoint: text, introspection_endpoint: text, revocation_endpoint: text },
        ...{ userinfo_endpoint: text, jwks_uri: text, response_types_supported: texts },
        ...{
          grant_types_supported: texts,
          token_endpoint_auth_methods_supported: texts,
          scopes_supported: texts,
        },
        ...{ claims_supported: texts, subject_types_supported: texts },
        id_token_signing_alg_values_supported: texts,
      },
      {
        issuer,
        token_endpoint: `${issuer}/oidc/token`,
        userinfo_endpoint: `${issuer}/oidc/me`,
        jwks_uri: `${issuer}/.well-known/jwks.json`,
        response_types_supported: [],
        grant_types_supported: ['refresh_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['ES256'],
      },
    ),
    ApiResponse({ status: 304, description: 'The document is the one that `If-None-Match` names' }),
  );

export const DescribeToken = (body: BodyClass): MethodDecorator =>
  applyDecorators(
    ApiOperation({ summary: 'The next tokens of a session (RFC 6749 section 6)', operationId: 'token' }),
    ApiBasicAuth('client_secret_basic'),
    describeForm(body),
    describeAnswer(
      'A new access token and the next refresh token; `id_token` with the scope `openid`',
      {
        ...{ access_token: text, token_type: { type: 'string', enum: ['Bearer'] }, expires_in: count },
        ...{ refresh_token: text, scope: text, id_token: text },
      },
      {
        access_token: 'eyJhbGciOiJFUzI1NiIs…',
        token_type: 'Bearer',
        expires_in: 900,
        refresh_token: 'AX3k…',
      },
    ),
    describeErrors({
      400: ['invalid_request', 'invalid_grant', 'unsupported_grant_type', 'invalid_scope'],
      ...ofClients,
    }),
  );

export const DescribeIntrospection = (body: BodyClass): MethodDecorator =>
  applyDecorators(
    ApiOperation({ summary: 'What a token is good for now (RFC 7662)', operationId: 'introspect' }),
    ApiBasicAuth('client_secret_basic'),
    describeForm(body),
    describeAnswer(
      'All that the access token says, or less for a refresh token; `active` alone for anything else',
      {
        ...{ active: { type: 'boolean' }, scope: text, client_id: text, username: text, token_type: text },
        ...{
          exp: count,
          iat: count,
          sub: text,
          aud: text,
          iss: text,
          jti: text,
          sid: text,
          auth_time: count,
        },
        ...{ groups: texts, roles: texts },
      },
      { active: false },
    ),
    describeErrors({ 400: ['invalid_request'], ...ofClients }),
  );

export const DescribeRevocation = (body: BodyClass): MethodDecorator =>
  applyDecorators(
    ApiOperation({ summary: 'End the session of a token (RFC 7009)', operationId: 'revoke' }),
    ApiBasicAuth('client_secret_basic'),
    describeForm(body),
    ApiResponse({ status: 200, description: 'The token is of no use any more, or was of none before' }),
    describeErrors({ 400: ['invalid_request', 'invalid_grant', 'unsupported_token_type'], ...ofClients }),
  );

export const DescribeUserinfo = (operationId: string, body?: BodyClass): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      summary: 'Who the access token speaks for (OpenID Connect Core 1.0 section 5.3)',
      operationId,
    }),
    ApiBearerAuth('access_token'),
    ...(body ? [describeForm(body, false)] : []),
    describeAnswer(
      'The claims of the scope of the token; all of them for a token of the native API',
      {
        ...{
          sub: text,
          preferred_username: text,
          name: text,
          given_name: text,
          family_name: text,
          email: text,
        },
        ...{ groups: texts, roles: texts },
      },
      { sub: 'ldap:6f1c0c5e-6d1f-4f5a-8f3a-0b6a0f3c9a11' },
    ),
    describeErrors({ 403: ['insufficient_scope'], ...(body ? ofUserinfoForm : {}), 401: ['invalid_token'] }),
  );
