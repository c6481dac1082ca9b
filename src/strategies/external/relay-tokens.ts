import type { ExternalSettings } from '../../config/external-settings';
import type { RelayedTokens } from '../token-relay';
import { payloadOfJwt } from './jwt-payload';
import { cookieFrom } from './relay-cookie';
import { accessTokenPlaces, refreshTokenPlaces, tokenAt } from './token-places';

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

/** The tokens that the service gave. `nowMs` tells whether a cookie has expired already. */
export function tokensOf(answer: TokenAnswer, settings: PlaceSettings, nowMs: number): TokensResult {
  const accessToken = tokenAt(answer.body, accessTokenPlaces(settings.EXTERNAL_AUTH_ACCESS_TOKEN));
  if (accessToken === undefined) return { found: false, fault: noAccessToken };
  const refreshToken =
    tokenAt(answer.body, refreshTokenPlaces(settings.EXTERNAL_AUTH_REFRESH_TOKEN)) ??
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

/** What a client may plan with; nothing is let in by it, so the signature does not matter here. */
function expiryOf(accessToken: string): number | undefined {
  const exp = payloadOfJwt(accessToken)?.exp;
  return typeof exp === 'number' && Number.isSafeInteger(Math.floor(exp)) ? Math.floor(exp) : undefined;
}
