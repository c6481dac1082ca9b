import type { ErrorCode } from '../../common/error-codes';
import type { GatehouseError } from '../../common/gatehouse-error';
import type { Locale, LocalizedText } from '../../common/locale';

/** What a person is told instead of the text that is meant for programs. */
const texts: Partial<Readonly<Record<ErrorCode, LocalizedText>>> = {
  UNAUTHORIZED: {
    es: 'El nombre de usuario o la contraseña no son correctos.',
    en: 'The user name or the password is not right.',
  },
  VALIDATION_ERROR: {
    es: 'Falta algo, o algo no es válido.',
    en: 'Something is missing or not valid.',
  },
  PASSWORD_EXPIRED: {
    es: 'Tu contraseña ha caducado. Elige una nueva para continuar.',
    en: 'Your password has expired. Choose a new one to go on.',
  },
  PASSWORD_MUST_CHANGE: {
    es: 'Tienes que cambiar la contraseña. Elige una nueva para continuar.',
    en: 'You have to change your password. Choose a new one to go on.',
  },
  ACCOUNT_DISABLED: {
    es: 'Esta cuenta está deshabilitada. Pregunta a quien administra las cuentas.',
    en: 'This account is disabled. Ask the people who look after accounts.',
  },
  ACCOUNT_EXPIRED: {
    es: 'Esta cuenta ha caducado. Pregunta a quien administra las cuentas.',
    en: 'This account has expired. Ask the people who look after accounts.',
  },
  ACCOUNT_LOCKED: {
    es: 'Esta cuenta está bloqueada. Inténtalo más tarde o pregunta a quien administra las cuentas.',
    en: 'This account is locked. Try again later, or ask the people who look after accounts.',
  },
  LOGON_NOT_ALLOWED: {
    es: 'Esta cuenta no puede iniciar sesión ahora o desde este equipo.',
    en: 'This account may not log in now or from this device.',
  },
  FORBIDDEN: { es: 'No tienes acceso a esta página.', en: 'You do not have access to this page.' },
  ORIGIN_NOT_ALLOWED: {
    es: 'Este formulario vino de otro sitio. Abre la página de nuevo e inténtalo otra vez.',
    en: 'This form came from another site. Open the page again and try once more.',
  },
  NOT_FOUND: { es: 'Esta página no existe.', en: 'There is no such page.' },
  METHOD_NOT_ALLOWED: {
    es: 'Esta dirección no se puede abrir así.',
    en: 'This address cannot be opened in this way.',
  },
  PAYLOAD_TOO_LARGE: { es: 'Lo enviado es demasiado largo.', en: 'What was sent is too long.' },
  INTERNAL_ERROR: {
    es: 'Algo ha fallado aquí. Inténtalo de nuevo en un momento.',
    en: 'Something went wrong here. Try again in a moment.',
  },
  SERVICE_UNAVAILABLE: {
    es: 'Ahora no es posible. Inténtalo de nuevo en un momento.',
    en: 'This is not possible right now. Try again in a moment.',
  },
};

/** An error in words for a person. Holds only what may go to a client. */
export function personText({ code, text, options }: GatehouseError, locale: Locale): string {
  // A text of its own says more than the code does, such as how long to wait or what is wrong with a new password.
  return (options.text ?? texts[code] ?? text)[locale];
}
