import { type Examination, type Finding, ok, type Outcome, settingIn, StepFault } from '../../doctor-step';
import { canonicalUsername, type Identity } from '../../identity';
import { pointersOf, subjectIn } from '../identity-places';
import { answerRules, readBody } from '../login-answer';
import { type ProfileRules, readProfile } from '../profile';
import type { Requests } from '../requests';
import { isSuccess, type UpstreamAnswer } from '../upstream/upstream-call';
import { answerTo, type Line } from './doctor-calls';
import type { Patient } from './doctor-plan';
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

/** Reads it as a refresh would. @throws StepFault */
function identify(answer: UpstreamAnswer, { strategy, settings }: Patient, user: string): Outcome<Identity> {
  const { status } = answer;
  if (status === 404)
    throw new StepFault('it knows nobody by this name, or not this path (404)', pathSetting);
  const rules = {
    path: settings.EXTERNAL_AUTH_PROFILE_PATH ?? '',
    answer: answerRules(settings),
    pointers: pointersOf(settings),
  };
  const known = { ...nobody(strategy, user), subject: `${strategy}:${idIn(answer, rules)}` };
  const reading = readProfile(answer, known, rules);
  if (reading.kind === 'gone') throw new StepFault('it says that there is no such person', pathSetting);
  if (reading.kind === 'unusable')
    throw new StepFault(reading.fault, settingIn(reading.fault) ?? pathSetting);
  const { identity } = reading;
  return { finding: judge(identity), value: identity };
}

/** The id of whoever it is; a login would have told it. */
function idIn(answer: UpstreamAnswer, { answer: rules, pointers }: ProfileRules): string {
  const reading = isSuccess(answer.status) ? readBody(answer, rules) : undefined;
  if (reading === undefined || 'fault' in reading) return '';
  const subject = subjectIn({ ...reading.body, claims: reading.body }, pointers);
  return subject && 'id' in subject ? subject.id : '';
}

function judge({ subject, displayName, email, roles }: Identity): Finding {
  const missing = [
    ['name', displayName],
    ['mail address', email],
    ['roles', roles[0]],
  ].flatMap(([what, found]) => (found === undefined ? [what] : []));
  const detail = `the subject is ${subject}`;
  return missing.length === 0 ? ok(detail) : ok(`${detail}; no pointer finds: ${missing.join(', ')}`);
}
