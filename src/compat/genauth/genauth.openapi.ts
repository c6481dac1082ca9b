import { applyDecorators } from '@nestjs/common';
import {
  ApiBasicAuth,
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiHeader,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiResponse,
  ApiTags,
  type SchemaObject,
} from '../../common/api-description';
import { errorDefinitions } from '../../common/error-codes';
import { genAuthConnections } from '../../config/genauth-settings';
import { passwordEncryptions } from './encryption/password-decryption';
import { appIdHeader } from './presented-app';

type Described = MethodDecorator & ClassDecorator;

export const DescribeGenAuth = (): Described => ApiTags('GenAuth dialect');

export const DescribeOidc = (): Described => ApiTags('GenAuth dialect');

const text: SchemaObject = { type: 'string' };
const object: SchemaObject = { type: 'object', additionalProperties: true };
const encryption: SchemaObject = { type: 'string', enum: [...passwordEncryptions], default: 'none' };

/** An object whose members are all texts, of which some must be there. */
function textsOf(names: readonly string[], required: readonly string[]): SchemaObject {
  return {
    type: 'object',
    required: [...required],
    properties: Object.fromEntries(names.map((name) => [name, text])),
  };
}

const errorSchema: SchemaObject = {
  type: 'object',
  required: ['statusCode', 'message'],
  properties: {
    statusCode: { type: 'integer', not: { enum: [200] } },
    message: text,
    apiCode: { type: 'integer' },
    requestId: text,
  },
};
const errorExample = {
  statusCode: 403,
  message: 'Account not exists or password is incorrect.',
  apiCode: 2333,
  requestId: '0a5f6c1e-7d0b-4f7e-9a53-3b8f0f6f2c11',
};

/** To a page of another origin, outside ALLOWED_ORIGINS, that sends what could change something. */
const originNotAllowed = {
  ORIGIN_NOT_ALLOWED: {
    summary: 'A page of another origin, outside ALLOWED_ORIGINS',
    value: {
      statusCode: 403,
      message: errorDefinitions.ORIGIN_NOT_ALLOWED.text.en,
      requestId: errorExample.requestId,
    },
  },
};

type ExamplesObject = Readonly<Record<string, { readonly summary: string; readonly value: unknown }>>;

/** One HTTP status for everything: the envelope says whether it went well. */
function describeAnswer(data: SchemaObject, example: unknown, errors: ExamplesObject = {}): Described {
  const success: SchemaObject = {
    type: 'object',
    required: ['statusCode', 'message', 'data'],
    properties: { statusCode: { type: 'integer', enum: [200] }, message: text, data },
  };
  return ApiResponse({
    status: 200,
    description:
      'Success where `statusCode` is 200. docs/compat.md lists every other `statusCode` and `apiCode`',
    content: {
      'application/json': {
        schema: { oneOf: [success, errorSchema] },
        examples: {
          success: { value: { statusCode: 200, message: 'Success', data: example } },
          error: { value: errorExample },
          ...errors,
        },
      },
    },
  });
}

const tokens: SchemaObject = {
  type: 'object',
  required: ['access_token', 'token_type', 'scope'],
  properties: {
    scope: text,
    access_token: text,
    id_token: { ...text, description: 'With the scope `openid`.' },
    refresh_token: { ...text, description: 'With the scope `offline_access`.' },
    token_type: { type: 'string', enum: ['Bearer'] },
    expire_in: { type: 'integer', description: 'Seconds.' },
  },
};
const signInBody: SchemaObject = {
  type: 'object',
  required: ['connection'],
  properties: {
    connection: { type: 'string', enum: [...genAuthConnections] },
    ldapPayload: textsOf(['sAMAccountName', 'password'], ['sAMAccountName', 'password']),
    adPayload: textsOf(['sAMAccountName', 'password'], ['sAMAccountName', 'password']),
    passwordPayload: textsOf(['account', 'username', 'email', 'phone', 'password'], ['password']),
    options: {
      type: 'object',
      properties: {
        scope: text,
        clientIp: text,
        tenantId: text,
        context: {},
        customData: object,
        passwordEncryptType: encryption,
      },
    },
    client_id: text,
    client_secret: text,
  },
};

const signInExamples = {
  password: {
    value: {
      connection: 'PASSWORD',
      passwordPayload: { username: 'demo', password: 'the password' },
      options: { scope: 'openid profile' },
    },
  },
  ldap: {
    summary: 'LDAP',
    value: { connection: 'LDAP', ldapPayload: { sAMAccountName: 'alice', password: 'the password' } },
  },
};

export const DescribeSignIn = (): Described =>
  applyDecorators(
    ApiOperation({ summary: 'Sign in with a name and a password', operationId: 'genAuthSignIn' }),
    ApiBasicAuth('client_secret_basic'),
    ApiHeader({ name: appIdHeader, required: false, description: 'The `client_id` of a public client.' }),
    ApiBody({ schema: signInBody, examples: signInExamples }),
    describeAnswer(
      tokens,
      {
        scope: 'openid profile',
        access_token: 'eyJhbGciOiJFUzI1NiIs…',
        id_token: 'eyJhbGciOiJFUzI1NiIs…',
        ...{ token_type: 'Bearer', expire_in: 900 },
      },
      originNotAllowed,
    ),
  );

const key = textsOf(['publicKey'], ['publicKey']);
const systemSchema: SchemaObject = {
  type: 'object',
  required: ['rsa', 'sm2', 'version', 'publicIps'],
  properties: {
    rsa: key,
    sm2: key,
    version: textsOf(['server', 'console', 'login'], []),
    publicIps: { type: 'array', items: text },
  },
};

export const DescribeSystem = (): Described =>
  applyDecorators(
    ApiOperation({
      summary: 'The public keys that passwords are encrypted with',
      operationId: 'genAuthSystem',
    }),
    ApiResponse({
      status: 200,
      description: 'Without an envelope, unless it is an error',
      content: { 'application/json': { schema: { oneOf: [systemSchema, errorSchema] } } },
    }),
  );

const flagQuery = (name: string): Described => ApiQuery({ name, required: false, enum: ['true', 'false'] });

/** A route of the bearer of an access token, which may come without the word `Bearer`. */
const describeOwn = (summary: string, operationId: string): Described =>
  applyDecorators(ApiOperation({ summary, operationId }), ApiBearerAuth('access_token'));

export const DescribeProfile = (): Described =>
  applyDecorators(
    describeOwn('The own profile', 'genAuthProfile'),
    ...['withCustomData', 'withIdentities', 'withDepartmentIds'].map(flagQuery),
    describeAnswer(object, { userId: 'ldap:6f1c0c5e-6d1f-4f5a-8f3a-0b6a0f3c9a11', status: 'Activated' }),
  );

const objects: SchemaObject = { type: 'array', items: object };

export const DescribeRoles = (): Described =>
  applyDecorators(
    describeOwn('The own roles', 'genAuthRoles'),
    ApiQuery({ name: 'namespace', required: false, description: 'All roles are in `default`.' }),
    describeAnswer(objects, [{ id: 'admin', code: 'admin', name: 'admin', namespace: 'default' }]),
  );

export const DescribeGroups = (): Described =>
  applyDecorators(
    describeOwn('The own groups', 'genAuthGroups'),
    describeAnswer(objects, [{ id: 'engineers', code: 'engineers', name: 'engineers', type: 'static' }]),
  );

const updatePasswordBody: SchemaObject = {
  type: 'object',
  required: ['oldPassword', 'newPassword'],
  properties: { oldPassword: text, newPassword: text, passwordEncryptType: encryption },
};

export const DescribeUpdatePassword = (): Described =>
  applyDecorators(
    describeOwn('Change the own password', 'genAuthUpdatePassword'),
    ApiBody({ schema: updatePasswordBody }),
    describeAnswer(object, { success: true }, originNotAllowed),
  );

export const DescribeAppKeySet = (): Described =>
  applyDecorators(
    ApiOperation({
      summary: 'The public keys that verify tokens, below an application',
      operationId: 'appJwks',
    }),
    ApiParam({ name: 'appId', schema: text }),
    ApiResponse({
      status: 200,
      content: {
        'application/json': { schema: { type: 'object', required: ['keys'], properties: { keys: objects } } },
      },
    }),
  );

const page = { 'text/html': { schema: text } };

const sessionEndParameters = ['id_token_hint', 'client_id', 'post_logout_redirect_uri', 'state'];

/** @param place where the parameters stand: in the address, or in a form */
export const DescribeSessionEnd = (operationId: string, place: 'query' | 'form'): Described =>
  applyDecorators(
    ApiOperation({ summary: 'End the session of an ID token and go back to the application', operationId }),
    ...(place === 'query'
      ? sessionEndParameters.map((name) => ApiQuery({ name, required: false, schema: text }))
      : [
          ApiConsumes('application/x-www-form-urlencoded'),
          ApiBody({ schema: textsOf(sessionEndParameters, []) }),
        ]),
    ApiResponse({ status: 200, description: 'A page: the session has ended', content: page }),
    ApiResponse({ status: 302, description: 'The session has ended; back to `post_logout_redirect_uri`' }),
    ApiResponse({
      status: 400,
      description: 'A page: no session was named, and none has ended',
      content: page,
    }),
  );
