// What is installed of the packages of this folder.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const oldestNode = 22;

function versionOf(name) {
  try {
    return JSON.parse(readFileSync(join(__dirname, 'node_modules', name, 'package.json'), 'utf8')).version;
  } catch {
    return undefined;
  }
}

/** Why these packages cannot be used; undefined where they can. better-sqlite3 crashes under an older Node instead of saying so. */
function whyNotInstalled(names) {
  if (Number.parseInt(process.versions.node, 10) < oldestNode) return `Node ${oldestNode} or later is needed`;
  const missing = names.filter((name) => versionOf(name) === undefined);
  return missing.length > 0
    ? `${missing.join(', ')} missing (npm ci --prefix bench/peers --ignore-scripts)`
    : undefined;
}

function versionsOf(names) {
  return names.map((name) => `${name} ${versionOf(name)}`);
}

module.exports = { versionsOf, whyNotInstalled };
