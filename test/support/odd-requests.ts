import fc from 'fast-check';

/** A request as bytes, with what is needed to judge its answer. */
export interface OddRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  readonly body: Buffer | undefined;
}

/** What opens doors: without it, most requests would end at the first guard. */
export interface Keys {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly username: string;
  readonly clientId: string;
}

const methods = ['GET', 'POST', 'POST', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'PROPFIND'];

/** Names that some door reads, so that odd values get past the first check. */
const memberNames = [
  ...['usuario', 'contrasenia', 'nueva_contrasenia', 'username', 'password', 'strategy', 'token_delivery'],
  ...['client_id', 'client_secret', 'scope', 'refresh_token', 'grant_type', 'token', 'token_type_hint'],
  ...['bindDN', 'authenticationID', 'identity', 'requestedControls', 'returnUserAttributes', 'modifications'],
  ...[
    'connection',
    'passwordPayload',
    'ldapPayload',
    'adPayload',
    'options',
    'passwordEncryptType',
    'account',
  ],
  ...['oldPassword', 'newPassword', 'role', 'since', 'after', 'id_token_hint', 'post_logout_redirect_uri'],
  ...['__proto__', 'constructor', 'toString', 'length', ''],
];

/** Any text, with lone surrogates, line breaks and control characters. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(
    ...[
      '\ud800',
      '\r\n{"level":60}',
      '\u0000',
      '\u2028',
      '%s%n',
      '${7*7}',
      '../../etc/passwd',
      'x'.repeat(3000),
    ],
    ...[
      '*)(uid=*',
      'cn=x,dc=y',
      'a@b',
      'DOM\\x',
      '-1',
      '1e999',
      'true',
      '2026-13-45T99:99:99Z',
      '[object Object]',
    ],
  ),
);

const anyNumber = fc.constantFrom('1e400', '-0', '9'.repeat(400), '1E-999', '0.1', '-1', '4294967296');

/** JSON text rather than values, so that huge numbers and doubled names come through. */
const { json } = fc.letrec<{ readonly json: string; readonly object: string }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', maxDepth: 5 },
    anyText.map((text) => JSON.stringify(text)),
    anyNumber,
    fc.constantFrom('null', 'true', '{}', '[]'),
    tie('object'),
    fc.array(tie('json'), { maxLength: 4 }).map((items) => `[${items.join()}]`),
  ),
  object: fc
    .array(fc.tuple(fc.oneof(fc.constantFrom(...memberNames), anyText), tie('json')), { maxLength: 8 })
    .map((members) => `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join()}}`),
}));

const nested = fc
  .tuple(
    fc.constantFrom<[string, string]>(['[', ']'], ['{"a":', '}'], ['[{"usuario":', '}]']),
    fc.integer({ min: 1, max: 8000 }),
  )
  .map(([[open, close], count]) => `${open.repeat(count)}1${close.repeat(count)}`);

const parameters = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom(...memberNames), anyText), anyText), { maxLength: 8 })
  .map((pairs) => pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&'));

function encoded(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString());
}

const body = fc.oneof(
  { weight: 6, arbitrary: json.map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: parameters.map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: nested.map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 1,
    arbitrary: fc.constant(Buffer.from('{"usuario":"\xff\xc0\xaf","contrasenia":"x"}', 'latin1')),
  },
);

/** What a header may hold: anything but NUL, CR and LF. Those are for the tests of broken requests. */
const headerText = fc.uint8Array({ maxLength: 60 }).map((bytes) =>
  Buffer.from(bytes)
    .toString('latin1')
    .replace(/[^\P{Cc}\x80-\x9f]/gu, '\t'),
);

const contentTypes = [
  ...Array.from({ length: 15 }, () => 'application/json'),
  ...Array.from({ length: 5 }, () => 'application/x-www-form-urlencoded'),
  ...[
    'application/json; charset=utf-16',
    'application/json;;=;"',
    'APPLICATION/JSON',
    'text/plain',
    'text/xml',
  ],
  ...['multipart/form-data; boundary=x', '', '/', 'application/json, text/plain', 'application/problem+json'],
];

const headerNames = [
  ...[
    'Accept',
    'Accept-Language',
    'Accept-Encoding',
    'If-None-Match',
    'If-Modified-Since',
    'Range',
    'Origin',
    'Referer',
  ],
  ...[
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'X-Forwarded-Uri',
    'X-Real-IP',
    'Forwarded',
  ],
  ...[
    'Sec-Fetch-Site',
    'Sec-Fetch-Mode',
    'User-Agent',
    'X-Request-Id',
    'X-HTTP-Method-Override',
    'X-Authing-App-Id',
  ],
  ...['X-CSRFToken', 'Access-Control-Request-Method', 'Cookie', 'Expect-CT', 'Via', '__proto__'],
];

const headerValues = [
  ...[
    '*/*',
    'application/problem+json',
    'en;q=1.5,*;q=-1',
    'de-'.repeat(200),
    '"x", W/"y"',
    '*',
    'null',
    'same-origin',
  ],
  ...[
    '127.0.0.1, ::1, unknown',
    'refreshToken=j:{"a":1}',
    'sessionid=x; sessionid=y; refreshToken',
    '=;;=,',
    '%00%zz',
  ],
];

function credentials(keys: Keys) {
  const basic = Buffer.from(`${keys.clientId}:x`).toString('base64');
  return fc.oneof(
    fc.constantFrom(
      ...[`Authorization: Bearer ${keys.accessToken}`, `Authorization: ${keys.accessToken}`],
      ...[`Cookie: refreshToken=${keys.refreshToken}`, `Cookie: sessionid=${keys.refreshToken}`],
      ...[`Authorization: Basic ${basic}`, 'Authorization: Bearer', 'Authorization: Basic %%%', 'X-A: b'],
      ...[
        'Authorization: Bearer eyJhbGciOiJub25lIn0.e30.',
        'Authorization: Bearer ....',
        'Authorization: Digest x',
      ],
    ),
    headerText.map((text) => `Authorization: ${text}`),
    // A good token with one character that is not.
    fc.nat(keys.accessToken.length - 1).map((at) => {
      const changed = `${keys.accessToken.slice(0, at)}!${keys.accessToken.slice(at + 1)}`;
      return `Authorization: Bearer ${changed}`;
    }),
  );
}

/** Any request to one of these paths or to none of them. `{name}` in a path stands for any text. */
export function oddRequest(paths: readonly string[], keys: Keys): fc.Arbitrary<OddRequest> {
  const target = fc
    .tuple(
      fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...paths) }, { weight: 1, arbitrary: fc.webPath() }),
      fc.oneof(
        anyText.map(encoded),
        fc.constantFrom('me', keys.clientId, '%zz', '%00', '%c0%af', '..', 'x'.repeat(4000)),
      ),
      fc.option(parameters, { nil: undefined }),
    )
    .map(
      ([path, part, query]) =>
        path.replaceAll(/\{[^}]*\}/g, () => part) + (query === undefined ? '' : `?${query}`),
    );
  const header = fc
    .tuple(fc.constantFrom(...headerNames), fc.oneof(headerText, fc.constantFrom(...headerValues)))
    .map(([name, value]) => `${name}: ${value}`);
  return fc.record({
    method: fc.constantFrom(...methods),
    target: target.map((text) => (text.startsWith('/') ? text : `/${text}`).slice(0, 9000)),
    headers: fc
      .tuple(
        fc.uniqueArray(header, { maxLength: 6 }),
        fc.option(credentials(keys), { nil: undefined }),
        fc.option(fc.constantFrom(...contentTypes), { nil: undefined }),
      )
      .map(([odd, key, type]) => [
        ...odd,
        ...(key === undefined ? [] : [key]),
        ...(type === undefined ? [] : [`Content-Type: ${type}`]),
      ]),
    body: fc.option(body, { nil: undefined }),
  });
}

/** The request as it goes over the wire, framed as it should be. */
export function bytesOf({ method, target, headers, body: content }: OddRequest): Buffer {
  const length = content ? [`Content-Length: ${content.length}`] : [];
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: gateway', 'Connection: close', ...headers, ...length];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), content ?? Buffer.alloc(0)]);
}
