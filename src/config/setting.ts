import { isJsonScalar, type JsonPointer, type JsonScalar, parsePointer } from '../common/json-pointer';

/** Why a value cannot be used. The text names what is expected and never repeats the value: it may be a secret. */
export class SettingFault extends Error {}

/** One setting: how its text becomes a value, and what an operator needs to know of it. */
export interface Setting<T> {
  /** What the documentation calls its type, such as `integer` or `list of names`. */
  readonly type: string;
  readonly unit?: string;
  readonly meaning: string;
  /** The default as the operator would write it; an empty text means that there is none. */
  readonly defaultText: string;
  /** A secret may also come from a file named by `<NAME>_FILE`, and is never shown. */
  readonly secret: boolean;
  readonly whenAbsent: T;
  /** Throws a SettingFault for a text that it cannot use. */
  parse(text: string): T;
  /**
   * Where a secret that comes from a file may be exchanged while the process runs: why not this text for the other, if so. Secrets without
   * it are read at the start alone.
   */
  readonly exchangeFault?: (presentText: string, nextText: string) => string | undefined;
}

/** A secret that stands in a file, to be read again when the file changes. */
export interface SecretFile {
  /** The variable of the secret itself, without `_FILE`. */
  readonly variable: string;
  readonly path: string;
  /** Of the file before it was read, as `WatchedFiles` takes it. */
  readonly mark: string;
  /** Takes the present content over. @throws Error that says why that cannot be, and holds nothing of the content */
  readonly reread: () => void;
}

export type SettingGroup = Readonly<Record<string, Setting<unknown>>>;
export type ValuesOf<G extends SettingGroup> = {
  readonly [K in keyof G]: G[K] extends Setting<infer T> ? T : never;
};

interface Described {
  readonly meaning: string;
}

/** Free text. Without a default the value is undefined when absent. */
export function text(options: Described & { type?: string; default: string }): Setting<string>;
export function text(options: Described & { type?: string }): Setting<string | undefined>;
export function text(options: Described & { type?: string; default?: string }): Setting<string | undefined> {
  return {
    type: options.type ?? 'text',
    meaning: options.meaning,
    defaultText: options.default ?? '',
    secret: false,
    whenAbsent: options.default,
    parse: (value) => value,
  };
}

/** A secret: read from the variable itself or from the file that `<NAME>_FILE` names. */
export function secret(options: Described): Setting<string | undefined> {
  return { ...text(options), type: 'secret', secret: true };
}

/** A secret that rooms ask for whenever they use it, so that another one may take its place while the process runs. */
export function exchangeableSecret(options: Described): Setting<string | undefined> {
  return { ...secret(options), exchangeFault: () => undefined };
}

/** The same for one that stands in `Authorization: Bearer`. */
export function bearerToken(options: Described): Setting<string | undefined> {
  return {
    ...exchangeableSecret(options),
    parse: (value) => {
      if (/^[\x21-\x7e]+$/.test(value)) return value;
      throw new SettingFault('holds characters that no header can carry');
    },
  };
}

/** A whole number within bounds. The unit also stands in the name (`_SECONDS`, `_MS`, `_BYTES`) where it has one. */
export function integer(
  options: Described & { default: number; min: number; max: number; unit?: string },
): Setting<number> {
  return {
    type: 'integer',
    unit: options.unit,
    meaning: options.meaning,
    defaultText: String(options.default),
    secret: false,
    whenAbsent: options.default,
    parse: (value) => {
      const number = /^-?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
      if (number >= options.min && number <= options.max) return number;
      throw new SettingFault(`must be a whole number from ${options.min} to ${options.max}`);
    },
  };
}

/** The same without a default: the value is undefined when absent. */
export function optionalInteger(
  options: Described & { min: number; max: number; unit?: string },
): Setting<number | undefined> {
  return { ...integer({ ...options, default: options.min }), defaultText: '', whenAbsent: undefined };
}

const mostWorkers = 64;

/** A number of processes, or `auto`. */
export function workers(options: Described): Setting<number | 'auto'> {
  const count = integer({ ...options, default: 1, min: 1, max: mostWorkers });
  return {
    ...count,
    type: 'integer or `auto`',
    parse: (value) => (value.toLowerCase() === 'auto' ? 'auto' : count.parse(value)),
  };
}

/** `true` or `false`. Without a default the value is undefined when absent, for settings that follow another one. */
export function flag(options: Described & { default: boolean }): Setting<boolean>;
export function flag(options: Described & { follows: string }): Setting<boolean | undefined>;
export function flag(
  options: Described & { default?: boolean; follows?: string },
): Setting<boolean | undefined> {
  return {
    type: 'true or false',
    meaning: options.meaning,
    defaultText: options.default === undefined ? '' : String(options.default),
    secret: false,
    whenAbsent: options.default,
    parse: (value) => {
      const word = value.toLowerCase();
      if (word === 'true' || word === '1') return true;
      if (word === 'false' || word === '0') return false;
      throw new SettingFault('must be true or false');
    },
  };
}

/** One of a few words. Upper and lower case are the same. */
export function choice<const C extends readonly string[]>(
  options: Described & { of: C; default: C[number] },
): Setting<C[number]>;
export function choice<const C extends readonly string[]>(
  options: Described & { of: C },
): Setting<C[number] | undefined>;
export function choice<const C extends readonly string[]>(
  options: Described & { of: C; default?: C[number] },
): Setting<C[number] | undefined> {
  return {
    type: options.of.map((word) => `\`${word}\``).join(', '),
    meaning: options.meaning,
    defaultText: options.default ?? '',
    secret: false,
    whenAbsent: options.default,
    parse: (value) => {
      const chosen = options.of.find((word) => word.toLowerCase() === value.toLowerCase());
      if (chosen !== undefined) return chosen;
      throw new SettingFault(`must be one of ${options.of.join(', ')}`);
    },
  };
}

/** Texts separated by commas; blanks around them do not count. `accept` says what is wrong with one, if anything. */
export function list(
  options: Described & {
    type: string;
    /** As an operator would write it. */
    default?: string;
    accept?: (item: string) => string | undefined;
    /** True where upper and lower case are the same. */
    foldCase?: boolean;
  },
): Setting<readonly string[]> {
  return {
    type: options.type,
    meaning: options.meaning,
    defaultText: options.default ?? '',
    secret: false,
    whenAbsent: options.default?.split(',') ?? [],
    parse: (value) => {
      const items = value
        .split(',')
        .map((item) => (options.foldCase ? item.trim().toLowerCase() : item.trim()))
        .filter((item) => item !== '');
      if (items.length === 0) throw new SettingFault('holds nothing but commas and blanks');
      for (const item of items) {
        const fault = options.accept?.(item);
        if (fault !== undefined) throw new SettingFault(fault);
      }
      return items;
    },
  };
}

/** Absolute URLs of the given protocols, separated by commas. */
export function urls(options: Described & { protocols: readonly string[] }): Setting<readonly URL[]> {
  const expected = `must be a URL that starts with ${options.protocols.map((p) => `${p}//`).join(' or ')}`;
  const toUrl = (item: string): URL => {
    const parsed = URL.canParse(item) ? new URL(item) : undefined;
    if (parsed && options.protocols.includes(parsed.protocol) && parsed.hostname !== '') return parsed;
    throw new SettingFault(expected);
  };
  const texts = list({ ...options, type: 'list of URLs' });
  return { ...texts, whenAbsent: [], parse: (value) => texts.parse(value).map(toUrl) };
}

/** The name of an HTTP header (RFC 9110 section 5.1). Headers that the call itself needs cannot be chosen. */
export function headerName(options: Described & { default: string }): Setting<string>;
export function headerName(options: Described): Setting<string | undefined>;
export function headerName(options: Described & { default?: string }): Setting<string | undefined> {
  return {
    ...text(options),
    type: 'header name',
    defaultText: options.default ?? '',
    whenAbsent: options.default,
    parse: (value) => {
      if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/.test(value)) throw new SettingFault('must be a header name');
      if (callHeaders.has(value.toLowerCase())) throw new SettingFault('names a header that has another use');
      return value;
    },
  };
}

const callHeaders: ReadonlySet<string> = new Set([
  ...['accept', 'authorization', 'connection', 'content-length', 'content-type', 'cookie', 'expect', 'host'],
  ...['keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'x-request-id'],
]);

/** A JSON pointer (RFC 6901), such as `/data/id`. */
export function jsonPointer(options: Described): Setting<JsonPointer | undefined> {
  return {
    type: 'JSON pointer',
    meaning: options.meaning,
    defaultText: '',
    secret: false,
    whenAbsent: undefined,
    parse: (value) => {
      const pointer = parsePointer(value);
      if (pointer) return pointer;
      throw new SettingFault('must be a JSON pointer (RFC 6901), such as /data/id');
    },
  };
}

/** JSON pointers separated by commas, the first that finds something wins. A pointer that holds `,/` cannot be among them. */
export function jsonPointers(options: Described): Setting<readonly JsonPointer[] | undefined> {
  const one = jsonPointer(options);
  return {
    ...one,
    type: 'list of JSON pointers',
    whenAbsent: undefined,
    parse: (value) => value.split(/\s*,\s*(?=\/)/).flatMap((text) => [one.parse(text) ?? []]),
  };
}

/** A JSON text, number, boolean or null. */
export function jsonValue(options: Described & { default: JsonScalar }): Setting<JsonScalar> {
  return {
    type: 'JSON value',
    meaning: options.meaning,
    defaultText: JSON.stringify(options.default),
    secret: false,
    whenAbsent: options.default,
    parse: (value) => {
      const parsed = parseJson(value);
      if (isJsonScalar(parsed)) return parsed;
      throw new SettingFault('must be a JSON text, number, true, false or null, such as "OK" in quotes');
    },
  };
}

/** A JSON object, such as `{"idSistema":7}`. */
export function jsonObject(options: Described): Setting<Readonly<Record<string, unknown>>> {
  return {
    type: 'JSON object',
    meaning: options.meaning,
    defaultText: '',
    secret: false,
    whenAbsent: {},
    parse: (value) => {
      const parsed = parseJson(value);
      if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
      throw new SettingFault('must be a JSON object');
    },
  };
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
