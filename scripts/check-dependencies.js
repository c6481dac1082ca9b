// Fails when a dependency is not what docs/dependencies.md promises: where it comes from, its licence, and what it runs when installed.
// Takes the folder of the project; without one, this project.
const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { lockedPackages } = require('./locked-packages');

const folder = process.argv[2] ?? join(__dirname, '..');
const licences = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'Python-2.0',
];
const all = lockedPackages(folder);
const production = all.filter(({ isProduction }) => isProduction);

function originFaults({ path, entry }) {
  const { integrity = '', resolved, version = '', link } = entry;
  const faults = [];
  if (link === true || /[:/]/.test(version)) faults.push(`${path} is no release of a registry`);
  if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity)) faults.push(`${path} has no SHA-512 integrity`);
  // .npmrc of whoever installs names the registry; an address in the lock file would overrule it.
  if (resolved !== undefined) faults.push(`${path} names an address of its own`);
  return faults;
}

function licenceFaults({ path, entry: { license = 'none' } }) {
  const expression = license.replace(/^\((.*)\)$/, '$1');
  // Only a plain choice is understood (SPDX 2.3 annex D): of anything else a part would pass for the whole.
  const isChoice = !/[()]| AND /i.test(expression);
  const isAllowed = isChoice && expression.split(' OR ').some((one) => licences.includes(one));
  return isAllowed ? [] : [`${path} has the licence ${license}, which is not on the list`];
}

/** npm runs `node-gyp rebuild` for a binding.gyp where no script is named. */
function hasInstallScript({ path, entry }) {
  return entry.hasInstallScript === true || existsSync(join(folder, path, 'binding.gyp'));
}

function scriptFaults() {
  const { allowScripts = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const page = readFileSync(join(folder, 'docs', 'dependencies.md'), 'utf8');
  const reasons = new Map(
    [...page.matchAll(/^\| `([^`]+)` *\| *install script *\| *([^|]*?) *\|/gm)].map(([, name, why]) => [
      name,
      why,
    ]),
  );
  const withScript = production.filter(hasInstallScript).map(({ name }) => name);
  const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name] !== false);
  return [
    ...withScript
      .filter((name) => !reasons.get(name))
      .map((name) => `${name} has an install script and no reason in docs/dependencies.md`),
    ...withScript
      .filter((name) => allowScripts[name] !== false)
      .map((name) => `${name} may run its install script (allowScripts)`),
    ...allowed
      .filter((name) => !withScript.includes(name))
      .map((name) => `${name} may run its install script (allowScripts)`),
    ...[...reasons.keys()]
      .filter((name) => !withScript.includes(name))
      .map((name) => `${name} stands in docs/dependencies.md and has no install script`),
  ];
}

const faults = [...all.flatMap(originFaults), ...production.flatMap(licenceFaults), ...scriptFaults()];
for (const fault of faults) console.log(fault);
console.log(
  faults.length > 0
    ? `${faults.length} faults`
    : `${production.length} production packages of ${all.length} are in order`,
);
process.exitCode = faults.length > 0 ? 1 : 0;
