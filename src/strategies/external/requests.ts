import { createHmac } from 'node:crypto';
import type { Clock } from '../../common/clock';
import { isJsonScalar } from '../../common/json-pointer';
import type { ExternalSettings } from '../../config/external-settings';
import type { Credentials, LoginContext } from '../credential-strategy';
import type { Identity } from '../identity';
import { cookieValueOf } from './cookie-value';
import { type UpstreamCall, UpstreamFailure } from './upstream/upstream-call';

type UnnamedCall = Omit<UpstreamCall, 'operation'>;

/** Every call to the service: where it goes, what it carries, and how it shows who calls. */
export class Requests {
  /** @throws Error that names the setting which cannot be used. */
  constructor(
    private readonly settings: ExternalSettings,
    private readonly clock: Clock,
  ) {
    const { EXTERNAL_AUTH_ADDRESS_HEADER: addressHeader } = settings;
    if (addressHeader?.toLowerCase() === settings.EXTERNAL_AUTH_HMAC_HEADER.toLowerCase()) {
      throw new Error('EXTERNAL_AUTH_ADDRESS_HEADER is the same as EXTERNAL_AUTH_HMAC_HEADER');
    }
  }

  /** The further fields come first, so that none of them can replace the name or the password. */
  login({ username, password }: Credentials, context: LoginContext): UpstreamCall {
    const fields = {
      ...this.settings.EXTERNAL_AUTH_EXTRA_BODY,
      [this.settings.EXTERNAL_AUTH_USERNAME_FIELD]: username,
      [this.settings.EXTERNAL_AUTH_PASSWORD_FIELD]: password,
    };
    return { operation: 'login', ...this.post(this.settings.EXTERNAL_AUTH_LOGIN_PATH, fields, context) };
  }

  refresh(refreshToken: string, context: LoginContext): UpstreamCall {
    const { EXTERNAL_AUTH_REFRESH_PATH: path } = this.settings;
    return { operation: 'refresh', ...this.withToken(path, refreshToken, context) };
  }

  revoke(refreshToken: string, context: LoginContext): UpstreamCall {
    const { EXTERNAL_AUTH_REVOKE_PATH: path } = this.settings;
    return { operation: 'revoke', ...this.withToken(path, refreshToken, context) };
  }

  /**
   * `path` is EXTERNAL_AUTH_PROFILE_PATH; its placeholders take the source's own id and the canonical name.
   * @throws UpstreamFailure for an id or a name that cannot stand in a path.
   */
  profile(path: string, { subject, username, strategy }: Identity): UpstreamCall {
    const id = subject.slice(strategy.length + 1);
    const target = path
      .replaceAll('{subject}', () => pathPart(id))
      .replaceAll('{username}', () => pathPart(username));
    if (hasNewDotSegment(path, target)) throw cannotStandInPath();
    return { operation: 'profile', ...this.get(target) };
  }

  jwks(): UpstreamCall {
    return { operation: 'jwks', ...this.get(this.settings.EXTERNAL_AUTH_JWKS_PATH) };
  }

  private get(path: string): UnnamedCall {
    const headers = (target: string) => this.headers({ method: 'GET', target, body: '' });
    return { method: 'GET', path, headers, isRepeatable: true };
  }

  /** The token goes out just as it came in. */
  private withToken(path: string, refreshToken: string, context: LoginContext): UnnamedCall {
    if (this.settings.EXTERNAL_AUTH_REFRESH_SEND === 'body') {
      return this.post(path, { [this.settings.EXTERNAL_AUTH_REFRESH_FIELD]: refreshToken }, context);
    }
    const cookie = `${this.settings.EXTERNAL_AUTH_REFRESH_COOKIE}=${cookieValueOf(refreshToken)}`;
    return this.post(path, {}, context, { cookie });
  }

  private post(
    path: string,
    fields: Readonly<Record<string, unknown>>,
    context: LoginContext,
    more: Readonly<Record<string, string>> = {},
  ): UnnamedCall {
    const isForm = this.settings.EXTERNAL_AUTH_BODY_FORMAT === 'form';
    const body = isForm ? formOf(fields) : JSON.stringify(fields);
    const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json';
    const headers = (target: string) => ({
      'content-type': type,
      ...this.headers({ method: 'POST', target, body }),
      ...this.callerHeaders(context),
      ...more,
    });
    return { method: 'POST', path, headers, body, isRepeatable: false };
  }

  private callerHeaders({ requestId, address }: LoginContext): Record<string, string> {
    const name = this.settings.EXTERNAL_AUTH_ADDRESS_HEADER;
    return {
      // A client may have chosen the id; one that is no header value is left out rather than failing the login.
      ...(/^[\x21-\x7e]{1,200}$/.test(requestId) && { 'x-request-id': requestId }),
      ...(name !== undefined && { [name]: address }),
    };
  }

  /** The secrets are asked for with each call: their files may have changed. */
  private headers(call: SignedParts): Record<string, string> {
    const { EXTERNAL_AUTH_BEARER_TOKEN: bearer, EXTERNAL_AUTH_HMAC_SECRET: secret } = this.settings;
    return {
      accept: 'application/json',
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      ...(secret !== undefined && {
        [this.settings.EXTERNAL_AUTH_HMAC_HEADER]: signature(call, secret, this.clock.nowSeconds()),
      }),
    };
  }
}

interface SignedParts {
  readonly method: string;
  readonly target: string;
  readonly body: string;
}

/** The time is signed too, so that the service can refuse what somebody sends again later. */
function signature({ method, target, body }: SignedParts, secret: string, nowSeconds: number): string {
  const mac = createHmac('sha256', secret).update(`${nowSeconds}.${method}.${target}.${body}`).digest('hex');
  return `t=${nowSeconds},v1=${mac}`;
}

/** Percent-encoded, so that it can neither end its segment nor begin another. A lone surrogate has no encoding. */
function pathPart(text: string): string {
  if (/\p{Cs}/u.test(text)) throw cannotStandInPath();
  return encodeURIComponent(text);
}

/** Dots are never percent-encoded, and `..` as a whole segment would name another resource (RFC 3986 section 5.2.4). */
function hasNewDotSegment(path: string, target: string): boolean {
  return dotSegments(target) > dotSegments(path);
}

function dotSegments(path: string): number {
  const [beforeQuery = ''] = path.split('?', 1);
  return beforeQuery.split('/').filter((segment) => /^(\.|%2e){1,2}$/i.test(segment)).length;
}

function cannotStandInPath(): UpstreamFailure {
  const setting = 'EXTERNAL_AUTH_PROFILE_PATH';
  return new UpstreamFailure(`the id or name of a person cannot stand in ${setting}`, { setting });
}

function formOf(fields: Readonly<Record<string, unknown>>): string {
  const texts = Object.entries(fields).map(([name, value]): [string, string] => [name, formValueOf(value)]);
  return new URLSearchParams(texts).toString();
}

function formValueOf(value: unknown): string {
  return isJsonScalar(value) ? String(value ?? '') : JSON.stringify(value);
}
