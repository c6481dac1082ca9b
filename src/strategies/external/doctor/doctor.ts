import { SystemClock } from '../../../common/clock';
import type { ExternalSettings } from '../../../config/external-settings';
import { Examination, type Finding, type Outcome, StepFault, type StepResult } from '../../doctor-step';
import { Requests } from '../requests';
import { Upstream } from '../upstream/upstream';
import { reachAddresses } from './doctor-addresses';
import type { Line } from './doctor-calls';
import { examineKeys, keysNotNeeded } from './doctor-jwks';
import { tryWrongLogin } from './doctor-login';
import { type Patient, planOf } from './doctor-plan';
import { lookAtPerson } from './doctor-profile';
import { type StepName, stepNames } from './step-names';

export type { Patient } from './doctor-plan';

const serviceSteps = stepNames.filter((name) => name !== 'shadow');

/**
 * Goes the way of a login to the external service, step by step, without anybody's password: the one login that it tries is made up.
 * Gives what it found as data; steps that need a failed one are skipped.
 */
export async function examineService(patient: Patient): Promise<readonly StepResult[]> {
  const exam = new Examination<StepName>(patient.strategy, (text) => text);
  const plan = await exam.take('settings', () => planOf(patient.settings));
  const reached = plan ? await reachAddresses(exam, plan) : [];
  if (reached.length > 0) await askService(exam, patient, reached);
  exam.skipMissing(serviceSteps);
  const { shadow } = patient;
  if (shadow) await exam.take('shadow', () => ({ finding: shadow }));
  else exam.skip('shadow', 'EXTERNAL_AUTH_SHADOW is not set');
  return exam.results;
}

/** Only the addresses that answer: the others have had their steps. Each is asked by itself, since a login may meet any of them. */
async function askService(
  exam: Examination<StepName>,
  patient: Patient,
  reached: readonly URL[],
): Promise<void> {
  for (const address of reached) await askAddress(exam, patient, address);
  const [first] = reached;
  if (first) await onLine(patient.settings, first, (asked) => lookAtPerson(exam, asked, patient));
}

function askAddress(exam: Examination<StepName>, { settings }: Patient, address: URL): Promise<void> {
  const where = settings.EXTERNAL_AUTH_URL.length > 1 ? `${address.origin}: ` : '';
  return onLine(settings, address, async ({ line, requests }) => {
    await exam.take('login', () => told(where, tryWrongLogin(line, requests)));
    const reason = keysNotNeeded(settings);
    if (reason !== undefined) exam.skip('jwks', reason);
    else await exam.take('jwks', () => told(where, examineKeys(line, requests)));
  });
}

/** Says which address it was, unless the words do. */
async function told(where: string, judging: Promise<Finding>): Promise<Outcome<never>> {
  const named = (detail: string) => (detail.startsWith(where) ? detail : `${where}${detail}`);
  try {
    const finding = await judging;
    return { finding: { ...finding, detail: named(finding.detail) } };
  } catch (error) {
    throw error instanceof StepFault ? new StepFault(named(error.message), error.setting) : error;
  }
}

interface Asked {
  readonly line: Line;
  readonly requests: Requests;
}

async function onLine(
  allSettings: ExternalSettings,
  address: URL,
  ask: (asked: Asked) => Promise<void>,
): Promise<void> {
  const settings = { ...allSettings, EXTERNAL_AUTH_URL: [address] };
  const caller = new Upstream(settings);
  try {
    await ask({ line: { caller, settings }, requests: new Requests(settings, new SystemClock()) });
  } finally {
    await caller.close();
  }
}
