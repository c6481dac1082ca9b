import { randomBytes, randomUUID } from 'node:crypto';
import type { ExternalSettings } from '../../../config/external-settings';
import { type Finding, ok, settingIn, StepFault, warn } from '../../doctor-step';
import { answerRules, readAnswer } from '../login-answer';
import type { Requests } from '../requests';
import { isSuccess, type UpstreamAnswer } from '../upstream/upstream-call';
import { answerTo, type Line, typeText } from './doctor-calls';

/** Tries a name and a password that nobody can have: the answer must be a no. @throws StepFault */
export async function tryWrongLogin(line: Line, requests: Requests): Promise<Finding> {
  const credentials = {
    username: `gatehouse-doctor-${randomBytes(6).toString('hex')}`,
    password: randomBytes(24).toString('base64url'),
  };
  const context = { requestId: randomUUID(), address: '127.0.0.1' };
  return judgeLogin(await answerTo(line, requests.login(credentials, context)), line);
}

function judgeLogin(answer: UpstreamAnswer, { settings }: Line): Finding {
  const { status } = answer;
  if (status === 429)
    return warn('it has had too many requests (429): logins fail until it takes some again');
  const reading = readAnswer(answer, answerRules(settings));
  if (reading.kind === 'refused') return judgeRefusal(status, settings);
  if (reading.kind === 'accepted') throw acceptsAnybody(status);
  const detail = isSuccess(status) ? `${reading.fault} (it came ${typeText(answer)})` : reading.fault;
  throw new StepFault(`${detail}${adviceOn(status)}`, settingIn(reading.fault) ?? settingFor(status));
}

/** Only these statuses speak of the login for sure; others may mean that no login ever gets through. */
function judgeRefusal(status: number, settings: ExternalSettings): Finding {
  const refused = `a made-up name and password are refused (${status})`;
  switch (status) {
    case 404:
      return warn(`${refused}, but 404 is also the answer to a wrong path`, 'EXTERNAL_AUTH_LOGIN_PATH');
    case 400:
    case 422:
      return warn(
        `${refused}, but ${status} may also mean that it wants other fields; see also EXTERNAL_AUTH_BODY_FORMAT`,
        'EXTERNAL_AUTH_EXTRA_BODY',
      );
    case 403:
      return warn(
        `${refused}, but 403 may also mean that it does not know who calls; see also EXTERNAL_AUTH_HMAC_SECRET`,
        'EXTERNAL_AUTH_BEARER_TOKEN',
      );
    default:
      return ok(`${refused}${strangerHint(settings)}`);
  }
}

/** A service that does not know the caller may answer as it answers a wrong password. */
function strangerHint(settings: ExternalSettings): string {
  const proofs = (['EXTERNAL_AUTH_BEARER_TOKEN', 'EXTERNAL_AUTH_HMAC_SECRET'] as const).filter(
    (name) => settings[name] !== undefined,
  );
  return proofs.length === 0 ? '' : `; it may answer so to a wrong ${proofs.join(' or ')} as well`;
}

function acceptsAnybody(status: number): StepFault {
  const setting = 'EXTERNAL_AUTH_SUCCESS';
  return new StepFault(
    `it accepts anybody: a made-up name and password got ${status}; ` +
      `say with ${setting} where its answer tells a yes from a no, or correct EXTERNAL_AUTH_LOGIN_PATH`,
    setting,
  );
}

function adviceOn(status: number): string {
  if (status >= 300 && status < 400)
    return '; write in EXTERNAL_AUTH_URL where it leads to: none is followed';
  if (status === 405) return ': this path takes no POST';
  if (status === 415) return ': it wants another format';
  return status >= 500 ? ': its own log says why' : '';
}

function settingFor(status: number): string {
  if (status === 415) return 'EXTERNAL_AUTH_BODY_FORMAT';
  return isSuccess(status) || status === 405 ? 'EXTERNAL_AUTH_LOGIN_PATH' : 'EXTERNAL_AUTH_URL';
}
