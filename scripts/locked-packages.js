// What a lock file says of each package, and whether it belongs to production.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

/** @returns [{ name, version, path, entry, isProduction }] of package-lock.json in the folder, without the project itself */
function lockedPackages(folder) {
  const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, entry]) => ({
      name: entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: entry.version,
      path,
      entry,
      // `npm ci --omit=dev` installs those marked `devOptional` all the same.
      isProduction: entry.dev !== true,
    }));
}

module.exports = { lockedPackages };
