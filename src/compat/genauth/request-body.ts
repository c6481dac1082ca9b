import { GatehouseError } from '../../common/gatehouse-error';
import { isJsonObject } from '../../common/json-pointer';
import type { LocalizedText } from '../../common/locale';

type Members = Readonly<Record<string, unknown>>;

export const faults = {
  required: { es: 'es obligatorio', en: 'is required' },
  notText: { es: 'debe ser un texto', en: 'must be a text' },
  notObject: { es: 'debe ser un objeto JSON', en: 'must be a JSON object' },
  tooLong: { es: 'es demasiado largo', en: 'is too long' },
  notAllowed: { es: 'no es un valor permitido', en: 'is not an allowed value' },
  notAddress: { es: 'debe ser una dirección IP', en: 'must be an IP address' },
} as const satisfies Record<string, LocalizedText>;

/** A member of a body and the name by which an error calls it. */
export interface Place {
  readonly from: Members;
  readonly name: string;
  /** The name of the object around it, if that is not the body itself. */
  readonly within?: string;
}

/** A body that is a JSON object. @throws GatehouseError VALIDATION_ERROR */
export function bodyObject(body: unknown): Members {
  if (!isJsonObject(body)) throw faulty('body', faults.notObject);
  return body;
}

/** The object that the body has by this name; null counts as left out. @throws GatehouseError VALIDATION_ERROR */
export function objectMember(body: Members, name: string): Members | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw faulty(name, faults.notObject);
  return value;
}

/** A text of at most so many characters; null and an empty one count as left out. @throws GatehouseError VALIDATION_ERROR */
export function textMember({ from, name, within }: Place, longest: number): string | undefined {
  const value = from[name];
  if (value === undefined || value === null || value === '') return undefined;
  const called = within === undefined ? name : `${within}.${name}`;
  if (typeof value !== 'string') throw faulty(called, faults.notText);
  if (value.length > longest) throw faulty(called, faults.tooLong);
  return value;
}

/** A fault of one member. The value is not repeated: it may be a password. */
export function faulty(campo: string, text: LocalizedText): GatehouseError {
  return new GatehouseError('VALIDATION_ERROR', { fields: [{ campo, text }] });
}
