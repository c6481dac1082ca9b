import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { EntryService } from './auth/entry.service';
import { LoginPlaces } from './auth/login-places';
import type { Instruments, Reading } from './common/instruments';
import { Settings } from './config/settings';
import { AuditLog } from './ops/audit-log';
import type { SourceHealth } from './strategies/source-health';
import { SigningKeys } from './tokens/signing-keys';

/** Has the rooms read for the metrics whenever somebody looks. Asks nobody: it is what the process knows anyway. */
export function watchRooms(app: NestFastifyApplication, instruments: Instruments): void {
  const of = { strict: false };
  const places = app.get(LoginPlaces, of);
  const entries = app.get(EntryService, of);
  const keys = app.get(SigningKeys, of);
  const audit = app.get(AuditLog, of);
  const { LOGIN_MAX_RUNNING: most } = app.get<Settings>(Settings, of);
  instruments.watch(() => [
    { name: 'login_places_in_use', labels: {}, value: places.inUse },
    { name: 'login_places_waiting', labels: {}, value: places.waitingCount },
    { name: 'login_places', labels: {}, value: most },
    { name: 'audit_lines_lost', labels: {}, value: audit.lost },
    ...keyReadings(keys.dueAtMs),
    ...entries.sourceHealth().flatMap(sourceReadings),
  ]);
}

function keyReadings(dueAtMs: number | undefined): readonly Reading[] {
  if (dueAtMs === undefined) return [];
  return [{ name: 'keys_signing_expires_at_seconds', labels: {}, value: Math.floor(dueAtMs / 1000) }];
}

/** A source of which nothing was seen yet says nothing: it is neither up nor down. */
function sourceReadings({ strategy: source, status, peers }: SourceHealth): readonly Reading[] {
  if (status === 'unknown') return [];
  const up: Reading = { name: 'source_up', labels: { source }, value: status === 'down' ? 0 : 1 };
  const ofPeers = peers.flatMap(({ address: peer, isUp, connections, waiting }): Reading[] => {
    const labels = { source, peer };
    return [
      { name: 'peer_up', labels, value: isUp ? 1 : 0 },
      ...(connections === undefined
        ? []
        : [{ name: 'pool_connections' as const, labels, value: connections }]),
      ...(waiting === undefined ? [] : [{ name: 'pool_waiting' as const, labels, value: waiting }]),
    ];
  });
  return [up, ...ofPeers];
}
