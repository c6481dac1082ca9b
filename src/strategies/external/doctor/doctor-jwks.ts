import { isJsonObject } from '../../../common/json-pointer';
import { describeError } from '../../../common/system-error';
import type { ExternalSettings } from '../../../config/external-settings';
import { type Finding, ok, StepFault, warn } from '../../doctor-step';
import { parseJson } from '../answer-json';
import { pointersOf, usesClaims } from '../identity-places';
import type { Requests } from '../requests';
import { isSuccess, type UpstreamAnswer } from '../upstream/upstream-call';
import { answerTo, type Line, typeText } from './doctor-calls';

type JsonObject = Readonly<Record<string, unknown>>;

const pathSetting = 'EXTERNAL_AUTH_JWKS_PATH';
const algorithmsSetting = 'EXTERNAL_AUTH_JWT_ALGORITHMS';
const mostKeys = 5;
const longestText = 40;
const shortestModulusBits = 2048;

/**
 * Reads the keys that verify the service's JWTs. Without them nobody gets through in relay mode, nor in sign mode where its access
 * token is a signed JWT; whether it is, only a good login would show.
 * @throws StepFault in relay mode, for what is a warning in sign mode
 */
export async function examineKeys(line: Line, requests: Requests): Promise<Finding> {
  try {
    const keys = keysIn(await answerTo(line, requests.jwks()));
    return judgeKeys(keys, line.settings.EXTERNAL_AUTH_JWT_ALGORITHMS);
  } catch (error) {
    if (!(error instanceof StepFault) || line.settings.EXTERNAL_AUTH_MODE === 'relay') throw error;
    return warn(`${describeError(error)}; ${whatItMeans}`, error.setting);
  }
}

const whatItMeans =
  'where its access token is a signed JWT, every login will get 503 (EXTERNAL_AUTH_CLAIMS=trusted would believe it unverified)';

/** Why the keys need not be read; undefined when they must. */
export function keysNotNeeded(settings: ExternalSettings): string | undefined {
  if (settings.EXTERNAL_AUTH_CLAIMS === 'trusted') return 'EXTERNAL_AUTH_CLAIMS=trusted needs no keys';
  if (settings.EXTERNAL_AUTH_MODE === 'relay' || usesClaims(pointersOf(settings))) return undefined;
  return 'nothing is taken from claims, so no token is verified';
}

function keysIn(answer: UpstreamAnswer): readonly JsonObject[] {
  const { status, body } = answer;
  if (status === 401 || status === 403)
    throw new StepFault(`its keys: ${unknownCaller} (${status})`, pathSetting);
  if (!isSuccess(status)) throw new StepFault(`its keys: it answered with status ${status}`, pathSetting);
  if (body === undefined) throw new StepFault('its keys: the answer is longer than 64 KiB', pathSetting);
  const document = parseJson(body);
  const keys: unknown = isJsonObject(document) ? document.keys : undefined;
  if (!Array.isArray(keys)) {
    throw new StepFault(`its keys: the answer is no JWKS (it came ${typeText(answer)})`, pathSetting);
  }
  return keys.filter(isJsonObject);
}

const unknownCaller =
  'it does not give them to this caller; see also EXTERNAL_AUTH_BEARER_TOKEN and EXTERNAL_AUTH_HMAC_SECRET';

function judgeKeys(keys: readonly JsonObject[], accepted: readonly string[]): Finding {
  if (keys.some(({ d }) => d !== undefined)) return privateKey;
  const fitting = keys.filter((key) => algorithmsOf(key).some((algorithm) => accepted.includes(algorithm)));
  const detail = `${keys.length === 1 ? '1 key' : `${keys.length} keys`}${listText(keys)}`;
  const wanted = `${algorithmsSetting} (${accepted.join(', ')})`;
  if (fitting.length === 0) throw new StepFault(`${detail}; none fits ${wanted}`, algorithmsSetting);
  if (fitting.every(isTooShort)) {
    throw new StepFault(
      `${detail}; none that fits has 2048 bits or more (RFC 7518 section 3.3)`,
      pathSetting,
    );
  }
  if (fitting.every(({ kid }) => textOf(kid) === undefined)) {
    return warn(`${detail}; none that fits has a kid, so no JWT can name it`, pathSetting);
  }
  return ok(`${detail}; ${fitting.length} of them for ${wanted}`);
}

/** The modulus of an RSA key, in base64url. */
function isTooShort({ kty, n }: JsonObject): boolean {
  if (kty !== 'RSA') return false;
  const modulus = Buffer.from(textOf(n) ?? '', 'base64url');
  const leading = modulus.findIndex((byte) => byte !== 0);
  return leading === -1 || (modulus.length - leading) * 8 < shortestModulusBits;
}

/** No matter what the keys are used for: whoever reads this may sign as the service. */
const privateKey: Finding = {
  status: 'fail',
  detail: 'it publishes a private key, so that anybody can sign its JWTs: tell whoever runs it',
  setting: pathSetting,
};

function listText(keys: readonly JsonObject[]): string {
  if (keys.length === 0) return '';
  const shown = keys.slice(0, mostKeys).map(keyText).join(', ');
  return keys.length > mostKeys ? `: ${shown} and ${keys.length - mostKeys} more` : `: ${shown}`;
}

function keyText({ kid, kty, crv, alg, use }: JsonObject): string {
  const parts = [
    textOf(kty) ?? 'no type',
    textOf(crv),
    textOf(alg),
    use === 'enc' ? 'to encrypt' : undefined,
  ];
  const kind = parts.filter((part) => part !== undefined).map((part) => part.slice(0, longestText));
  return `${textOf(kid)?.slice(0, longestText) ?? 'without kid'} (${kind.join(' ')})`;
}

/** Which signatures a public key can verify (RFC 7518 section 3.1, RFC 8037 section 3.1), by what it says of itself. */
function algorithmsOf(key: JsonObject): readonly string[] {
  if (textOf(key.use) === 'enc') return [];
  const possible = possibleAlgorithms(textOf(key.kty), textOf(key.crv));
  const algorithm = textOf(key.alg);
  return algorithm === undefined ? possible : possible.filter((one) => one === algorithm);
}

function possibleAlgorithms(kty: string | undefined, crv: string | undefined): readonly string[] {
  if (kty === 'RSA') return ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
  return byCurve.get(`${kty} ${crv}`) ?? [];
}

const byCurve: ReadonlyMap<string, readonly string[]> = new Map([
  ['EC P-256', ['ES256']],
  ['EC P-384', ['ES384']],
  ['EC P-521', ['ES512']],
  ['OKP Ed25519', ['EdDSA']],
]);

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
