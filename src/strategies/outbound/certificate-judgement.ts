import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { type Finding, ok, warn } from '../doctor-step';
import { chainOf, chainText, namesText, oneLine } from './certificates';

const dayMs = 24 * 60 * 60 * 1000;
/** An administrator needs time to get a new certificate. */
const daysToRenew = 30;

/**
 * What a verified connection is encrypted with, and for how much longer: a warning when a certificate of the chain ends within 30
 * days. `peer` is what the strategy calls the other side.
 */
export function judgeTls(socket: TLSSocket, peer: 'server' | 'service'): Finding {
  const chain = chainOf(socket.getPeerCertificate(true));
  const nearest = [...chain].sort((a, b) => Date.parse(a.validTo) - Date.parse(b.validTo))[0];
  const detail = `${socket.getProtocol() ?? 'TLS'}; ${chainText(chain)}; ${validity(chain[0])}`;
  if (nearest === undefined) return ok(detail);
  const days = daysLeft(nearest);
  if (days >= daysToRenew) return ok(detail);
  return warn(`${detail}; ${oneLine(nearest.subject)} ends in ${days} days: renew it on the ${peer}`);
}

function validity(certificate: X509Certificate | undefined): string {
  if (certificate === undefined) return 'no certificate';
  const { validFrom, validTo } = certificate;
  return `from ${validFrom} to ${validTo} (${daysLeft(certificate)} days left); for ${namesText(certificate)}`;
}

function daysLeft({ validTo }: X509Certificate): number {
  return Math.floor((Date.parse(validTo) - performance.timeOrigin - performance.now()) / dayMs);
}
