import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemErrorCode } from '../common/system-error';
import { type KeyPair, keyPairOf } from './signing-algorithms';

/**
 * The ES256 key that releases before the key ring kept in DATA_DIR, if there is one. The file is only read.
 * @throws Error that names the file when it holds something else.
 */
export function readExistingKey(dataDir: string): KeyPair | undefined {
  const path = join(dataDir, 'signing-key.pem');
  const pem = readIfPresent(path);
  return pem === undefined ? undefined : keyPairOf(parsePrivateKey(path, pem), 'ES256');
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function parsePrivateKey(path: string, pem: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem);
  } catch {
    // The cause may quote the file, so it is left out on purpose.
  }
  if (key?.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  throw new Error(`${path} holds no P-256 private key in PEM form (DATA_DIR)`);
}
