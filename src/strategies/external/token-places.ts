import { type JsonPointer, valueAt } from '../../common/json-pointer';
import type { ExternalSettings } from '../../config/external-settings';

const usualAccessPlaces = [['data', 'access_token'], ['data', 'token'], ['access_token'], ['token']];
const usualRefreshPlaces = [
  ['data', 'refresh_token'],
  ['data', 'refreshToken'],
  ['refresh_token'],
  ['refreshToken'],
];

/** Where an answer holds its access token: only where EXTERNAL_AUTH_ACCESS_TOKEN says, if it does, else the usual places in order. */
export function accessTokenPlaces(
  pointer: ExternalSettings['EXTERNAL_AUTH_ACCESS_TOKEN'],
): readonly JsonPointer[] {
  return pointer ? [pointer] : usualAccessPlaces;
}

/** The same for its refresh token, by EXTERNAL_AUTH_REFRESH_TOKEN. */
export function refreshTokenPlaces(
  pointer: ExternalSettings['EXTERNAL_AUTH_REFRESH_TOKEN'],
): readonly JsonPointer[] {
  return pointer ? [pointer] : usualRefreshPlaces;
}

/** The first token at one of the places. Only a text is one: old services put a 0 or a -1 there to say no. */
export function tokenAt(body: unknown, places: readonly JsonPointer[]): string | undefined {
  return places.map((place) => valueAt(body, place)).find(isToken);
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
