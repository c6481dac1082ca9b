import type { LocalizedText } from './locale';

interface ErrorDefinition {
  readonly status: number;
  readonly text: LocalizedText;
}

/**
 * Every error code that leaves the gateway, with its HTTP status and public text.
 * Codes are stable: clients switch on them. `docs/errors.md` lists the same table, and a test compares the two.
 */
export const errorDefinitions = {
  VALIDATION_ERROR: {
    status: 400,
    text: { es: 'Los datos enviados son inválidos', en: 'The submitted data is not valid' },
  },
  INVALID_JSON: {
    status: 400,
    text: { es: 'El cuerpo de la petición no es JSON válido', en: 'The request body is not valid JSON' },
  },
  INVALID_SCOPE: {
    status: 400,
    text: { es: 'El ámbito solicitado no está permitido', en: 'The requested scope is not allowed' },
  },
  UNSUPPORTED_GRANT_TYPE: {
    status: 400,
    text: { es: 'Tipo de concesión no admitido', en: 'Unsupported grant type' },
  },
  UNSUPPORTED_TOKEN_TYPE: {
    status: 400,
    text: { es: 'Tipo de token no admitido', en: 'Unsupported token type' },
  },
  UNAUTHORIZED: {
    status: 401,
    text: { es: 'Credenciales inválidas', en: 'Invalid credentials' },
  },
  INVALID_CLIENT: {
    status: 401,
    text: { es: 'Aplicación cliente inválida', en: 'Invalid client' },
  },
  INVALID_TOKEN: {
    status: 401,
    text: { es: 'Token inválido', en: 'Invalid token' },
  },
  TOKEN_EXPIRED: {
    status: 401,
    text: { es: 'El token ha expirado', en: 'The token has expired' },
  },
  NO_REFRESH_COOKIE: {
    status: 401,
    text: { es: 'No se encontró el token de renovación', en: 'No refresh token was sent' },
  },
  REFRESH_TOKEN_INVALID: {
    status: 401,
    text: { es: 'El token de renovación no es válido', en: 'The refresh token is not valid' },
  },
  REFRESH_TOKEN_EXPIRED: {
    status: 401,
    text: { es: 'La sesión ha expirado', en: 'The session has expired' },
  },
  REFRESH_TOKEN_REUSED: {
    status: 401,
    text: {
      es: 'El token de renovación ya fue utilizado; la sesión se cerró',
      en: 'The refresh token was used before; the session has been ended',
    },
  },
  PASSWORD_EXPIRED: {
    status: 403,
    text: { es: 'La contraseña ha expirado', en: 'The password has expired' },
  },
  PASSWORD_MUST_CHANGE: {
    status: 403,
    text: { es: 'Debe cambiar la contraseña', en: 'The password must be changed' },
  },
  ACCOUNT_DISABLED: {
    status: 403,
    text: { es: 'La cuenta está deshabilitada', en: 'The account is disabled' },
  },
  ACCOUNT_EXPIRED: {
    status: 403,
    text: { es: 'La cuenta ha expirado', en: 'The account has expired' },
  },
  ACCOUNT_LOCKED: {
    status: 403,
    text: { es: 'La cuenta está bloqueada', en: 'The account is locked' },
  },
  LOGON_NOT_ALLOWED: {
    status: 403,
    text: {
      es: 'No se permite iniciar sesión ahora o desde este equipo',
      en: 'Logging in is not allowed now or from this device',
    },
  },
  INSUFFICIENT_SCOPE: {
    status: 403,
    text: { es: 'El ámbito del token no es suficiente', en: 'The scope of the token is not sufficient' },
  },
  FORBIDDEN: {
    status: 403,
    text: { es: 'Acceso denegado', en: 'Access denied' },
  },
  ORIGIN_NOT_ALLOWED: {
    status: 403,
    text: {
      es: 'No se permiten peticiones desde páginas de este origen',
      en: 'Requests from pages of this origin are not allowed',
    },
  },
  NOT_FOUND: {
    status: 404,
    text: { es: 'Ruta no encontrada', en: 'Not found' },
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    text: { es: 'Método no permitido', en: 'Method not allowed' },
  },
  REQUEST_TIMEOUT: {
    status: 408,
    text: { es: 'La petición tardó demasiado', en: 'The request took too long to arrive' },
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    text: { es: 'El cuerpo de la petición es demasiado grande', en: 'The request body is too large' },
  },
  URI_TOO_LONG: {
    status: 414,
    text: { es: 'La dirección de la petición es demasiado larga', en: 'The request target is too long' },
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    text: { es: 'Tipo de contenido no admitido', en: 'Unsupported media type' },
  },
  PASSWORD_REJECTED: {
    status: 422,
    text: {
      es: 'La nueva contraseña no cumple la política',
      en: 'The new password does not meet the policy',
    },
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    text: { es: 'Demasiadas solicitudes', en: 'Too many requests' },
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    text: {
      es: 'Las cabeceras de la petición son demasiado grandes',
      en: 'The headers of the request are too large',
    },
  },
  INTERNAL_ERROR: {
    status: 500,
    text: { es: 'Error interno del servidor', en: 'Internal server error' },
  },
  SERVICE_UNAVAILABLE: {
    status: 503,
    text: {
      es: 'El servicio de autenticación no está disponible',
      en: 'The authentication service is unavailable',
    },
  },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof errorDefinitions;
