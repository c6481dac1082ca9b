import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { cookieName } from '../../auth/cookie';
import { accessTokenOf } from '../../auth/presented-tokens';
import { sessionCookieName, sessionCookieRoutes } from '../../auth/session-cookie';
import { GatehouseError } from '../../common/gatehouse-error';
import type { LocalizedText } from '../../common/locale';
import type { Settings } from '../../config/settings';
import { AllowedDevices } from './allowed-devices';
import { comparableAddress } from '../../common/client-address';
import { isDjangoPath, withoutEndSlash } from './paths';
import { TrustedProxies } from '../../common/trusted-proxies';

/** Thrown to a client whose address may not use the dialect. */
export class DeviceRefused extends GatehouseError {
  override readonly name = 'DeviceRefused';

  constructor(text: LocalizedText) {
    super('FORBIDDEN', { text, detail: 'the client address is not allowed (DJANGO_ALLOWED_IP_PREFIXES)' });
  }
}

const unknownAddress: LocalizedText = {
  es: 'Acceso denegado: No se pudo identificar la IP.',
  en: 'Access denied: the IP address could not be identified.',
};
const notAllowed: LocalizedText = {
  es: 'Acceso denegado: Dispositivo no autorizado.',
  en: 'Access denied: this device is not authorised.',
};

/** Keeps devices that are not allowed away from the paths of the dialect, and from every route that its cookie opens. */
@Injectable()
export class DeviceRestriction {
  private readonly exempt: ReadonlySet<string>;
  private readonly proxies: TrustedProxies;
  private readonly cookieForm: RegExp;

  constructor(
    private readonly devices: AllowedDevices,
    settings: Pick<Settings, 'DJANGO_IP_EXEMPT_PATHS' | 'TRUSTED_PROXIES' | 'COOKIE_PREFIX'>,
  ) {
    this.exempt = new Set(settings.DJANGO_IP_EXEMPT_PATHS.map(withoutEndSlash));
    this.cookieForm = new RegExp(`(?:^|;)\\s*${cookieName(settings, sessionCookieName)}\\s*=`);
    this.proxies = new TrustedProxies(settings.TRUSTED_PROXIES);
  }

  /** @throws DeviceRefused */
  async check(request: FastifyRequest): Promise<void> {
    if (!this.devices.isRestricted || !this.concerns(request)) return;
    const address = this.addressOf(request);
    if (address === undefined) throw new DeviceRefused(unknownAddress);
    if (!(await this.devices.include(address))) throw new DeviceRefused(notAllowed);
  }

  /** Undefined for a request through a proxy that said nothing: the address of the proxy itself may lie in an allowed range. */
  private addressOf({ ip, ips = [], socket }: FastifyRequest): string | undefined {
    const isSilent = ips.length < 2 && this.proxies.include(socket.remoteAddress ?? '');
    return isSilent ? undefined : comparableAddress(ip);
  }

  private concerns(request: FastifyRequest): boolean {
    // The matched route cannot be disguised as a raw URL can; without one, nothing is behind the path but an error.
    const path = withoutEndSlash(request.routeOptions.url ?? request.url.split('?', 1)[0] ?? '');
    if (this.exempt.has(path)) return false;
    return isDjangoPath(path) || (sessionCookieRoutes.includes(path) && this.speaksByCookie(request));
  }

  /** A good Bearer token goes before the cookie everywhere, and is nothing of this dialect. */
  private speaksByCookie(request: FastifyRequest): boolean {
    return accessTokenOf(request, []) === undefined && this.cookieForm.test(request.headers.cookie ?? '');
  }
}
