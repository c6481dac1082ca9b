import { isRelay } from './check-external';
import type { Settings } from './settings';

/** Whether there are pages for people. In relay mode there is no session of ours that a page could show. */
export function hasPages(settings: Pick<Settings, 'PAGES' | 'STRATEGIES' | 'EXTERNAL_AUTH_MODE'>): boolean {
  return settings.PAGES && !isRelay(settings);
}
