import type { StoreSettings } from './store-settings';
import { choice, secret, text, type ValuesOf } from './setting';

/** Where the audit trail goes, and how it names people. */
export const auditSettings = {
  AUDIT_LOG: text({
    type: '`stdout` or path',
    default: 'stdout',
    meaning:
      'Where the audit trail goes: among the lines of standard output, or to a file of its own, which is made with mode 0600, ' +
      'appended to, and opened anew on SIGHUP or when it was moved away (docs/audit.md).',
  }),
  AUDIT_NAMES: choice({
    of: ['known', 'plain', 'hashed'],
    default: 'known',
    meaning:
      'How the audit trail names people. `known`: in clear once a source has vouched for the name, since people type passwords ' +
      'into the field of the name; else as a keyed hash. `plain`: always as typed. `hashed`: names and subjects only as ' +
      'keyed hashes, and no other log line names anybody either.',
  }),
  AUDIT_NAMES_KEY: secret({
    meaning:
      'Key of the hashes of AUDIT_NAMES, at least 32 bytes, the same for all replicas. If absent, a file in DATA_DIR; with ' +
      'REDIS_URL, one for each process, so that lines of different processes do not match.',
  }),
};

const shortestKeyBytes = 32;

/** What is wrong with the settings of the audit trail, one demand that is not met for each. */
export function auditFaults({
  AUDIT_NAMES: mode,
  AUDIT_NAMES_KEY: key,
  REDIS_URL: redis,
}: ValuesOf<typeof auditSettings> & Pick<StoreSettings, 'REDIS_URL'>): string[] {
  const faults: string[] = [];
  if (key !== undefined && Buffer.byteLength(key) < shortestKeyBytes) {
    faults.push(`AUDIT_NAMES_KEY is shorter than ${shortestKeyBytes} bytes`);
  }
  if (mode === 'hashed' && key === undefined && redis !== undefined) {
    faults.push('AUDIT_NAMES_KEY is needed by AUDIT_NAMES=hashed with REDIS_URL');
  }
  return faults;
}
