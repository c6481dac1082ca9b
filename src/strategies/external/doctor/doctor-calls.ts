import { settingIn, StepFault } from '../../doctor-step';
import type { ExternalSettings } from '../../../config/external-settings';
import {
  type Caller,
  type UpstreamAnswer,
  type UpstreamCall,
  UpstreamFailure,
} from '../upstream/upstream-call';

/** Sends calls for the doctor, with the settings that they went by. */
export interface Line {
  readonly caller: Caller;
  readonly settings: ExternalSettings;
}

const longestType = 60;

/** @throws StepFault with the cause and the setting, when there is no answer */
export async function answerTo({ caller, settings }: Line, call: UpstreamCall): Promise<UpstreamAnswer> {
  try {
    return await caller.call(call);
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error;
    const { words, setting } = hintOn(error.message, settings);
    const named = error.setting ?? setting ?? settingIn(error.message) ?? 'EXTERNAL_AUTH_URL';
    throw new StepFault(`${error.message}${words}`, named);
  }
}

/** What kind of text a service sent, which it chose itself. */
export function typeText({ contentType }: UpstreamAnswer): string {
  return contentType === undefined ? 'without a Content-Type' : `as ${contentType.slice(0, longestType)}`;
}

function hintOn(message: string, settings: ExternalSettings): { words: string; setting?: string } {
  const isPlain = settings.EXTERNAL_AUTH_URL.some(({ protocol }) => protocol === 'http:');
  if (!isPlain || !/connection broke|is not HTTP/.test(message)) return { words: '' };
  return { words: '; a port that speaks TLS may do that: then use https://', setting: 'EXTERNAL_AUTH_URL' };
}
