import { type Examination, ok, type Outcome, settingIn, StepFault } from '../../doctor-step';
import { canonicalUsername, type Identity } from '../../identity';
import type { Requests } from '../requests';
import { isSuccess, type UpstreamAnswer } from '../upstream/upstream-call';
import { answerTo, type Line } from './doctor-calls';
import type { Patient } from './doctor-plan';
import { readLogin, readPerson } from './doctor-reading';
import type { StepName } from './step-names';

const pathSetting = 'EXTERNAL_AUTH_PROFILE_PATH';

/** Reads a person without their password, where that is possible, and says what their token would hold. */
export async function lookAtPerson(
  exam: Examination<StepName>,
  { line, requests }: { readonly line: Line; readonly requests: Requests },
  patient: Patient,
): Promise<void> {
  const plan = profileOf(patient);
  if (typeof plan === 'string') {
    for (const step of ['profile', 'token-size'] as const) exam.skip(step, plan);
    return;
  }
  const identity = await exam.take('profile', async () => {
    const answer = await answerTo(line, requests.profile(plan.path, nobody(patient.strategy, plan.user)));
    return identify(answer, patient, plan.user);
  });
  if (identity) await exam.take('token-size', () => ({ finding: patient.judgeToken(identity) }));
}

/** What can be read, or why nothing can. */
function profileOf({ settings, user }: Patient): { readonly path: string; readonly user: string } | string {
  const path = settings.EXTERNAL_AUTH_PROFILE_PATH;
  if (settings.EXTERNAL_AUTH_MODE === 'relay') return 'in relay mode the service makes the tokens itself';
  if (path === undefined) return `${pathSetting} is not set: nobody can be read without their password`;
  if (path.includes('{subject}') || !path.includes('{username}')) {
    return `${pathSetting} wants {subject}, which only a login tells`;
  }
  return user === undefined ? 'needs --user NAME' : { path, user };
}

function nobody(strategy: string, user: string): Identity {
  const username = canonicalUsername(user);
  return { subject: `${strategy}:`, username, groups: [], roles: [], attributes: {}, strategy };
}

async function identify(answer: UpstreamAnswer, patient: Patient, user: string): Promise<Outcome<Identity>> {
  const { status } = answer;
  if (status === 404)
    throw new StepFault('it knows nobody by this name, or not this path (404)', pathSetting);
  if (!isSuccess(status)) throw new StepFault(`it answered with status ${status}`, pathSetting);
  const reading = readLogin(answer, patient.settings);
  if (reading.kind === 'refused') throw new StepFault('it does not give the person', pathSetting);
  if (reading.kind !== 'accepted')
    throw new StepFault(reading.fault, settingIn(reading.fault) ?? pathSetting);
  const { strategy, settings } = patient;
  const person = await readPerson({ strategy, typedName: user, body: reading.body, settings });
  if (!person.found) throw new StepFault(person.fault, 'EXTERNAL_AUTH_SUBJECT');
  return { finding: ok(`the subject is ${person.identity.subject}`), value: person.identity };
}
