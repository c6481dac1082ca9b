import type { IncomingMessage } from 'node:http';
import { type AccessCheck, demandRole } from './access.ts';
import { ApiError } from './api-error.ts';
import type { Notes } from './notes.ts';

/** A status, and what becomes JSON. */
export interface Answer {
  readonly status: number;
  readonly body: object;
}

/** In UTF-16 units. */
const longestBody = 4096;

/** `/api/notes`: everybody with a login reads, the role `editor` writes. */
export class NotesApi {
  readonly #access: AccessCheck;
  readonly #notes: Notes;

  constructor(access: AccessCheck, notes: Notes) {
    this.#access = access;
    this.#notes = notes;
  }

  /** @throws ApiError for everything that is refused */
  async answer(request: IncomingMessage): Promise<Answer> {
    const caller = await this.#access.callerOf(request.headers.authorization);
    if (request.url !== '/api/notes') throw new ApiError(404, 'There is no such route.');
    if (request.method === 'GET') return { status: 200, body: { notes: this.#notes.all() } };
    if (request.method !== 'POST') throw new ApiError(405, 'Only GET and POST are known here.');
    demandRole(caller, 'editor');
    const { text } = await jsonOf(request);
    return { status: 201, body: this.#notes.add(caller.name, text) };
  }
}

async function jsonOf(request: IncomingMessage): Promise<{ readonly text?: unknown }> {
  try {
    const parsed: unknown = JSON.parse(await textOf(request));
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch (error) {
    if (error instanceof SyntaxError) throw new ApiError(400, 'The body is no JSON.');
    throw error;
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) {
    text += String(part);
    if (text.length > longestBody) throw new ApiError(413, 'The body is too long.');
  }
  return text;
}
