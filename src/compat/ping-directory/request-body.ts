import { isJsonObject } from '../../common/json-pointer';
import { malformed, type JsonObject } from './json-control';

/** A body that is a JSON object. @throws RequestRefused protocolError */
export function bodyObject(body: unknown): JsonObject {
  if (!isJsonObject(body)) throw malformed('the body must be a JSON object');
  return body;
}

/** A text that must be there. Its value is never repeated: it may be a password. @throws RequestRefused protocolError */
export function requiredText(from: JsonObject, name: string, longest: number): string {
  const value = optionalText(from, name, longest);
  if (value === undefined) throw malformed(`${name} must be given`);
  return value;
}

/** A text; null counts as left out. @throws RequestRefused protocolError */
export function optionalText(from: JsonObject, name: string, longest: number): string | undefined {
  const value = from[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw malformed(`${name} must be a text`);
  if (value.length > longest) throw malformed(`${name} is longer than ${longest} characters`);
  return value;
}
