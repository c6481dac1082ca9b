import { createHash } from 'node:crypto';

/** A strong entity tag of an answer that is written as JSON (RFC 9110 section 8.8.3). */
export function entityTagOf(answer: object): string {
  return `"${createHash('sha256').update(JSON.stringify(answer)).digest('base64url').slice(0, 22)}"`;
}

/** Whether `If-None-Match` names the tag: a weak comparison, and `*` fits everything (RFC 9110 section 13.1.2). */
export function namesEntityTag(ifNoneMatch: string | undefined, tag: string): boolean {
  const named = (ifNoneMatch ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''));
  return named.includes(tag) || named.includes('*');
}
