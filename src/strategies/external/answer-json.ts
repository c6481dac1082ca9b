/** The JSON in a body (RFC 8259 section 8.1: in UTF-8); undefined when it is none. The parser's own error quotes the text, so it goes nowhere. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
