import type { Settings } from '../../config/settings';

/** How the pages look, and where a browser gets what they need for it. */
export interface Brand {
  readonly name: string;
  readonly stylePath: string;
  readonly iconPath: string;
  /** Absent where there is no logo. */
  readonly logoPath?: string;
}

/** The brand by the settings PAGE_NAME, PAGE_COLOR and PAGE_LOGO_FILE. */
export function brandOf({ PAGE_NAME: name }: Pick<Settings, 'PAGE_NAME'>): Brand {
  return { name, stylePath: '/assets/page.css', iconPath: '/assets/icon.svg' };
}
