// Writes what production consists of in CycloneDX form, to sbom.cdx.json or where the first argument says.
// `npm sbom --omit=dev` leaves out packages that development needs as well (npm 11: Nest's own among them). So npm describes all
// packages of the lock file, and those of production are kept here; none may be missing, nor have no licence.
const { execFileSync } = require('node:child_process');
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { lockedPackages } = require('./locked-packages');

const root = join(__dirname, '..');
const place = process.argv[2] ?? join(root, 'sbom.cdx.json');
const referenceOf = ({ name, version }) => `${name}@${version}`;

const all = JSON.parse(
  execFileSync('npm', ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore'],
    shell: process.platform === 'win32',
  }),
);
const production = lockedPackages(root).filter(({ isProduction }) => isProduction);
const wanted = new Set(production.map(referenceOf));
const components = all.components.filter((one) => wanted.has(referenceOf(one)));

const known = new Map(components.map((one) => [referenceOf(one), one]));
const faults = [
  ...[...wanted].filter((one) => !known.has(one)).map((one) => `${one} is missing`),
  ...components
    .filter(({ licenses = [] }) => licenses.length === 0)
    .map((one) => `${referenceOf(one)} has no licence`),
];
if (faults.length > 0) throw new Error(faults.join('\n'));

const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const self = { ...all.metadata.component, name };
const references = new Set([self['bom-ref'], ...components.map((one) => one['bom-ref'])]);
const dependencies = all.dependencies
  .filter(({ ref }) => references.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => references.has(one)) }));
const bill = { ...all, metadata: { ...all.metadata, component: self }, components, dependencies };
writeFileSync(place, `${JSON.stringify(bill, undefined, 2)}\n`);
console.log(`${components.length} packages`);
