import type { ErrorCode } from '../common/error-codes';
import { GatehouseError } from '../common/gatehouse-error';
import type { RefusalReason } from '../strategies/credential-strategy';

/** What a client is told. Only what a source said itself after it knew the person goes beyond UNAUTHORIZED. */
export const codeOfRefusal: Readonly<Record<RefusalReason, ErrorCode>> = {
  invalid_credentials: 'UNAUTHORIZED',
  password_expired: 'PASSWORD_EXPIRED',
  password_must_change: 'PASSWORD_MUST_CHANGE',
  account_disabled: 'ACCOUNT_DISABLED',
  account_expired: 'ACCOUNT_EXPIRED',
  account_locked: 'ACCOUNT_LOCKED',
  logon_not_allowed: 'LOGON_NOT_ALLOWED',
};

/** The client asked for a strategy by a name that is not configured. */
export function unknownStrategy(): GatehouseError {
  const text = { es: 'no es un valor permitido', en: 'is not an allowed value' };
  return new GatehouseError('VALIDATION_ERROR', { fields: [{ campo: 'strategy', text }] });
}
