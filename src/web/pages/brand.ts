import { createHash } from 'node:crypto';
import type { Settings } from '../../config/settings';
import { readableOn } from './colors';
import { readLogo } from './logo';
import { pagePaths } from './paths';
import { pageStyle } from './style';

/** A file that pages need, which lies at an address of its own for each content. */
export interface Asset {
  readonly path: string;
  readonly mediaType: string;
  readonly content: string | Buffer;
}

/** How the pages look, and where a browser gets what they need for it. */
export interface Brand {
  readonly name: string;
  readonly stylePath: string;
  readonly iconPath: string;
  /** Absent where there is no logo. */
  readonly logoPath?: string;
  readonly assets: readonly Asset[];
}

type BrandSettings = Pick<Settings, 'PAGE_NAME' | 'PAGE_COLOR' | 'PAGE_LOGO_FILE'>;

const brands = new WeakMap<BrandSettings, Brand>();

/**
 * The brand by the settings PAGE_NAME, PAGE_COLOR and PAGE_LOGO_FILE. Settings never change, so that files are read once.
 * @throws Error that names the setting when the logo cannot be read
 */
export function brandOf(settings: BrandSettings): Brand {
  const known = brands.get(settings);
  if (known) return known;
  const made = makeBrand(settings);
  brands.set(settings, made);
  return made;
}

function makeBrand({ PAGE_NAME: name, PAGE_COLOR: color, PAGE_LOGO_FILE: logoFile }: BrandSettings): Brand {
  const style = asset('page', 'css', { mediaType: 'text/css; charset=utf-8', content: pageStyle(color) });
  const icon = asset('icon', 'svg', { mediaType: 'image/svg+xml', content: iconOf(color) });
  const image = logoFile === undefined ? undefined : readLogo(logoFile);
  const logo = image && asset('logo', image.extension, { mediaType: image.mediaType, content: image.bytes });
  return {
    name,
    stylePath: style.path,
    iconPath: icon.path,
    ...(logo && { logoPath: logo.path }),
    assets: [style, icon, ...(logo ? [logo] : [])],
  };
}

/** The hash in the address lets browsers keep the file for good. */
function asset(name: string, extension: string, file: Pick<Asset, 'mediaType' | 'content'>): Asset {
  const hash = createHash('sha256').update(file.content).digest('base64url').slice(0, 16);
  return { path: `${pagePaths.assets}/${name}.${hash}.${extension}`, ...file };
}

/** A gate in the colour of the brand. */
function iconOf(color: string): string {
  const ground = readableOn(color, '#ffffff');
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">' +
    `<rect width="32" height="32" rx="7" fill="${ground}"/>` +
    '<path fill="#fff" d="M7 25V15a9 9 0 0 1 18 0v10h-4V15a5 5 0 0 0-10 0v10z"/></svg>'
  );
}
