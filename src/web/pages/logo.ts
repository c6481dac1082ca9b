import { readFileSync, statSync } from 'node:fs';
import { describeError } from '../../common/system-error';

/** An image as browsers get it. */
export interface Image {
  readonly bytes: Buffer;
  readonly mediaType: 'image/svg+xml' | 'image/png' | 'image/webp';
  readonly extension: 'svg' | 'png' | 'webp';
}

const mostBytes = 64 * 1024;
const pngSignature = Buffer.from('89504e470d0a1a0a', 'hex');
/** What may stand before the element of an SVG file: a mark, a declaration, comments, a document type. */
const svgBeginning =
  /^\uFEFF?\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--[\s\S]*?-->\s*)*(?:<!DOCTYPE svg[^>[]*>\s*)?<svg[\s>]/i;

/**
 * Reads the image of PAGE_LOGO_FILE. Its bytes say what it is, not its name.
 * @throws Error that names the setting when there is no such file, when it is too large, or neither SVG, PNG nor WebP
 */
export function readLogo(path: string): Image {
  const bytes = readBounded(path);
  const image = imageOf(bytes);
  if (!image) throw new Error('PAGE_LOGO_FILE is neither SVG, PNG nor WebP');
  return image;
}

function readBounded(path: string): Buffer {
  try {
    // Before it is read: a wrong path may lead to something huge, or to something without an end.
    const file = statSync(path);
    if (file.isFile() && file.size <= mostBytes) return readFileSync(path);
  } catch (error) {
    throw new Error(`PAGE_LOGO_FILE cannot be read: ${describeError(error)}`, { cause: error });
  }
  throw new Error(`PAGE_LOGO_FILE is no file, or one of more than ${mostBytes} bytes`);
}

/** By the first bytes: PNG 3 section 5.2, RFC 9649 section 2.4. */
function imageOf(bytes: Buffer): Image | undefined {
  if (bytes.subarray(0, pngSignature.length).equals(pngSignature)) {
    return { bytes, mediaType: 'image/png', extension: 'png' };
  }
  if (bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP') {
    return { bytes, mediaType: 'image/webp', extension: 'webp' };
  }
  return svgBeginning.test(bytes.toString('utf8'))
    ? { bytes, mediaType: 'image/svg+xml', extension: 'svg' }
    : undefined;
}
