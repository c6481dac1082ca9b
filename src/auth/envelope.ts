import type { Locale, LocalizedText } from '../common/locale';

/** Every success of the native API. */
export interface SuccessEnvelope<T> {
  readonly status: 'success';
  readonly message: string;
  readonly data: T;
}

export const messages = {
  loggedIn: { es: 'Inicio de sesión exitoso', en: 'Login successful' },
  refreshed: { es: 'Token renovado', en: 'Token refreshed' },
  loggedOut: { es: 'Sesión cerrada', en: 'Logged out' },
  sessionsEnded: { es: 'Sesiones cerradas', en: 'Sessions ended' },
  passwordChanged: { es: 'Contraseña cambiada', en: 'Password changed' },
  done: { es: 'Operación exitosa', en: 'Success' },
} as const satisfies Record<string, LocalizedText>;

export function success<T>(locale: Locale, text: LocalizedText, data: T): SuccessEnvelope<T> {
  return { status: 'success', message: text[locale], data };
}
