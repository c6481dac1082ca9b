const { mkdirSync, rmSync, writeFileSync } = require('node:fs');
const { dirname, relative } = require('node:path');

/** The failed suites of the last run, for scripts/test-again.js. */
const failedSuitesFile = '.test-cache/failed-suites.json';

/** Ends a test run with one plain line, `N passed, N failed`, that any tool can read. */
class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const tail = skipped > 0 ? `, ${skipped} skipped` : '';
    process.stdout.write(`${results.numPassedTests} passed, ${failed} failed${tail}\n`);
    noteFailedSuites(results);
  }
}

function noteFailedSuites({ testResults, wasInterrupted }) {
  rmSync(failedSuitesFile, { force: true });
  const failed = testResults.filter((suite) => suite.numFailingTests > 0 || suite.testExecError);
  if (wasInterrupted || failed.length === 0) return;
  mkdirSync(dirname(failedSuitesFile), { recursive: true });
  const paths = failed.map(({ testFilePath }) => relative('', testFilePath));
  writeFileSync(failedSuitesFile, JSON.stringify(paths));
}

module.exports = ClosingLineReporter;
module.exports.failedSuitesFile = failedSuitesFile;
