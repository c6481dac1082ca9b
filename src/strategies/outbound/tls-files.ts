import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ConnectionOptions, createSecureContext, type SecureContext } from 'node:tls';
import { Followed } from '../../common/followed';
import { describeError, systemErrorCode } from '../../common/system-error';
import { type FileWatcher, markOf } from '../../common/watched-files';

/** A file, and the setting that names it. */
export interface FileSetting {
  readonly setting: string;
  readonly path: string | undefined;
}

export interface TlsFileSettings {
  /** The authorities that sign the other side's certificate; the public ones when absent. */
  readonly ca: FileSetting;
  /** Our own certificate and its key: both or neither. */
  readonly cert: FileSetting;
  readonly key: FileSetting;
}

/**
 * Follows the PEM files of a connection: they are read at once, so that a mistake stops the start and not the first login, and again when
 * they change.
 * @throws what `read` throws
 */
export function followTlsFiles<T>(
  { ca, cert, key }: TlsFileSettings,
  read: () => T,
  watcher: FileWatcher | undefined,
): Followed<T> {
  const named = [ca, cert, key].flatMap(({ setting, path }) =>
    path === undefined ? [] : [{ setting, path }],
  );
  const paths = named.map(({ path }) => path);
  const mark = markOf(paths);
  const followed = new Followed(read);
  const setting = named.map((file) => file.setting).join(', ');
  if (paths.length > 0) watcher?.watch({ setting, paths, reread: followed.reread }, mark);
  return followed;
}

/**
 * Reads the PEM files of a connection.
 * @throws Error that names the setting.
 */
export function readTlsFiles({
  ca,
  cert,
  key,
}: TlsFileSettings): Pick<ConnectionOptions, 'ca' | 'cert' | 'key'> {
  const authorities = ca.path === undefined ? undefined : readCertificates(ca.setting, ca.path).pem;
  if (cert.path === undefined && key.path === undefined) return { ca: authorities };
  if (cert.path === undefined) throw new Error(`${key.setting} needs ${cert.setting}`);
  if (key.path === undefined) throw new Error(`${cert.setting} needs ${key.setting}`);
  const own = readCertificates(cert.setting, cert.path);
  const keyPem = readText(key.setting, key.path);
  if (!own.first.checkPrivateKey(privateKey(key.setting, keyPem))) {
    throw new Error(`${key.setting} is not the key of the certificate in ${cert.setting}`);
  }
  return { ca: authorities, cert: own.pem, key: keyPem };
}

/** @throws Error that names the `settings`. */
export function secureContextOf(
  options: Parameters<typeof createSecureContext>[0],
  settings: string,
): SecureContext {
  try {
    return createSecureContext(options);
  } catch (error) {
    throw new Error(`the TLS files (${settings}) cannot be used: ${describeError(error)}`, { cause: error });
  }
}

/** Node's TLS ignores a file without a certificate in silence; then every handshake fails. */
function readCertificates(setting: string, file: string): { pem: string; first: X509Certificate } {
  const pem = readText(setting, file);
  try {
    return { pem, first: new X509Certificate(pem) };
  } catch (error) {
    throw new Error(`${setting} holds no PEM certificate`, { cause: error });
  }
}

function privateKey(setting: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new Error(`${setting} holds no PEM private key that opens without a passphrase`, { cause: error });
  }
}

function readText(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`${setting} cannot be read (${systemErrorCode(error) ?? 'unreadable'})`, {
      cause: error,
    });
  }
}
