import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestCertificates, testCertificates } from './certificates';
import { ldif, type LdifEntry } from './ldif';
import { answersOn, freePort, installedProgram, onFreePorts, run, ServerProcess } from './process';
import { baseDn, people, personEntries, policyDn, policyEntries, type TestPerson } from './slapd-people';

const rootDn = `cn=admin,${baseDn}`;
const rootPassword = 'admin-secret';
const bindDn = `cn=gateway,ou=services,${baseDn}`;
const bindPassword = 'svc-secret';

export interface SlapdOptions {
  /** Access rules before the usual ones, such as `to attrs=entryUUID by * none`. */
  readonly access?: readonly string[];
  /** Modules to load besides, such as `argon2`. */
  readonly modules?: readonly string[];
  /** A second tree beside the usual one; the same service account may read it, passwords too. */
  readonly furtherTree?: DirectoryTree;
}

/** A naming context of its own and everything in it. */
export interface DirectoryTree {
  readonly baseDn: string;
  readonly entries: readonly LdifEntry[];
}

export { people, policyDn, policyPeople, type TestPerson } from './slapd-people';

/** A real OpenLDAP server on free ports of 127.0.0.1, with its own folder, gone at the end of the test file. */
export function startSlapd(options: SlapdOptions = {}): Promise<Slapd> {
  installedProgram('/usr/sbin/slapd');
  return onFreePorts(() => startOnFreePorts(options));
}

async function startOnFreePorts(options: SlapdOptions): Promise<Slapd> {
  const certificates = await testCertificates();
  const slapd = new Slapd(certificates, await freePort(), await freePort());
  try {
    await slapd.create(options);
  } catch (error) {
    // A server that goes on would keep the test run from ending.
    await slapd.remove();
    throw error;
  }
  return slapd;
}

export class Slapd {
  readonly baseDn = baseDn;
  readonly bindDn = bindDn;
  readonly bindPassword = bindPassword;
  readonly caFile: string;
  readonly strangerCaFile: string;
  readonly url: string;
  readonly ldapsUrl: string;

  private readonly folder = mkdtempSync(join(tmpdir(), 'gatehouse-slapd-'));
  private readonly configFile = join(this.folder, 'slapd.conf');
  private process: ServerProcess | undefined;

  constructor(
    private readonly certificates: TestCertificates,
    private readonly port: number,
    tlsPort: number,
  ) {
    this.caFile = certificates.caFile;
    this.strangerCaFile = certificates.strangerCaFile;
    this.url = `ldap://127.0.0.1:${port}`;
    this.ldapsUrl = `ldaps://127.0.0.1:${tlsPort}`;
  }

  /** What an operator would set to use it over ldap://. */
  get variables(): Readonly<Record<string, string>> {
    return {
      LDAP_URL: this.url,
      LDAP_BASE_DN: baseDn,
      LDAP_BIND_DN: bindDn,
      LDAP_BIND_PASSWORD: bindPassword,
      LDAP_TLS_CA_FILE: this.caFile,
      LDAP_LOCKOUT_POLICY_DN: policyDn('default'),
    };
  }

  async create({ access = [], modules = [], furtherTree }: SlapdOptions): Promise<void> {
    for (const folder of ['db', 'further-db']) mkdirSync(join(this.folder, folder));
    const further = furtherTree ? furtherDatabase(this.folder, furtherTree) : '';
    const config = slapdConfig(this.folder, this.certificates, { access, modules });
    writeFileSync(this.configFile, config + further);
    await this.fill({ baseDn, entries: initialEntries() });
    if (furtherTree) await this.fill(furtherTree);
    await this.start();
    // Over the wire, because the memberof overlay does not run in slapadd.
    await this.modify(ldif(groups()));
  }

  private async fill({ baseDn: suffix, entries }: DirectoryTree): Promise<void> {
    await run(installedProgram('/usr/sbin/slapadd'), ['-q', '-f', this.configFile, '-b', suffix], {
      input: ldif(entries),
    });
  }

  /** Starts it again after stop(), with the same data and ports. */
  async start(): Promise<void> {
    this.process = await ServerProcess.start({
      command: installedProgram('/usr/sbin/slapd'),
      args: ['-f', this.configFile, '-d', 'stats', '-h', `${this.url} ${this.ldapsUrl}`],
      logFile: join(this.folder, 'slapd.log'),
      isReady: async (log) => log.includes('slapd starting') && (await answersOn(this.port)),
    });
  }

  async stop(): Promise<void> {
    await this.process?.stop();
  }

  /** Stops it for good and deletes its data. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  pause(): void {
    this.process?.pause();
  }

  resume(): void {
    this.process?.resume();
  }

  /** Changes entries as the administrator of their tree; an LDIF record without `changetype` is added. */
  async modify(changes: string, tree: string = baseDn): Promise<void> {
    const login = ['-x', '-H', this.url, '-D', `cn=admin,${tree}`, '-w', rootPassword];
    await run(installedProgram('/usr/bin/ldapmodify'), ['-a', ...login], { input: changes });
  }

  /** slapd's own log, with a line for each operation. */
  log(): string {
    return this.process?.log() ?? '';
  }

  countInLog(text: string): number {
    return this.log().split(text).length - 1;
  }

  /** How many simple binds slapd was asked for as this DN since it was created. */
  countBinds(dn: string): number {
    return this.countInLog(`BIND dn="${dn}" method=128`);
  }
}

function slapdConfig(
  folder: string,
  tls: TestCertificates,
  { access, modules }: Required<Pick<SlapdOptions, 'access' | 'modules'>>,
): string {
  return `
${['core', 'cosine', 'inetorgperson', 'nis'].map((name) => `include /etc/ldap/schema/${name}.schema`).join('\n')}
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
moduleload ppolicy
${modules.map((name) => `moduleload ${name}`).join('\n')}
pidfile ${folder}/slapd.pid
threads 8
TLSCACertificateFile ${tls.caFile}
TLSCertificateFile ${tls.certFile}
TLSCertificateKeyFile ${tls.keyFile}
database mdb
suffix ${baseDn}
rootdn ${rootDn}
rootpw ${rootPassword}
directory ${folder}/db
maxsize 67108864
dbnosync
index objectClass,uid,mail,member,entryUUID eq
limits dn.exact="${bindDn}" size=500 size.prtotal=unlimited
${access.map((rule) => `access ${rule}`).join('\n')}
access to attrs=userPassword by self =xw by anonymous auth by * none
access to * by dn.exact="${bindDn}" read by users read by * none
overlay memberof
memberof-refint TRUE
overlay ppolicy
ppolicy_default "${policyDn('default')}"
ppolicy_use_lockout
`;
}

function furtherDatabase(folder: string, { baseDn: suffix }: DirectoryTree): string {
  return `
database mdb
suffix ${suffix}
rootdn cn=admin,${suffix}
rootpw ${rootPassword}
directory ${folder}/further-db
maxsize 67108864
dbnosync
index objectClass,uid,entryUUID eq
access to attrs=userPassword by dn.exact="${bindDn}" read by self =xw by anonymous auth by * none
access to * by dn.exact="${bindDn}" read by users read by * none
overlay ppolicy
`;
}

function initialEntries(): LdifEntry[] {
  const units = ['people', 'groups', 'services', 'policies'].map((ou) => ({
    dn: `ou=${ou},${baseDn}`,
    objectClass: 'organizationalUnit',
    ou,
  }));
  const root = { dn: baseDn, objectClass: ['dcObject', 'organization'], o: 'Example', dc: 'example' };
  return [root, ...units, serviceAccount(), ...policyEntries(), ...personEntries()];
}

function serviceAccount(): LdifEntry {
  const objectClass = ['applicationProcess', 'simpleSecurityObject'];
  return { dn: bindDn, objectClass, cn: 'gateway', userPassword: bindPassword };
}

function groups(): LdifEntry[] {
  const groupOf = (cn: string, ...members: TestPerson[]) => ({
    dn: `cn=${cn},ou=groups,${baseDn}`,
    objectClass: 'groupOfNames',
    cn,
    member: members.map(({ dn }) => dn),
  });
  return [groupOf('engineers', people.alice, people.carol), groupOf('managers', people.bob)];
}
