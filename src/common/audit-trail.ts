/** What happened, for the people who must be able to tell later. Holds no password, token, cookie or key. */
export interface AuditEvent {
  readonly event:
    'login' | 'refresh' | 'refresh_reuse' | 'logout' | 'session_end' | 'password_change' | 'client_auth';
  readonly outcome: 'success' | 'refused' | 'unavailable';
  /** Which way in: `native` or the name of a dialect. */
  readonly door: string;
  readonly requestId: string;
  readonly address: string;
  readonly username?: string;
  readonly subject?: string;
  readonly strategy?: string;
  readonly sessionId?: string;
  /** The client of OAUTH_CLIENTS that the session belongs to, or that was refused. */
  readonly clientId?: string;
  /** The subject who did it, where that is somebody else than whom it is about. */
  readonly actor?: string;
  readonly reason?: string;
  /** What the client said of the login besides, bounded and cleaned by its door. Nothing is decided by it, and nothing checked. */
  readonly clientData?: Readonly<Record<string, unknown>>;
}

/** The log that audit events go to: its own one, because LOG_LEVEL must not silence it. */
export const AuditLogger = Symbol('AuditLogger');

/** Takes down what happened. Never fails a request: a trail that cannot write says so in the log. */
export abstract class AuditTrail {
  abstract record(event: AuditEvent): void;
}
