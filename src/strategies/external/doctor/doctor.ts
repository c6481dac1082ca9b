import { SystemClock } from '../../../common/clock';
import { Examination, type StepResult } from '../../doctor-step';
import { Requests } from '../requests';
import { Upstream } from '../upstream/upstream';
import { reachAddresses } from './doctor-addresses';
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

/** Only at the addresses that answer: the others have had their steps. */
async function askService(
  exam: Examination<StepName>,
  patient: Patient,
  reached: readonly URL[],
): Promise<void> {
  const settings = { ...patient.settings, EXTERNAL_AUTH_URL: reached };
  const upstream = new Upstream(settings);
  const line = { caller: upstream, settings };
  const requests = new Requests(settings, new SystemClock());
  try {
    await exam.take('login', async () => ({ finding: await tryWrongLogin(line, requests) }));
    const reason = keysNotNeeded(settings);
    if (reason !== undefined) exam.skip('jwks', reason);
    else await exam.take('jwks', async () => ({ finding: await examineKeys(line, requests) }));
    await lookAtPerson(exam, { line, requests }, patient);
  } finally {
    await upstream.close();
  }
}
