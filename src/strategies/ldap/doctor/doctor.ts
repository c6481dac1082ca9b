import type { Client } from 'ldapts';
import { ldapVariable } from '../../../config/ldap-settings';
import { bindAsService, findBase, findGroups, findPerson, identify, readerOn } from './doctor-people';
import { type Patient, type Plan, planOf } from './doctor-plan';
import { judgePolicy } from './doctor-policy';
import { reachServers } from './doctor-servers';
import type { DirectoryEntry } from '../entry/directory-entry';
import { Examination, type StepResult } from '../../doctor-step';
import { type StepName, stepNames } from './step-names';

export type { Patient } from './doctor-plan';
export type { Finding, StepResult } from '../../doctor-step';

const personSteps: readonly StepName[] = ['base-dn', 'user-search', 'groups', 'claims', 'token-size'];

/**
 * Goes the way of a login through one directory, step by step, without anybody's password but the service account's. Gives what
 * it found as data; steps that need a failed one are skipped. Nothing is changed in the directory.
 */
export async function examineDirectory(patient: Patient): Promise<readonly StepResult[]> {
  const exam = new Examination<StepName>(patient.strategy, (text) => ownVariables(patient.strategy, text));
  const plan = await exam.take('settings', () => planOf(patient.settings));
  const client = plan && (await reachServers(exam, plan));
  if (plan && client) {
    try {
      await lookInside(exam, plan, client, patient);
    } finally {
      await client.unbind().catch(() => undefined);
    }
  }
  exam.skipMissing(stepNames);
  return exam.results;
}

async function lookInside(
  exam: Examination<StepName>,
  plan: Plan,
  client: Client,
  patient: Patient,
): Promise<void> {
  if (plan.searcher.kind === 'person') {
    exam.skip('service-bind', 'logins bind as the person; LDAP_BIND_DN would let the doctor search too');
    for (const step of [...personSteps, 'password-policy'] as const)
      exam.skip(step, 'needs a service account');
    return;
  }
  const isBound = await exam.take('service-bind', () => bindAsService(client, plan));
  if (!isBound) return;
  const hasBase = await exam.take('base-dn', () => findBase(client, plan));
  const person = hasBase && (await lookAtPerson(exam, plan, client, patient));
  exam.skipMissing(personSteps);
  const policyCase = { mostFailures: patient.mostFailures, person };
  await exam.take('password-policy', async () => ({ finding: await judgePolicy(client, plan, policyCase) }));
}

async function lookAtPerson(
  exam: Examination<StepName>,
  plan: Plan,
  client: Client,
  patient: Patient,
): Promise<DirectoryEntry | undefined> {
  const reader = readerOn(client, plan);
  const person = await exam.take('user-search', () => findPerson(reader, plan, patient.user));
  if (patient.user === undefined) {
    for (const step of ['groups', 'claims', 'token-size'] as const) exam.skip(step, 'needs --user NAME');
    return undefined;
  }
  if (person === undefined) return undefined;
  const groups = await exam.take('groups', () => findGroups(reader, plan, person));
  const identity =
    groups && (await exam.take('claims', () => identify(patient.strategy, plan, person, groups)));
  if (identity) await exam.take('token-size', () => ({ finding: patient.judgeToken(identity) }));
  return person.entry;
}

/** A further directory has its own variables; texts are written with the names of the first one. */
function ownVariables(strategy: string, text: string): string {
  return text.replace(/\bLDAP_[A-Z_]+\b/g, (name) => ldapVariable(strategy, name));
}
