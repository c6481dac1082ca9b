import { type JsonPointer, valueAt } from '../../common/json-pointer';
import type { ExternalSettings } from '../../config/external-settings';
import type { RelayedTokens } from '../token-relay';
import { payloadOfJwt } from './jwt-payload';
import { cookieFrom } from './relay-cookie';

/** An accepted answer, as far as it can hold tokens. */
export interface TokenAnswer {
  readonly body: Readonly<Record<string, unknown>>;
  /** The `Set-Cookie` lines. */
  readonly setCookies: readonly string[];
}

/** The tokens, or in plain words why there are none that can be handed through. The words repeat nothing of the answer. */
export type TokensResult =
  | { readonly found: true; readonly tokens: RelayedTokens }
  | { readonly found: false; readonly fault: string };

type PlaceSettings = Pick<
  ExternalSettings,
  'EXTERNAL_AUTH_ACCESS_TOKEN' | 'EXTERNAL_AUTH_REFRESH_TOKEN' | 'EXTERNAL_AUTH_REFRESH_COOKIE'
>;

const accessPlaces = [['data', 'access_token'], ['data', 'token'], ['access_token'], ['token']];
const refreshPlaces = [
  ['data', 'refresh_token'],
  ['data', 'refreshToken'],
  ['refresh_token'],
  ['refreshToken'],
];

/** The tokens that the service gave. `nowMs` tells whether a cookie has expired already. */
export function tokensOf(answer: TokenAnswer, settings: PlaceSettings, nowMs: number): TokensResult {
  const accessToken = textAt(answer.body, settings.EXTERNAL_AUTH_ACCESS_TOKEN, accessPlaces);
  if (accessToken === undefined) return { found: false, fault: noAccessToken };
  const refreshToken =
    textAt(answer.body, settings.EXTERNAL_AUTH_REFRESH_TOKEN, refreshPlaces) ??
    cookieFrom(answer.setCookies, settings.EXTERNAL_AUTH_REFRESH_COOKIE, nowMs);
  const accessExpiresAtSeconds = expiryOf(accessToken);
  return {
    found: true,
    tokens: {
      accessToken,
      ...(accessExpiresAtSeconds !== undefined && { accessExpiresAtSeconds }),
      ...(refreshToken !== undefined && { refreshToken }),
    },
  };
}

const noAccessToken =
  'its answer is a success without an access token (EXTERNAL_AUTH_ACCESS_TOKEN says where it is)';

function textAt(
  body: unknown,
  pointer: JsonPointer | undefined,
  defaults: readonly JsonPointer[],
): string | undefined {
  const places = pointer ? [pointer] : defaults;
  return places.map((place) => valueAt(body, place)).find(isToken);
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

/** What a client may plan with; nothing is let in by it, so the signature does not matter here. */
function expiryOf(accessToken: string): number | undefined {
  const exp = payloadOfJwt(accessToken)?.exp;
  return typeof exp === 'number' && Number.isSafeInteger(Math.floor(exp)) ? Math.floor(exp) : undefined;
}
