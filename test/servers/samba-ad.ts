import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loopbackAddresses, testCache, type TestCertificates, testCertificates } from './certificates';
import { ldif } from './ldif';
import { oneAtATime } from './lock';
import { answersOn, installedProgram, onFreePorts, run, ServerProcess } from './process';
import {
  baseDn,
  disabledAccount,
  domain,
  domainEntries,
  domainPolicy,
  type DomainUser,
  domainUsers,
  longUnchanged,
  realm,
  startChanges,
} from './samba-domain';
import { largeGroupArguments, largeGroupScript } from './samba-large-group';

const administrator = { name: `Administrator@${domain}`, password: 'Adm1n-Secret!' };
const ldapsPort = 636;

export { type DomainUser, domainUsers } from './samba-domain';

/**
 * A real Samba Active Directory domain controller on a loopback address of its own: its ports are fixed. The provisioned
 * domain is kept as an archive, because making it takes about ten seconds. Needs root, for the ports and the file owners.
 */
export function startSambaAd(): Promise<SambaAd> {
  // Two at a time would choose the same address, and make the same archive twice.
  return oneAtATime('samba-ad', () => onFreePorts(startAlone));
}

async function startAlone(): Promise<SambaAd> {
  const samba = new SambaAd(await testCertificates(), await freeAddress());
  try {
    await samba.create();
  } catch (error) {
    // A server that goes on would keep the test run from ending.
    await samba.remove();
    throw error;
  }
  return samba;
}

export class SambaAd {
  readonly domain = domain;
  readonly baseDn = baseDn;
  readonly caFile: string;
  readonly ldapsUrl: string;

  private readonly folder = mkdtempSync(join(tmpdir(), 'gatehouse-samba-'));
  private readonly configFile = join(this.folder, 'etc', 'smb.conf');
  private process: ServerProcess | undefined;

  constructor(
    private readonly certificates: TestCertificates,
    private readonly address: string,
  ) {
    this.caFile = certificates.caFile;
    this.ldapsUrl = `ldaps://${address}`;
  }

  async create(): Promise<void> {
    installedProgram('/usr/sbin/samba');
    const archive = join(testCache, `samba-ad-${recipeVersion()}.tgz`);
    if (existsSync(archive)) {
      await run('tar', ['-C', this.folder, ...keepAttributes, '-xzf', archive]);
    } else {
      await this.provision();
      await this.fill();
      await keepArchive(this.folder, archive);
    }
    await this.start();
    await this.modify(startChanges());
  }

  /** Stops it for good and deletes the domain. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Changes entries as the administrator; an LDIF record without `changetype` is added. */
  async modify(changes: string): Promise<void> {
    const login = ['-x', '-H', this.ldapsUrl, '-D', administrator.name, '-w', administrator.password];
    await run(installedProgram('/usr/bin/ldapmodify'), ['-a', ...login], {
      input: changes,
      env: { ...process.env, LDAPTLS_CACERT: this.caFile },
    });
  }

  disable(person: DomainUser): Promise<void> {
    return this.modify(
      `dn: ${person.dn}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: ${disabledAccount}\n`,
    );
  }

  private async provision(): Promise<void> {
    await run(installedProgram('/usr/bin/samba-tool'), [
      ...[
        'domain',
        'provision',
        `--realm=${realm}`,
        '--domain=EXAMPLE',
        '--server-role=dc',
        '--dns-backend=NONE',
      ],
      ...[`--adminpass=${administrator.password}`, '--host-name=dc1', '--host-ip=127.0.0.1'],
      `--targetdir=${this.folder}`,
    ]);
  }

  private async fill(): Promise<void> {
    await this.start();
    await this.modify(domainPolicy());
    await this.modify(ldif(domainEntries()));
    // Only a stopped server has its whole database on the disk.
    await this.stop();
    await this.backdatePasswords();
    await this.onDatabase(largeGroupScript, largeGroupArguments(domainUsers.crowded.dn));
  }

  /** On the database itself and past the module that guards passwords: over LDAP only 0 and -1 can be written. */
  private async backdatePasswords(): Promise<void> {
    await this.onDatabase(
      backdatingScript,
      longUnchanged.map(({ dn }) => dn),
    );
  }

  private async onDatabase(input: string, rest: readonly string[]): Promise<void> {
    const args = ['-', this.configFile, join(this.folder, 'private', 'sam.ldb')];
    await run(installedProgram('/usr/bin/python3'), [...args, ...rest], { input });
  }

  private async start(): Promise<void> {
    for (const folder of ['etc', 'run/ncalrpc', 'run/winbindd']) {
      mkdirSync(join(this.folder, folder), { recursive: true });
    }
    writeFileSync(this.configFile, sambaConfig(this.folder, this.address, this.certificates));
    this.process = await ServerProcess.start({
      command: installedProgram('/usr/sbin/samba'),
      args: ['-s', this.configFile, '-F', '--no-process-group', '-M', 'single', '-d', '1'],
      logFile: join(this.folder, 'samba.out'),
      isReady: () => answersOn(ldapsPort, this.address),
    });
  }

  private async stop(): Promise<void> {
    await this.process?.stop();
  }
}

/** Samba keeps Windows' access rights in extended attributes of its files. */
const keepAttributes = ['--xattrs', '--xattrs-include=*'];

const backdatingScript = `
import sys, time, ldb
from samba import dsdb
from samba.auth import system_session
from samba.credentials import Credentials
from samba.param import LoadParm
from samba.samdb import SamDB
conf, database, *people = sys.argv[1:]
lp = LoadParm()
lp.load(conf)
credentials = Credentials()
credentials.guess(lp)
db = SamDB(url=database, session_info=system_session(), credentials=credentials, lp=lp)
long_ago = str(int((time.time() - 100 * 86400 + 11644473600) * 10**7))
for person in people:
    change = ldb.Message(ldb.Dn(db, person))
    change['pwdLastSet'] = ldb.MessageElement(long_ago, ldb.FLAG_MOD_REPLACE, 'pwdLastSet')
    db.modify(change, controls=['local_oid:%s:0' % dsdb.DSDB_CONTROL_BYPASS_PASSWORD_HASH_OID])
`;

/** Changes with everything that the archive depends on, so that an old one is never used. */
function recipeVersion(): string {
  const hash = createHash('sha256');
  for (const file of [
    __filename,
    join(__dirname, 'samba-domain.ts'),
    join(__dirname, 'samba-large-group.ts'),
  ])
    hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}

async function keepArchive(folder: string, archive: string): Promise<void> {
  const partial = `${archive}.${process.pid}`;
  await run('tar', ['-C', folder, ...keepAttributes, '--exclude=./run', '-czf', partial, '.']);
  renameSync(partial, archive);
}

/** Another copy of the tests may run on this machine, so not every address is free. */
async function freeAddress(): Promise<string> {
  for (const address of loopbackAddresses.slice(1)) {
    if (!(await answersOn(ldapsPort, address))) return address;
  }
  throw new Error('Every loopback address of the test certificate has a directory on port 636');
}

function sambaConfig(folder: string, address: string, tls: TestCertificates): string {
  return `
[global]
netbios name = DC1
realm = ${realm}
workgroup = EXAMPLE
server role = active directory domain controller
server services = ldap
private dir = ${folder}/private
state directory = ${folder}/state
cache directory = ${folder}/cache
lock directory = ${folder}
pid directory = ${folder}/run
ncalrpc dir = ${folder}/run/ncalrpc
ntp signd socket directory = ${folder}/run/ntp
winbindd socket directory = ${folder}/run/winbindd
binddns dir = ${folder}/bind-dns
log file = ${folder}/samba.log
interfaces = ${address}/8
bind interfaces only = yes
tls enabled = yes
tls keyfile = ${tls.keyFile}
tls certfile = ${tls.certFile}
tls cafile = ${tls.caFile}
disable spoolss = yes
load printers = no
printcap name = /dev/null
[sysvol]
path = ${folder}/state/sysvol
read only = no
`;
}
