import { X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { installedProgram, run } from './process';

/** Files that the tests make once and keep. Git ignores the folder; deleting it is always safe. */
export const testCache = resolve(__dirname, '../../.test-cache');

export interface TestCertificates {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** Another authority, which has signed nothing that the servers show. */
  readonly strangerCaFile: string;
}

const dayMs = 24 * 60 * 60 * 1000;
const shortestRemainderMs = 30 * dayMs;
const certificateDays = '825';
/** The loopback addresses that a test server may listen on. */
export const loopbackAddresses = Array.from({ length: 30 }, (_, index) => `127.0.0.${index + 1}`);
const names = ['localhost', 'ldap.example.org', 'dc1.ad.example.org'];

/** A CA and a server certificate for every loopback address, made once and made anew before they expire. */
export async function testCertificates(): Promise<TestCertificates> {
  const folder = join(testCache, 'tls');
  if (!areUsable(folder)) await makeAgain(folder);
  return {
    caFile: join(folder, 'ca.crt'),
    certFile: join(folder, 'server.crt'),
    keyFile: join(folder, 'server.key'),
    strangerCaFile: join(folder, 'stranger.crt'),
  };
}

function areUsable(folder: string): boolean {
  try {
    return ['ca.crt', 'server.crt', 'stranger.crt'].every((file) => isCurrent(join(folder, file)));
  } catch {
    return false;
  }
}

function isCurrent(file: string): boolean {
  const { validFrom, validTo } = new X509Certificate(readFileSync(file));
  const now = Date.now();
  return Date.parse(validFrom) <= now && Date.parse(validTo) - now > shortestRemainderMs;
}

async function makeAgain(folder: string): Promise<void> {
  mkdirSync(testCache, { recursive: true });
  const fresh = mkdtempSync(join(testCache, 'tls-'));
  await makeAuthority(fresh, 'ca');
  await makeAuthority(fresh, 'stranger');
  await makeServerCertificate(fresh);
  moveIntoPlace(fresh, folder);
}

/** Two test files may come here at once: whoever is second takes what the first has made. */
function moveIntoPlace(fresh: string, folder: string): void {
  try {
    if (!areUsable(folder)) rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!areUsable(folder)) throw error;
  }
}

function openssl(folder: string, ...args: string[]): Promise<string> {
  return run(installedProgram('/usr/bin/openssl'), args, { cwd: folder });
}

async function makeAuthority(folder: string, name: string): Promise<void> {
  const subject = ['-subj', `/CN=Gatehouse test ${name}`];
  const files = ['-keyout', `${name}.key`, '-out', `${name}.crt`];
  await openssl(
    folder,
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '3650',
    ...subject,
    ...files,
  );
}

async function makeServerCertificate(folder: string): Promise<void> {
  const alternatives = [...names.map((name) => `DNS:${name}`), ...loopbackAddresses.map((ip) => `IP:${ip}`)];
  writeFileSync(join(folder, 'server.ext'), `subjectAltName=${alternatives.join(',')}\n`);
  const request = ['-subj', '/CN=localhost', '-keyout', 'server.key', '-out', 'server.csr'];
  await openssl(folder, 'req', '-newkey', 'rsa:2048', '-nodes', ...request);
  const signer = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', certificateDays];
  const files = ['-in', 'server.csr', '-extfile', 'server.ext', '-out', 'server.crt'];
  await openssl(folder, 'x509', '-req', ...signer, ...files);
  // Samba refuses a key that others can read.
  chmodSync(join(folder, 'server.key'), 0o600);
}
