type Channels = readonly [red: number, green: number, blue: number];

const black: Channels = [0, 0, 0];
const white: Channels = [255, 255, 255];
/** Steps from a colour to black or white. */
const steps = 100;

/** The contrast that text needs (WCAG 2.2, 1.4.3). */
export const leastTextContrast = 4.5;

/**
 * The relation of the luminance of two colours, from 1 to 21 (WCAG 2.2, contrast ratio).
 * @param one `#rrggbb`
 */
export function contrastOf(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/**
 * The shade that is nearest to a colour and can be read on a ground: darker on a light one, lighter on a dark one. What stands on the
 * shade in the colour of the ground can be read as well.
 * @param color `#rrggbb`
 * @param ground `#rrggbb`, light or dark enough that black or white can be read on it
 */
export function readableOn(color: string, ground: string): string {
  const end = luminanceOf(ground) > luminanceOf('#777777') ? black : white;
  for (let step = 0; step < steps; step++) {
    const shade = mixed(channelsOf(color), end, step / steps);
    if (contrastOf(shade, ground) >= leastTextContrast) return shade;
  }
  return hexOf(end);
}

function luminanceOf(color: string): number {
  const [red, green, blue] = channelsOf(color).map(linear);
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

/** The light of a channel of sRGB (IEC 61966-2-1). */
function linear(channel: number): number {
  const part = channel / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}

function mixed(color: Channels, end: Channels, part: number): string {
  const between = (from: number, to: number): number => Math.round(from + (to - from) * part);
  return hexOf([between(color[0], end[0]), between(color[1], end[1]), between(color[2], end[2])]);
}

function channelsOf(color: string): Channels {
  const channel = (at: number): number => Number.parseInt(color.slice(at, at + 2), 16);
  return [channel(1), channel(3), channel(5)];
}

function hexOf(channels: Channels): string {
  return `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}
