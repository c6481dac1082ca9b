import { randomUUID } from 'node:crypto';
import type { ErrorWriter, ReplyOptions } from './error-reply';
import type { GatehouseError } from './gatehouse-error';

interface Draft {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body, cut wherever the request id stands. */
  readonly parts: readonly string[];
}

interface WrittenReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Nobody can send it as a part of anything else. */
const gap = randomUUID();

/**
 * Writes the same error for many requests: all but the request id is made once for each form and language, by the same writer that
 * writes it for one request. Meant for errors that are kept; what was made for an error goes with it.
 */
export class ReplyDrafts {
  private readonly drafts = new WeakMap<GatehouseError, Map<ErrorWriter, Map<string, Draft>>>();

  /** @param options the request id needs no escape in JSON */
  write(error: GatehouseError, writer: ErrorWriter, options: ReplyOptions): WrittenReply {
    const { status, headers, parts } = this.draftOf(error, writer, options);
    return { status, headers, body: parts.join(options.requestId) };
  }

  private draftOf(error: GatehouseError, writer: ErrorWriter, options: ReplyOptions): Draft {
    const ofError = kept(this.drafts, error, () => new Map<ErrorWriter, Map<string, Draft>>());
    const ofWriter = kept(ofError, writer, () => new Map<string, Draft>());
    const form = options.asProblem ? `${options.locale} problem` : options.locale;
    return kept(ofWriter, form, () => draft(error, writer, options));
  }
}

function draft(error: GatehouseError, writer: ErrorWriter, options: ReplyOptions): Draft {
  const { status, headers, body } = writer(error, { ...options, requestId: gap });
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers, parts: text.split(gap) };
}

interface Shelf<Key, Value> {
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): unknown;
}

function kept<Key, Value>(shelf: Shelf<Key, Value>, key: Key, make: () => Value): Value {
  const old = shelf.get(key);
  if (old !== undefined) return old;
  const made = make();
  shelf.set(key, made);
  return made;
}
