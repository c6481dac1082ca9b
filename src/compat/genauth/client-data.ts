import { isJsonObject } from '../../common/json-pointer';

/** What the audit trail takes of what a client says of a login, in bytes of JSON. */
const mostBytes = 4096;
const mostDepth = 8;
const leftOut = '[left out]';
/** In English, Spanish and Chinese, as parts of names and texts. */
const secretNames =
  /pass|pwd|secret|token|creden[ct]ial|autori[sz]a|authoriza|cookie|api.?key|bearer|clave|contrase(?:n|ñ)|llave|密码|密碼|口令/i;
/** These are parts of harmless words, so they count only as whole words. */
const secretWords = /(?<![a-z])(?:pin|otp|jwt|cvv)(?![a-z])/i;
const humps = /(?<=[a-z])(?=[A-Z])/g;

type ClientData = Readonly<Record<string, unknown>>;

/**
 * What a client says of a login for the audit trail, without members and texts that speak of a secret, and without any text or
 * number that holds one of the given secrets. A text that is JSON is read as JSON. Members that do not fit into 4 KiB together are left out, the largest first, and named in `omitted`. Undefined
 * where there is nothing to say.
 */
export function auditableData(said: ClientData, secrets: readonly string[]): ClientData | undefined {
  const known = secrets.filter((secret) => secret !== '').flatMap(spellings);
  const kept = Object.entries(said)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => ({ name, value: withoutSecrets(value, known, mostDepth) }))
    .map(({ name, value }) => ({ name, value, bytes: Buffer.byteLength(JSON.stringify({ [name]: value })) }))
    .sort((a, b) => a.bytes - b.bytes);
  const data: Record<string, unknown> = {};
  const omitted: string[] = [];
  let left = mostBytes;
  for (const { name, value, bytes } of kept) {
    if (bytes > left) {
      omitted.push(name);
      continue;
    }
    data[name] = value;
    left -= bytes;
  }
  if (kept.length === 0) return undefined;
  return omitted.length > 0 ? { ...data, omitted } : data;
}

function withoutSecrets(value: unknown, secrets: readonly string[], depth: number): unknown {
  if (depth === 0) return leftOut;
  const inner = (member: unknown): unknown => withoutSecrets(member, secrets, depth - 1);
  if (typeof value === 'string') {
    const parsed = jsonIn(value);
    return parsed === undefined ? withoutSecretText(value, secrets) : inner(parsed);
  }
  if (typeof value === 'number') return holdsNumber(secrets, value) ? leftOut : value;
  if (Array.isArray(value)) return value.map(inner);
  if (!isJsonObject(value)) return holdsAny(secrets, String(value)) ? leftOut : value;
  const members = Object.entries(value).map(([name, member]) => [
    holdsAny(secrets, name) ? leftOut : name,
    speaksOfSecret(name) ? leftOut : inner(member),
  ]);
  return Object.fromEntries(members);
}

function withoutSecretText(text: string, secrets: readonly string[]): string {
  return holdsAny(secrets, text) || speaksOfSecret(text) ? leftOut : text;
}

function holdsAny(secrets: readonly string[], text: string): boolean {
  return secrets.some((secret) => text.includes(secret));
}

/** A number that was too long, or written in another way, has lost the digits that it came with. */
function holdsNumber(secrets: readonly string[], value: number): boolean {
  return holdsAny(secrets, String(value)) || secrets.some((secret) => Number(secret) === value);
}

function speaksOfSecret(text: string): boolean {
  const plain = text.normalize('NFKC');
  return secretNames.test(plain) || secretWords.test(plain.replace(humps, ' '));
}

/** What a text says in JSON, other than a number, true, false or null. */
function jsonIn(text: string): unknown {
  if (!/^\s*["[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A secret as it is, within JSON, and within a form. */
function spellings(secret: string): readonly string[] {
  const form = new URLSearchParams([['', secret]]).toString().slice(1);
  return [...new Set([secret, JSON.stringify(secret).slice(1, -1), form])];
}
