import type { LocalizedText } from './locale';

/** What somebody is told who tried to log in too often. */
export function tooManyLoginsText(waitSeconds: number): LocalizedText {
  const { minutes, unit } = inMinutes(waitSeconds);
  return {
    es: `Demasiados intentos de autenticación. Intenta de nuevo en ${minutes} minutos.`,
    en: `Too many login attempts. Try again in ${minutes} ${unit}.`,
  };
}

/** The same for any other request. */
export function tooManyRequestsText(waitSeconds: number): LocalizedText {
  const { minutes, unit } = inMinutes(waitSeconds);
  return {
    es: `Demasiadas solicitudes. Intenta de nuevo en ${minutes} minutos.`,
    en: `Too many requests. Try again in ${minutes} ${unit}.`,
  };
}

function inMinutes(seconds: number): { minutes: number; unit: string } {
  const minutes = Math.ceil(seconds / 60);
  return { minutes, unit: minutes === 1 ? 'minute' : 'minutes' };
}
