import { randomUUID } from 'node:crypto';
import { ApiError } from './api-error.ts';

/** A note that the whole team reads. */
export interface Note {
  readonly id: string;
  /** The name for people; who it really was is the subject, which stays here. */
  readonly author: string;
  readonly text: string;
}

const mostNotes = 100;
const longestText = 280;

/** The team's notes, in memory, the newest first. The oldest one makes room when there are too many. */
export class Notes {
  #notes: readonly Note[] = [
    { id: randomUUID(), author: 'Team notes', text: 'Only people with a login see this.' },
  ];

  all(): readonly Note[] {
    return this.#notes;
  }

  /** @throws ApiError 400 when the text is missing, blank or longer than 280 characters */
  add(author: string, text: unknown): Note {
    if (typeof text !== 'string' || text.trim() === '' || text.length > longestText) {
      throw new ApiError(400, `A note has 1 to ${longestText} characters.`);
    }
    const note = { id: randomUUID(), author, text };
    this.#notes = [note, ...this.#notes].slice(0, mostNotes);
    return note;
  }
}
