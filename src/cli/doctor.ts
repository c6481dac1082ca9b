import { loadSettingsFromProcess } from '../config/environment';
import { ConfigurationError } from '../config/load-settings';
import type { Settings } from '../config/settings';
import { kindOfStrategy } from '../config/strategy-settings';
import { examineService } from '../strategies/external/doctor/doctor';
import { readUsersFile, usersFilePath } from '../strategies/file/users-file-access';
import type { Finding, StepResult } from '../strategies/doctor-step';
import type { SourceLockout } from '../strategies/account-at-risk';
import type { Identity } from '../strategies/identity';
import { examineDirectory } from '../strategies/ldap/doctor/doctor';
import { accountLimits } from '../throttle/account-limits';
import { describeError } from '../common/system-error';
import { type Command, type CommandContext, noName, readArguments, Refused, UsageFault } from './command';
import { judgeShadow } from './doctor-shadow';
import { type DryClaims, dryClaims, judgeTokenSize } from './doctor-token';

interface Wishes {
  readonly user: string | undefined;
  readonly strategy: string | undefined;
  readonly json: boolean;
}

/** What was found, and by strategy what the person's token would hold. */
interface Report {
  readonly steps: readonly StepResult[];
  readonly claims: Readonly<Record<string, DryClaims>>;
}

/** `doctor`: tries the credential sources step by step, and says what to change. */
export const doctor: Command = async (args, context) => {
  const wishes = readWishes(args);
  const settings = readSettings(wishes, context);
  const report = await examine(settings, wishes);
  show(report, wishes, context);
  const failed = report.steps.filter(({ status }) => status === 'fail').length;
  if (failed > 0) throw new Refused(failed === 1 ? '1 step failed' : `${failed} steps failed`);
};

function readWishes(args: readonly string[]): Wishes {
  const { values, positionals } = readArguments(args, {
    user: { type: 'string' },
    strategy: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  noName(positionals);
  if (values.user?.trim() === '') throw new UsageFault('--user wants a NAME');
  return { user: values.user, strategy: values.strategy, json: values.json };
}

/** A configuration that cannot be used is a finding too: whoever reads the JSON form gets it as one. */
function readSettings(wishes: Wishes, context: CommandContext): Settings {
  try {
    return loadSettingsFromProcess().settings;
  } catch (error) {
    if (wishes.json && error instanceof ConfigurationError) {
      const steps = error.faults.map((detail) => stepOf('', 'settings', { status: 'fail', detail }));
      show({ steps, claims: {} }, wishes, context);
    }
    throw error;
  }
}

async function examine(settings: Settings, wishes: Wishes): Promise<Report> {
  const names = chosen(sourcesOf(settings), wishes.strategy);
  const claims: Record<string, DryClaims> = {};
  const steps: StepResult[] = [];
  for (const name of names) {
    steps.push(...(await examineStrategy(name, settings, { ...wishes, claims })));
  }
  if (names.length > 0) return { steps, claims };
  const detail = 'no STRATEGIES are set: the gateway would start with one demo user';
  return { steps: [stepOf('demo', 'settings', { status: 'warn', detail, setting: 'STRATEGIES' })], claims };
}

/** The sources of logins, and the one that EXTERNAL_AUTH_SHADOW compares them with. */
function sourcesOf({ STRATEGIES: names, EXTERNAL_AUTH_SHADOW: shadow }: Settings): readonly string[] {
  return shadow === undefined || names.includes(shadow) ? names : [...names, shadow];
}

function chosen(sources: readonly string[], wanted: string | undefined): readonly string[] {
  if (wanted === undefined) return sources;
  if (sources.includes(wanted)) return [wanted];
  throw new UsageFault('--strategy wants one of those in STRATEGIES or EXTERNAL_AUTH_SHADOW');
}

async function examineStrategy(
  name: string,
  settings: Settings,
  { user, claims }: { user: string | undefined; claims: Record<string, DryClaims> },
): Promise<readonly StepResult[]> {
  const judgeToken = (identity: Identity): Finding => {
    claims[name] = dryClaims(identity, settings);
    return judgeTokenSize(claims[name], settings);
  };
  const directory = settings.ldapDirectories[name];
  if (directory !== undefined) {
    const mostFailures = (lockout: SourceLockout) =>
      settings.LOCKOUT_MAX_FAILURES === 0 ? Infinity : accountLimits(settings, lockout).total;
    return examineDirectory({ strategy: name, settings: directory, user, mostFailures, judgeToken });
  }
  if (kindOfStrategy(name) === 'file') return [stepOf(name, 'users-file', judgeUsersFile(settings))];
  return examineService({ strategy: name, settings, user, judgeToken, shadow: await judgeShadow(settings) });
}

function judgeUsersFile(settings: Settings): Finding {
  const path = usersFilePath(settings);
  try {
    const users = readUsersFile(path);
    if (users !== undefined) return { status: 'ok', detail: `${path} can be read: ${users.length} users` };
    return {
      status: 'warn',
      detail: `${path} is not there; \`users add NAME\` makes it`,
      setting: 'USERS_FILE',
    };
  } catch (error) {
    return { status: 'fail', detail: describeError(error), setting: 'USERS_FILE' };
  }
}

function stepOf(strategy: string, step: string, finding: Finding): StepResult {
  return { strategy, step, ms: 0, ...finding };
}

function show(report: Report, { json }: Wishes, { stdout }: CommandContext): void {
  stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : asText(report));
}

function asText({ steps, claims }: Report): string {
  const strategies = [...new Set(steps.map(({ strategy }) => strategy))];
  return strategies.map((name) => strategyText(name, steps, claims[name])).join('\n');
}

function strategyText(name: string, steps: readonly StepResult[], claims: DryClaims | undefined): string {
  const lines = steps.filter(({ strategy }) => strategy === name).map(lineOf);
  const dryRun = claims ? `\nThe access token would hold:\n${JSON.stringify(claims, null, 2)}\n` : '';
  return `${name}\n${lines.join('')}${dryRun}`;
}

function lineOf({ step, status, ms, detail, setting }: StepResult): string {
  // Directories choose some of these texts; a terminal must not take them for its own commands.
  const line = printable(`  ${status.padEnd(8)}${step.padEnd(16)}${`${ms} ms`.padStart(8)}  ${detail}`);
  const toChange = setting !== undefined && (status === 'fail' || status === 'warn');
  return toChange ? `${line}\n${' '.repeat(36)}to change: ${setting}\n` : `${line}\n`;
}

function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\uFFFD');
}
