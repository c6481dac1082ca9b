// npm run test:again: the suites that failed in the last run once more, one at a time on a machine that does nothing else.
// Many tests watch deadlines of real servers, which a busy machine can break. What fails twice is a fault; what fails once is named.
const { spawnSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { failedSuitesFile } = require('./closing-line-reporter');

/** More than a busy moment explains. */
const mostSuites = 4;

function failedSuites() {
  try {
    return JSON.parse(readFileSync(failedSuitesFile, 'utf8'));
  } catch {
    return [];
  }
}

const suites = failedSuites();
if (suites.length === 0 || suites.length > mostSuites) {
  process.stderr.write(`${suites.length} failed suites are noted; 1 to ${mostSuites} are run again.\n`);
  process.exit(1);
}
process.stdout.write(`Once more, one at a time: ${suites.join(', ')}\n`);
const { status } = spawnSync('jest', ['--runTestsByPath', ...suites, '--runInBand'], { stdio: 'inherit' });
if (status === 0) process.stdout.write(`FLAKY, failed once and passed alone: ${suites.join(', ')}\n`);
process.exit(status ?? 1);
