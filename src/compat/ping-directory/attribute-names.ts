/** So many attributes can be named at most, each with so many characters. */
export const mostAttributes = 200;
export const longestAttribute = 256;

/** A list of names as a request may hold it; undefined for what is none, is too long, or has a name that is no text or too long. */
export function attributeNames(given: unknown): readonly string[] | undefined {
  if (!Array.isArray(given) || given.length > mostAttributes || !given.every(isAttributeName))
    return undefined;
  return given;
}

function isAttributeName(given: unknown): given is string {
  return typeof given === 'string' && given.length <= longestAttribute;
}
