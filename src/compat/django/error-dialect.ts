import { type ErrorDialect, type ErrorReply, errorReply, type ReplyOptions } from '../../common/error-reply';
import { GatehouseError } from '../../common/gatehouse-error';
import { DeviceRefused } from './device-restriction';

/** Django's texts are Spanish whatever the client prefers, and its clients know these. */
const ownTexts: Readonly<Partial<Record<GatehouseError['code'], string>>> = {
  INVALID_JSON: 'Formato JSON inválido',
  METHOD_NOT_ALLOWED: 'Método no permitido. Se requiere POST.',
};

/** The states of an account. Their clients know 401 as the one status of a refused login. */
const accountStates: ReadonlySet<string> = new Set([
  ...['PASSWORD_EXPIRED', 'PASSWORD_MUST_CHANGE', 'ACCOUNT_DISABLED'],
  ...['ACCOUNT_EXPIRED', 'ACCOUNT_LOCKED', 'LOGON_NOT_ALLOWED'],
]);

/** Writes the errors of the dialect's paths: `{"status":"error","message"}`, and a plain text to a device that is not allowed. */
export const djangoErrors: readonly ErrorDialect[] = [
  { paths: /^\/api\/login-ldap\/?$/, write: (error, options) => write(asKnown(error), options) },
  { paths: /^\/api\/logout\/?$/, write },
  { paths: /^\/api\/session\/?$/, write: (error, options) => write(sessionError(error), options) },
];

function write(error: GatehouseError, options: ReplyOptions): ErrorReply {
  const { status, headers } = errorReply(error, { ...options, locale: 'es', asProblem: false });
  const message = error.text.es;
  if (!(error instanceof DeviceRefused)) return { status, headers, body: { status: 'error', message } };
  return { status, headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' }, body: message };
}

function asKnown(error: GatehouseError): GatehouseError {
  if (accountStates.has(error.code)) return new GatehouseError('UNAUTHORIZED', { text: error.text });
  const text = ownTexts[error.code];
  return text === undefined ? error : withText(error, text);
}

function sessionError(error: GatehouseError): GatehouseError {
  if (error.code === 'METHOD_NOT_ALLOWED') return withText(error, 'Método no permitido. Se requiere GET.');
  return error.status === 401 ? withText(error, 'No hay sesión activa') : error;
}

function withText(error: GatehouseError, es: string): GatehouseError {
  return new GatehouseError(error.code, { ...error.options, text: { ...error.text, es } });
}
