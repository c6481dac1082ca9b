import {
  bearerToken,
  choice,
  exchangeableSecret,
  flag,
  headerName,
  integer,
  jsonObject,
  jsonPointer,
  jsonPointers,
  jsonValue,
  list,
  text,
  urls,
  type ValuesOf,
} from './setting';

/** Signatures that a public key verifies (RFC 7518 section 3.1, RFC 8037 section 3.1). */
const verifiableAlgorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA'],
];

const addressSettings = {
  EXTERNAL_AUTH_URL: urls({
    protocols: ['http:', 'https:'],
    meaning:
      'Base address of the authentication service that logins are forwarded to; several, separated by commas, are tried in this order.',
  }),
  EXTERNAL_AUTH_MODE: choice({
    of: ['sign', 'relay'],
    default: 'sign',
    meaning:
      '`sign`: the service checks the password, the gateway opens a session and signs its own token. `relay`: the service’s own ' +
      'tokens are handed through, and it keeps the sessions.',
  }),
  EXTERNAL_AUTH_LOGIN_PATH: text({
    type: 'path',
    default: '/api/AuthJWT/Login',
    meaning: 'Path of its login, appended to EXTERNAL_AUTH_URL like the other paths.',
  }),
  EXTERNAL_AUTH_REFRESH_PATH: text({
    type: 'path',
    default: '/api/AuthJWT/RefreshToken',
    meaning: 'Path of its refresh, in relay mode.',
  }),
  EXTERNAL_AUTH_REVOKE_PATH: text({
    type: 'path',
    default: '/api/AuthJWT/Revoke',
    meaning: 'Path of its logout, in relay mode.',
  }),
  EXTERNAL_AUTH_JWKS_PATH: text({
    type: 'path',
    default: '/api/AuthJWT/GetJwks',
    meaning: 'Path of the keys that verify its JWTs (RFC 7517).',
  }),
  EXTERNAL_AUTH_PROFILE_PATH: text({
    type: 'path with `{subject}` or `{username}`',
    meaning:
      'Path where a person can be read without their password, such as `/api/users/{subject}`, for re-reading at a refresh. ' +
      'What `/claims/…` reaches in a JWT is looked for among its own fields.',
  }),
};

const requestSettings = {
  EXTERNAL_AUTH_BODY_FORMAT: choice({
    of: ['json', 'form'],
    default: 'json',
    meaning: 'How the fields of a login are sent: as JSON, or as `application/x-www-form-urlencoded`.',
  }),
  EXTERNAL_AUTH_USERNAME_FIELD: text({
    default: 'usuario',
    meaning: 'Name of the field that holds the login name.',
  }),
  EXTERNAL_AUTH_PASSWORD_FIELD: text({
    default: 'contrasenia',
    meaning: 'Name of the field that holds the password.',
  }),
  EXTERNAL_AUTH_EXTRA_BODY: jsonObject({
    meaning: 'Further fields that its login wants, such as `{"idSistema":7}`.',
  }),
  EXTERNAL_AUTH_BEARER_TOKEN: bearerToken({
    meaning: 'Shows the service who calls: sent as `Authorization: Bearer` with every call.',
  }),
  EXTERNAL_AUTH_HMAC_SECRET: exchangeableSecret({
    meaning:
      'Shows the service who calls: every call carries `t=SECONDS,v1=HEX`, the HMAC-SHA-256 of `SECONDS.METHOD.PATH.BODY`.',
  }),
  EXTERNAL_AUTH_HMAC_HEADER: headerName({
    default: 'X-Signature',
    meaning: 'Header of that signature.',
  }),
  EXTERNAL_AUTH_ADDRESS_HEADER: headerName({
    meaning:
      'Header that tells the service the caller’s address, such as `X-Forwarded-For`; if absent, it is not told.',
  }),
};

const answerSettings = {
  EXTERNAL_AUTH_SUCCESS: jsonPointer({
    meaning:
      'Where a 2xx answer says whether the login is accepted, such as `/success`. If absent: `/success`, where there is one.',
  }),
  EXTERNAL_AUTH_SUCCESS_VALUE: jsonValue({
    default: true,
    meaning: 'What it says then, as JSON; another value of the same type refuses the login.',
  }),
  EXTERNAL_AUTH_ANY_CONTENT_TYPE: flag({
    default: false,
    meaning: 'Set to true for a service that sends its JSON under another `Content-Type`.',
  }),
  EXTERNAL_AUTH_SUBJECT: jsonPointer({
    meaning:
      'Where its answer holds the stable id of the person (RFC 6901; `/claims/…` reaches the claims of its JWT). ' +
      'If absent: the `sub` of its JWT, else its `nameid`, else the canonical login name.',
  }),
  EXTERNAL_AUTH_USERNAME: jsonPointers({
    meaning:
      'Where its answer holds the login name; several places, separated by commas, are tried in order, here and below. ' +
      'If absent: the claims `preferred_username`, `unique_name` or `usuario`.',
  }),
  EXTERNAL_AUTH_DISPLAY_NAME: jsonPointers({
    meaning:
      'Where its answer holds the full name. If absent: the claim `name`, else `data.nombreCompleto` or `data.nombre`.',
  }),
  EXTERNAL_AUTH_GIVEN_NAME: jsonPointers({
    meaning: 'Where its answer holds the given name. If absent: the claim `given_name`.',
  }),
  EXTERNAL_AUTH_FAMILY_NAME: jsonPointers({
    meaning: 'Where its answer holds the family name. If absent: the claim `family_name`.',
  }),
  EXTERNAL_AUTH_EMAIL: jsonPointers({
    meaning:
      'Where its answer holds the mail address. If absent: the claim `email`, else `data.email` or `data.correo`.',
  }),
  EXTERNAL_AUTH_ROLES: jsonPointers({
    meaning: 'Where its answer holds the roles: a list or one text. If absent: the claims `roles` or `role`.',
  }),
};

const tokenSettings = {
  EXTERNAL_AUTH_ACCESS_TOKEN: jsonPointer({
    meaning:
      'Where its answer holds its access token. If absent: `data.access_token`, `data.token`, `access_token` or `token`.',
  }),
  EXTERNAL_AUTH_REFRESH_TOKEN: jsonPointer({
    meaning:
      'Where its answer holds its refresh token, in relay mode. If absent: `data.refresh_token`, `data.refreshToken`, ' +
      '`refresh_token` or `refreshToken`, else its cookie.',
  }),
  EXTERNAL_AUTH_REFRESH_COOKIE: text({
    type: 'cookie name',
    default: 'refreshToken',
    meaning: 'Cookie in which it gives and takes its refresh token, in relay mode.',
  }),
  EXTERNAL_AUTH_REFRESH_SEND: choice({
    of: ['cookie', 'body'],
    default: 'cookie',
    meaning: 'How its refresh and its logout take the refresh token, in relay mode.',
  }),
  EXTERNAL_AUTH_REFRESH_FIELD: text({
    default: 'refresh_token',
    meaning: 'Name of the field that holds it where EXTERNAL_AUTH_REFRESH_SEND is `body`.',
  }),
  EXTERNAL_AUTH_CLAIMS: choice({
    of: ['verified', 'trusted'],
    default: 'verified',
    meaning:
      '`verified`: claims of its JWT count only after EXTERNAL_AUTH_JWKS_PATH has proven its signature. `trusted`: they are ' +
      'believed because they came over our own connection, for a service that publishes no keys.',
  }),
  EXTERNAL_AUTH_JWT_ALGORITHMS: list({
    type: 'list of JWS algorithms',
    default: 'RS256',
    accept: (item) =>
      verifiableAlgorithms.includes(item) ? undefined : `must hold only ${verifiableAlgorithms.join(', ')}`,
    meaning: 'Signatures of its JWTs that are accepted.',
  }),
  EXTERNAL_AUTH_TOKEN_TYPES: choice({
    of: ['access', 'any'],
    default: 'access',
    meaning:
      'Which of its JWTs open routes in relay mode. `access`: those that no `typ` or `token_type` names as anything but access tokens, ' +
      'and that have none of `nonce`, `at_hash`, `c_hash` and `events`, as ID and logout tokens do. `any`: every one that it signs, ' +
      'its refresh tokens included, where they are JWTs.',
  }),
  EXTERNAL_AUTH_JWT_ISSUER: text({
    meaning: 'The `iss` that its JWTs must have; if absent, any. In relay mode JWT_ISSUER says it.',
  }),
  EXTERNAL_AUTH_JWT_AUDIENCE: text({
    meaning: 'The `aud` that its JWTs must have; if absent, any. In relay mode JWT_AUDIENCE says it.',
  }),
  EXTERNAL_AUTH_JWKS_MAX_AGE_SECONDS: integer({
    default: 600,
    min: 10,
    max: 86400,
    unit: 's',
    meaning:
      'How long its keys are kept before they are read again; an unknown `kid` or a wrong signature reads them sooner, once in 30 s at ' +
      'most (once in 1 s for a token that the service has just issued).',
  }),
};

const connectionSettings = {
  EXTERNAL_AUTH_ALLOW_PLAINTEXT: flag({
    default: false,
    meaning:
      'Set to true to allow `http://` to another host in production. Passwords then cross the network readable.',
  }),
  EXTERNAL_AUTH_TLS_CA_FILE: text({
    type: 'path',
    meaning: 'PEM file of the authorities that sign the service’s certificate.',
  }),
  EXTERNAL_AUTH_TLS_CERT_FILE: text({
    type: 'path',
    meaning: 'PEM file of our own certificate, where the service asks for one.',
  }),
  EXTERNAL_AUTH_TLS_KEY_FILE: text({
    type: 'path',
    meaning: 'PEM file of the key of that certificate.',
  }),
  EXTERNAL_AUTH_CONNECT_TIMEOUT_MS: integer({
    default: 2000,
    min: 50,
    max: 60000,
    unit: 'ms',
    meaning: 'Longest time to connect to the service, name lookup and TLS handshake included.',
  }),
  EXTERNAL_AUTH_HEADERS_TIMEOUT_MS: integer({
    default: 10000,
    min: 50,
    max: 120000,
    unit: 'ms',
    meaning: 'Longest time from a request to the head of its answer.',
  }),
  EXTERNAL_AUTH_BODY_TIMEOUT_MS: integer({
    default: 5000,
    min: 50,
    max: 120000,
    unit: 'ms',
    meaning: 'Longest time from the head of an answer to its end.',
  }),
  EXTERNAL_AUTH_TIMEOUT_MS: integer({
    default: 10000,
    min: 50,
    max: 120000,
    unit: 'ms',
    meaning: 'Longest time for one whole call, the wait for a connection and further addresses included.',
  }),
  EXTERNAL_AUTH_KEEP_ALIVE_MS: integer({
    default: 4000,
    min: 100,
    max: 600000,
    unit: 'ms',
    meaning: 'How long an idle connection is kept. Should be shorter than the service’s own limit.',
  }),
  EXTERNAL_AUTH_MAX_CONNECTIONS: integer({
    default: 32,
    min: 1,
    max: 1024,
    meaning:
      'Most logins and refreshes at the service at the same time. All other calls (logouts, keys, profiles) have a quarter as many ' +
      'places of their own, at least one.',
  }),
  EXTERNAL_AUTH_MAX_QUEUE: integer({
    default: 256,
    min: 0,
    max: 100000,
    meaning:
      'Most logins and refreshes that wait for their turn; past them the answer is 503. Of all other calls a quarter as many wait.',
  }),
  EXTERNAL_AUTH_BREAKER_FAILURES: integer({
    default: 5,
    min: 1,
    max: 1000,
    meaning:
      'Outages in a row of one kind of call (login, refresh, logout, keys, profile) at an address after which that kind leaves it ' +
      'alone for a while.',
  }),
  EXTERNAL_AUTH_BREAKER_OPEN_MS: integer({
    default: 5000,
    min: 100,
    max: 600000,
    unit: 'ms',
    meaning:
      'How long it is left alone; then one call tries it, and the others are turned away until that one is answered.',
  }),
};

const shadowSettings = {
  EXTERNAL_AUTH_SHADOW: text({
    type: '`file`, `ldap` or `ldap.NAME`',
    meaning:
      'A second source in which everybody whom the service accepts is looked up, never with a password; differences in existence, ' +
      'mail and roles are counted and logged. For a move from one source to the other.',
  }),
};

export const externalSettings = {
  ...addressSettings,
  ...requestSettings,
  ...answerSettings,
  ...tokenSettings,
  ...connectionSettings,
  ...shadowSettings,
};

export type ExternalSettings = ValuesOf<typeof externalSettings>;
