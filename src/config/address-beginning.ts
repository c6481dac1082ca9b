import { isIPv4, isIPv6 } from 'node:net';

/** What the text of addresses may begin with. */
export interface AddressBeginning {
  /** True where the beginning ends within a number, so that it holds for more than it seems to: `10.1` for 10.100.0.1 too. */
  readonly endsWithinNumber: boolean;
  /** @param address IPv4 in dots, or IPv6 as RFC 5952 writes it */
  holdsFor(address: string): boolean;
}

/**
 * Reads a beginning such as `10.20.` or `2001:db8:`. A whole address stands for itself alone: as a mere beginning, 10.1.2.3 would
 * hold for 10.1.2.30. IPv6 may be written with capitals, leading zeros and zero groups that RFC 5952 would shorten. Undefined for what
 * no address begins with.
 */
export function addressBeginning(text: string): AddressBeginning | undefined {
  return text.includes(':') ? ofIPv6(text.toLowerCase()) : ofIPv4(text);
}

function ofIPv4(text: string): AddressBeginning | undefined {
  if (isIPv4(text)) return alone(text);
  const numbers = text.split('.');
  const last = numbers.pop() ?? '';
  const canBegin =
    text !== '' && numbers.length <= 3 && numbers.every(isByte) && (last === '' || isByte(last));
  return canBegin
    ? { endsWithinNumber: last !== '', holdsFor: (address) => isIPv4(address) && address.startsWith(text) }
    : undefined;
}

function isByte(number: string): boolean {
  return /^(?:0|[1-9][0-9]{0,2})$/.test(number) && Number(number) <= 255;
}

function ofIPv6(text: string): AddressBeginning | undefined {
  if (!canBeIPv6(text)) return undefined;
  const isWhole = isIPv6(text) && !text.endsWith(':');
  const beginning = isWhole ? canonical(text) : withoutLeadingZeros(text);
  if (neverWritten.test(beginning)) return undefined;
  if (isWhole) return alone(beginning);
  // Without `::` it names groups from the first on, so that it is compared with all groups of an address.
  const form = beginning.includes('::') ? (address: string) => address : allGroups;
  return {
    endsWithinNumber: !text.endsWith(':'),
    holdsFor: (address) => isIPv6(address) && form(address).startsWith(beginning),
  };
}

/**
 * What RFC 5952 never writes: a zero group beside `::`, and a number that has begun with a zero. An IPv4 address in IPv6 form counts as
 * IPv4.
 */
const neverWritten = /::0(?::|$)|(?:^|:)0::|:0[0-9a-f]+$|^::ffff:/;

function canBeIPv6(text: string): boolean {
  return /^(?:::|[0-9a-f]+:)[0-9a-f:]*$/.test(text) && ['', '0', ':', '::'].some((end) => isIPv6(text + end));
}

function alone(whole: string): AddressBeginning {
  return { endsWithinNumber: false, holdsFor: (address) => address === whole };
}

function canonical(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}

function withoutLeadingZeros(text: string): string {
  return text.replace(/(^|:)0+(?=[0-9a-f]+:)/g, '$1');
}

function allGroups(address: string): string {
  const [before = '', after] = address.split('::');
  if (after === undefined) return address;
  const [first, last] = [before, after].map((part) => part.split(':').filter((group) => group !== ''));
  const known = [...(first ?? []), ...(last ?? [])];
  return [...(first ?? []), ...Array.from({ length: 8 - known.length }, () => '0'), ...(last ?? [])].join(
    ':',
  );
}
