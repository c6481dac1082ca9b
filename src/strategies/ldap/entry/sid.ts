/** What precedes the sub-authorities: revision, their number, and six bytes of authority (MS-DTYP 2.4.2.2). */
const headLength = 8;
const subAuthorityLength = 4;

/** A security identifier as Windows writes it, such as `S-1-5-21-…-513`. Undefined for bytes that are none. */
export function sidText(bytes: Buffer): string | undefined {
  const revision = bytes[0];
  const count = bytes[1];
  if (revision === undefined || count === undefined) return undefined;
  if (bytes.length !== headLength + count * subAuthorityLength) return undefined;
  const authority = bytes.readUIntBE(2, 6);
  const parts = Array.from({ length: count }, (_, index) =>
    bytes.readUInt32LE(headLength + index * subAuthorityLength),
  );
  return ['S', revision, authority, ...parts].join('-');
}
