/** Every event of the audit trail. docs/audit.md describes them one by one. */
export const auditEventNames = [
  'login',
  'refresh',
  'refresh_reuse',
  'logout',
  'session_end',
  'password_change',
  'client_auth',
  'rate_limit',
  'signing_key',
  'user_change',
  'client_change',
  'audit_gap',
] as const;
export type AuditEventName = (typeof auditEventNames)[number];

/** `refused` is a decision; `unavailable` says that nobody could decide. */
export const auditOutcomes = ['success', 'refused', 'unavailable'] as const;

/** Why a session was ended that did not end by a logout. */
export const sessionEndCauses = [
  'own',
  'administrator',
  'limit',
  'source',
  'password_change',
  'replaced',
] as const;

/** What was done to a signing key, a user of the users file, or a client. */
export const auditActions = [
  'published',
  'promoted',
  'retired',
  'removed',
  'resealed',
  'added',
  'password_set',
  'disabled',
  'enabled',
] as const;
export type AuditAction = (typeof auditActions)[number];

/** What happened, for the people who must be able to tell later. Holds no password, token, cookie or key. */
export interface AuditEvent {
  readonly event: AuditEventName;
  readonly outcome: (typeof auditOutcomes)[number];
  /** Which way in: `native`, the name of a dialect, or the part of the gateway that acted by itself. */
  readonly door: string;
  readonly requestId: string;
  /** Empty where no request was the reason. */
  readonly address: string;
  /** The canonical login name. As it was typed it may be anything, such as a password in the wrong field. */
  readonly username?: string;
  /** Set where the name is known to be somebody's although no subject is. */
  readonly nameIsKnown?: boolean;
  readonly subject?: string;
  readonly strategy?: string;
  readonly sessionId?: string;
  /** The client of OAUTH_CLIENTS that the session belongs to, or that was refused. */
  readonly clientId?: string;
  /** Who did it, where that is somebody else than whom it is about: a subject, or `os:` and a user of the machine. */
  readonly actor?: string;
  /** With `session_end`. */
  readonly cause?: (typeof sessionEndCauses)[number];
  /** With `signing_key`, `user_change` and `client_change`. */
  readonly action?: AuditAction;
  /** The thumbprint of a signing key. */
  readonly kid?: string;
  /** With `audit_gap`: how many events could not be written. */
  readonly lost?: number;
  readonly reason?: string;
  /** What the client said of the login besides, bounded and cleaned by its door. Nothing is decided by it, and nothing checked. */
  readonly clientData?: Readonly<Record<string, unknown>>;
}

/** Where lines go that are meant for standard output. */
export const AuditOutput = Symbol('AuditOutput');

/** Takes whole lines, each with its line break. */
export interface AuditOutput {
  write(line: string): void;
}

/** Takes down what happened. Never fails a request: a trail that cannot write says so in the log. */
export abstract class AuditTrail {
  abstract record(event: AuditEvent): void;
}
