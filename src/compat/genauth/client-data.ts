import { isJsonObject } from '../../common/json-pointer';

/** What the audit trail takes of what a client says of a login, in bytes of JSON. */
const mostBytes = 4096;
const mostDepth = 8;
const leftOut = '[left out]';
const secretNames = /pass|pwd|secret|token|credential|authorization|cookie|api.?key/i;

type ClientData = Readonly<Record<string, unknown>>;

/**
 * What a client says of a login for the audit trail, without what looks like a secret and without any text that holds one of the
 * given secrets. Members that do not fit into 4 KiB together are left out, the largest first, and named in `omitted`. Undefined
 * where there is nothing to say.
 */
export function auditableData(said: ClientData, secrets: readonly string[]): ClientData | undefined {
  const known = secrets.filter((secret) => secret !== '');
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
  if (typeof value === 'string') return secrets.some((secret) => value.includes(secret)) ? leftOut : value;
  if (Array.isArray(value)) return value.map(inner);
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [
    secrets.some((secret) => name.includes(secret)) ? leftOut : name,
    secretNames.test(name) ? leftOut : inner(member),
  ]);
  return Object.fromEntries(members);
}
