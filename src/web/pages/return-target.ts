import { loginPage, returnAddress, type ReturnSettings } from '../../auth/return-address';

/** Stands in for the own origin where no setting tells it; nothing that is given back holds it. */
const unknownOrigin = 'http://unknown.invalid/login';

/**
 * Where a login may lead back, as it is written into `Location` and links. A path stays one, so that people remain on the host at
 * which they know the gateway. Undefined for what leads to a stranger.
 * @param text `return_to` as it came, undone of percent-encoding once
 */
export function returnTarget(text: string, settings: ReturnSettings): string | undefined {
  const known = loginPage(settings) ? settings : { ...settings, LOGIN_PAGE_URL: unknownOrigin };
  const address = returnAddress(known, text);
  if (!address || address.origin === new URL(unknownOrigin).origin) return address && pathOf(address);
  return text.startsWith('/') ? pathOf(address) : address.href;
}

function pathOf({ pathname, search, hash }: URL): string {
  return pathname + search + hash;
}
