import { isJsonObject } from '../common/json-pointer';
import { list, type Setting, SettingFault } from './setting';

/** The dialects of other systems that the gateway can speak. */
export const dialects = ['django', 'ping-directory', 'genauth'] as const;
export type Dialect = (typeof dialects)[number];

export function isDialect(name: string): name is Dialect {
  return dialects.some((dialect) => dialect === name);
}

/** How a client may prove who it is (RFC 7591 section 2, `token_endpoint_auth_method`). */
export const clientAuthMethods = ['client_secret_basic', 'client_secret_post', 'none'] as const;
export type ClientAuthMethod = (typeof clientAuthMethods)[number];

/** An application that asks for tokens in its own name. Member names in OAUTH_CLIENTS are those of RFC 7591 section 2. */
export interface OAuthClient {
  readonly clientId: string;
  readonly clientName?: string;
  /** SHA-256 of each secret that is good, in hexadecimal; none for a public client. */
  readonly secretHashes: readonly string[];
  readonly authMethods: readonly ClientAuthMethod[];
  /** What it may ask for; undefined for anything but what must be named (`scopes.ts`). */
  readonly scope?: readonly string[];
  /** Where a person may be sent after a logout that the client asked for. */
  readonly postLogoutRedirectUris: readonly string[];
}

const mostClients = 1000;
const mostSecrets = 5;
const mostUris = 50;
const longestUri = 2048;
/** Characters of a scope, in OAUTH_CLIENTS and in a request. */
export const longestScope = 1024;
/** RFC 6749 appendix A.1, without the blank, which no client needs. */
const clientIdForm = /^[\x21-\x7e]{1,128}$/;
/** RFC 6749 section 3.3. */
const scopeTokenForm = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;
const hashForm = /^sha256:[0-9a-f]{64}$/i;

export const clientSettings = {
  COMPAT: list({
    type: `list of ${dialects.map((name) => `\`${name}\``).join(', ')}`,
    foldCase: true,
    accept: (item) => (isDialect(item) ? undefined : `must hold only ${dialects.join(', ')}`),
    meaning:
      'Dialects of other systems that are spoken besides the native API, so that their clients need no change.',
  }),
  OAUTH_CLIENTS: clientList({
    meaning:
      'Applications that ask for tokens in their own name, such as `[{"client_id":"app"},{"client_id":"api","client_secret_hash":"sha256:…"}]`. ' +
      'One without `client_secret_hash` is public. `npm run cli -- clients add ID` makes an entry.',
  }),
};

/** Whether a text can be a scope of RFC 6749 section 3.3, one or several tokens with single blanks between them. */
export function scopeTokens(text: string): readonly string[] | undefined {
  const tokens = text.split(' ').filter((token) => token !== '');
  return tokens.every((token) => scopeTokenForm.test(token)) ? [...new Set(tokens)] : undefined;
}

/** A login of the native API carries its name without any secret, so nobody who demands a secret may have that name. */
export function clientFaults({
  JWT_CLIENT_ID: nativeId,
  OAUTH_CLIENTS: clients,
}: {
  readonly JWT_CLIENT_ID: string;
  readonly OAUTH_CLIENTS: readonly OAuthClient[];
}): string[] {
  const native = clients.find(({ clientId }) => clientId === nativeId);
  if (!native || native.secretHashes.length === 0) return [];
  return [
    'OAUTH_CLIENTS must not give a client_secret_hash to the client of JWT_CLIENT_ID, because logins that name no client carry its name without a secret',
  ];
}

/** Kept like a secret, so that it may come from a file and is never shown. */
function clientList({ meaning }: { readonly meaning: string }): Setting<readonly OAuthClient[]> {
  return {
    type: 'JSON list of clients',
    meaning,
    defaultText: '',
    secret: true,
    whenAbsent: [],
    exchangeFault: () => undefined,
    parse: (value) => {
      const clients = parsedList(value).map(readClient);
      const ids = new Set(clients.map(({ clientId }) => clientId));
      if (ids.size !== clients.length) throw new SettingFault('has the same client_id twice');
      return clients;
    },
  };
}

function parsedList(value: string): readonly unknown[] {
  const parsed = jsonOf(value);
  if (!Array.isArray(parsed)) throw new SettingFault('must be a JSON list of clients');
  if (parsed.length > mostClients) throw new SettingFault(`must not hold more than ${mostClients} clients`);
  return parsed;
}

function jsonOf(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

const members: ReadonlySet<string> = new Set([
  ...['client_id', 'client_name', 'client_secret_hash', 'token_endpoint_auth_method', 'scope'],
  'post_logout_redirect_uris',
]);

/** Faults name the entry by its place: an entry without a good id has no name. */
function readClient(entry: unknown, index: number): OAuthClient {
  const at = (fault: string): SettingFault => new SettingFault(`entry ${index + 1}: ${fault}`);
  if (!isJsonObject(entry)) throw at('must be a JSON object');
  for (const name of Object.keys(entry)) {
    if (name === 'client_secret') throw at('holds a client_secret; keep its client_secret_hash instead');
    if (!members.has(name)) throw at(`has an unknown member; known are ${[...members].join(', ')}`);
  }
  const { client_id: clientId, client_name: clientName } = entry;
  if (typeof clientId !== 'string' || !clientIdForm.test(clientId)) {
    throw at('client_id must be 1 to 128 printable characters without blanks');
  }
  if (clientName !== undefined && (typeof clientName !== 'string' || clientName.length > 256)) {
    throw at('client_name must be a text of at most 256 characters');
  }
  const secretHashes = hashesOf(entry['client_secret_hash'], at);
  return {
    clientId,
    ...(clientName !== undefined && { clientName }),
    secretHashes,
    authMethods: authMethodsOf(entry['token_endpoint_auth_method'], secretHashes.length > 0, at),
    ...scopeOf(entry['scope'], at),
    postLogoutRedirectUris: urisOf(entry['post_logout_redirect_uris'], at),
  };
}

type FaultAt = (fault: string) => SettingFault;

/** A text, or a list of them while a secret is being replaced. */
function hashesOf(value: unknown, at: FaultAt): readonly string[] {
  const hashes: readonly unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
  if (hashes.length > mostSecrets) throw at(`client_secret_hash must not hold more than ${mostSecrets}`);
  return hashes.map((hash) => {
    if (typeof hash !== 'string' || !hashForm.test(hash)) {
      throw at('client_secret_hash must be sha256: and 64 hexadecimal digits');
    }
    return hash.slice('sha256:'.length).toLowerCase();
  });
}

function authMethodsOf(value: unknown, hasSecret: boolean, at: FaultAt): readonly ClientAuthMethod[] {
  const possible = clientAuthMethods.filter((method) => (method === 'none') !== hasSecret);
  if (value === undefined) return possible;
  const chosen = possible.find((method) => method === value);
  if (chosen === undefined) throw at(`token_endpoint_auth_method must be one of ${possible.join(', ')} here`);
  return [chosen];
}

function scopeOf(value: unknown, at: FaultAt): { readonly scope?: readonly string[] } {
  if (value === undefined) return {};
  const scope = typeof value === 'string' && value.length <= longestScope ? scopeTokens(value) : undefined;
  if (!scope)
    throw at(`scope must be a text of scopes with blanks between them, at most ${longestScope} characters`);
  return { scope };
}

function urisOf(value: unknown, at: FaultAt): readonly string[] {
  const uris: readonly unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
  if (uris.length > mostUris) throw at(`post_logout_redirect_uris must not hold more than ${mostUris}`);
  return uris.map((uri) => {
    if (
      typeof uri !== 'string' ||
      uri.length > longestUri ||
      !URL.canParse(uri) ||
      /^(javascript|data|vbscript):/i.test(uri)
    ) {
      throw at('post_logout_redirect_uris must hold absolute URLs');
    }
    return uri;
  });
}
