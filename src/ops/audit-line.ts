import type { AuditEvent } from '../common/audit-trail';
import type { AuditNames } from './audit-names';

/** Raised whenever a member changes its meaning or goes; new members alone do not raise it. */
export const auditSchema = 1;

const longestText = 256;
const longestReason = 512;
/** Characters of JSON. */
const longestClientData = 8192;

/** Controls, bidirectional and invisible characters: a terminal or an editor would show another line than is there. */
const deceptive =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

export interface AuditMoment {
  readonly nowMs: number;
  readonly names: AuditNames;
}

/**
 * One event as one line of JSON (RFC 8259) with its line break, at most some 16 KiB, without characters that break or disguise
 * lines: those are escaped.
 */
export function auditLine(event: AuditEvent, { nowMs, names }: AuditMoment): string {
  const people = names.of(event);
  // Members that are undefined are left out.
  const line = {
    audit: true,
    schema: auditSchema,
    time: new Date(nowMs).toISOString(),
    event: event.event,
    outcome: event.outcome,
    door: bounded(event.door),
    requestId: bounded(event.requestId),
    address: event.address === '' ? undefined : bounded(event.address),
    username: ifGiven(people.username),
    usernameHash: people.usernameHash,
    subject: ifGiven(people.subject),
    subjectHash: people.subjectHash,
    actor: ifGiven(people.actor),
    actorHash: people.actorHash,
    strategy: ifGiven(event.strategy),
    sessionId: ifGiven(event.sessionId),
    clientId: ifGiven(event.clientId),
    kid: ifGiven(event.kid),
    cause: event.cause,
    action: event.action,
    lost: event.lost,
    reason: reasonOf(event, names),
    clientData: clientDataOf(event, names),
  };
  return `${JSON.stringify(line).replace(deceptive, escaped)}\n`;
}

/** Our reasons name nobody, but a source may have had its say. */
function reasonOf({ reason, username, subject }: AuditEvent, { mode }: AuditNames): string | undefined {
  if (reason === undefined) return undefined;
  const hidden = mode === 'hashed' ? [subject, username].filter((name) => name) : [];
  const text = hidden.reduce<string>((left, name) => left.replaceAll(name ?? '', '[name]'), reason);
  return bounded(text, longestReason);
}

/** Whatever a client says may name the person. */
function clientDataOf({ clientData }: AuditEvent, { mode }: AuditNames): object | undefined {
  if (clientData === undefined) return undefined;
  const isTooLong = JSON.stringify(clientData).length > longestClientData;
  return mode === 'hashed' || isTooLong
    ? {
        omitted: Object.keys(clientData)
          .slice(0, 20)
          .map((name) => bounded(name, 64)),
      }
    : clientData;
}

function ifGiven(text: string | undefined): string | undefined {
  return text === undefined ? undefined : bounded(text);
}

function bounded(text: string, longest = longestText): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
