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

/** Certificates for what goes wrong with TLS. Each is a pair `<name>.crt` and `<name>.key`; all but `self-signed` are of one CA. */
export interface OddCertificates {
  readonly caFile: string;
  /** Another authority, which has signed nothing here. */
  readonly strangerCaFile: string;
  pair(name: OddCertificate): { readonly certFile: string; readonly keyFile: string };
}

export type OddCertificate = 'good' | 'expired' | 'future' | 'other-host' | 'self-signed' | 'client';

const dayMs = 24 * 60 * 60 * 1000;
const shortestRemainderMs = 30 * dayMs;
const certificateDays = '825';
/** The loopback addresses that a test server may listen on. */
export const loopbackAddresses = Array.from({ length: 30 }, (_, index) => `127.0.0.${index + 1}`);
const names = ['localhost', 'ldap.example.org', 'dc1.ad.example.org'];

/** A CA and a server certificate for every loopback address, made once and made anew before they expire. */
export async function testCertificates(): Promise<TestCertificates> {
  const folder = join(testCache, 'tls');
  if (!areUsable(folder)) await makeAgain(folder, makeServerCertificate);
  return {
    caFile: join(folder, 'ca.crt'),
    certFile: join(folder, 'server.crt'),
    keyFile: join(folder, 'server.key'),
    strangerCaFile: join(folder, 'stranger.crt'),
  };
}

/** Made once, apart from the usual ones: a server that runs keeps the files that it has read. */
export async function oddCertificates(): Promise<OddCertificates> {
  const folder = join(testCache, 'tls-odd');
  if (!areUsable(folder)) await makeAgain(folder, makeOddCertificates);
  return {
    caFile: join(folder, 'ca.crt'),
    strangerCaFile: join(folder, 'stranger.crt'),
    pair: (name) => {
      // The one that is always looked at, so that the folder is made anew in time, has the usual name.
      const stem = name === 'good' ? 'server' : name;
      return { certFile: join(folder, `${stem}.crt`), keyFile: join(folder, `${stem}.key`) };
    },
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

async function makeAgain(folder: string, makeRest: (fresh: string) => Promise<void>): Promise<void> {
  mkdirSync(testCache, { recursive: true });
  const fresh = mkdtempSync(join(testCache, 'tls-'));
  await makeAuthority(fresh, 'ca');
  await makeAuthority(fresh, 'stranger');
  await makeRest(fresh);
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

async function makeAuthority(folder: string, name: string, further: readonly string[] = []): Promise<void> {
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
    ...further,
  );
}

const calm = { start: '20240101000000Z', end: '20991231000000Z' };
const here = 'DNS:localhost,IP:127.0.0.1';

async function makeOddCertificates(folder: string): Promise<void> {
  await makeServerCertificate(folder);
  await makeAuthority(folder, 'self-signed', ['-addext', `subjectAltName=${here}`]);
  await makeDated(folder, 'expired', here, { start: '20200101000000Z', end: '20210101000000Z' });
  await makeDated(folder, 'future', here, { start: '20800101000000Z', end: '20991231000000Z' });
  await makeDated(folder, 'other-host', 'DNS:other.example.net,DNS:third.example.net', calm);
  await makeDated(folder, 'client', 'DNS:client.example.org', calm);
}

interface Life {
  readonly start: string;
  readonly end: string;
}

/** `openssl ca` can give any dates; `openssl x509` of OpenSSL 3.0 cannot. */
async function makeDated(folder: string, name: string, alternatives: string, life: Life): Promise<void> {
  const database = join(folder, `${name}.d`);
  mkdirSync(database);
  writeFileSync(join(database, 'index.txt'), '');
  writeFileSync(join(database, 'serial'), '1000\n');
  const config = [
    '[ca]\ndefault_ca=d\n[d]',
    `database=${name}.d/index.txt\nserial=${name}.d/serial\nnew_certs_dir=${name}.d`,
    'default_md=sha256\npolicy=p\n[p]\ncommonName=supplied',
    `[x]\nsubjectAltName=${alternatives}\n`,
  ];
  writeFileSync(join(folder, `${name}.cnf`), config.join('\n'));
  const request = ['-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`];
  await openssl(folder, 'req', '-newkey', 'rsa:2048', '-nodes', ...request);
  const signer = ['-config', `${name}.cnf`, '-extensions', 'x', '-cert', 'ca.crt', '-keyfile', 'ca.key'];
  const dates = ['-startdate', life.start, '-enddate', life.end];
  const files = ['-in', `${name}.csr`, '-out', `${name}.crt`, '-notext'];
  await openssl(folder, 'ca', '-batch', ...signer, ...dates, ...files);
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
