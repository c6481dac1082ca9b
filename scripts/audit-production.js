// Asks the registry for known vulnerabilities of the production dependencies. Ends with 0 when there are none, with 1 when there are,
// and with 2 when the registry gave no report: no answer is not a good answer, and .ci/run says what it makes of it.
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');

const clean = 0;
const vulnerable = 1;
const notAudited = 2;
const longestMs = 60_000;

const { stdout } = spawnSync(
  'npm',
  [
    'audit',
    '--omit=dev',
    '--audit-level=low',
    '--json',
    '--package-lock-only',
    '--fetch-retries=0',
    '--fetch-timeout=20000',
  ],
  {
    cwd: join(__dirname, '..'),
    encoding: 'utf8',
    timeout: longestMs,
    maxBuffer: 32 * 1024 * 1024,
    shell: process.platform === 'win32',
  },
);

function reportIn(text) {
  try {
    const report = JSON.parse(text);
    const isReport =
      report.auditReportVersion === 2 && Number.isInteger(report.metadata?.vulnerabilities?.total);
    return isReport && typeof report.vulnerabilities === 'object' ? report : undefined;
  } catch {
    return undefined;
  }
}

const report = reportIn(stdout ?? '');
if (!report) {
  console.log('NOT AUDITED: the registry gave no report of vulnerabilities');
  process.exitCode = notAudited;
} else {
  for (const { name, severity, range } of Object.values(report.vulnerabilities))
    console.log(`${severity}: ${name} ${range}`);
  const { total } = report.metadata.vulnerabilities;
  console.log(total === 0 ? 'no known vulnerability' : `${total} known vulnerabilities`);
  process.exitCode = total === 0 ? clean : vulnerable;
}
