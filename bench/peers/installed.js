// What is installed of the packages of this folder.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

function versionOf(name) {
  try {
    return JSON.parse(readFileSync(join(__dirname, 'node_modules', name, 'package.json'), 'utf8')).version;
  } catch {
    return undefined;
  }
}

/** Why these packages cannot be used; undefined where they can. */
function whyNotInstalled(names) {
  const missing = names.filter((name) => versionOf(name) === undefined);
  return missing.length > 0
    ? `${missing.join(', ')} missing (npm ci --prefix bench/peers --ignore-scripts)`
    : undefined;
}

function versionsOf(names) {
  return names.map((name) => `${name} ${versionOf(name)}`);
}

module.exports = { versionsOf, whyNotInstalled };
