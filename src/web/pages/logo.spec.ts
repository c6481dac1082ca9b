import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLogo } from './logo';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-logo-'));
const path = join(folder, 'logo');
afterAll(() => rmSync(folder, { recursive: true }));

function written(content: string | Buffer): string {
  writeFileSync(path, content);
  return path;
}

const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const webp = Buffer.concat([Buffer.from('RIFF'), Buffer.alloc(4), Buffer.from('WEBPVP8 ')]);

describe('a logo', () => {
  it.each([
    ['image/png', png],
    ['image/webp', webp],
    ['image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['image/svg+xml', '\uFEFF<?xml version="1.0"?>\n<!-- a -- b -->\n<!-- c -->\n<svg>'],
    ['image/svg+xml', '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd">\n<svg>'],
  ])('is %s by its bytes', (mediaType, content) => {
    expect(readLogo(written(content))).toMatchObject({ mediaType, bytes: Buffer.from(content) });
  });

  it.each([
    ['a page', '<!doctype html><svg>'],
    ['a document type with entities', '<!DOCTYPE svg [<!ENTITY a "b">]><svg>'],
    ['another image', Buffer.from('ffd8ffe000104a464946', 'hex')],
    ['nothing', ''],
  ])('is not %s', (_case, content) => {
    expect(() => readLogo(written(content))).toThrow('PAGE_LOGO_FILE is neither SVG, PNG nor WebP');
  });

  it('has 64 KiB at most, and is a file', () => {
    const head = png.length;
    expect(readLogo(written(Buffer.concat([png, Buffer.alloc(65_536 - head)]))).bytes).toHaveLength(65_536);
    expect(() => readLogo(written(Buffer.concat([png, Buffer.alloc(65_537 - head)])))).toThrow('65536 bytes');
    expect(() => readLogo(folder)).toThrow('PAGE_LOGO_FILE is no file');
    expect(() => readLogo('/dev/zero')).toThrow('PAGE_LOGO_FILE is no file');
    expect(() => readLogo(join(folder, 'missing'))).toThrow('PAGE_LOGO_FILE cannot be read: ENOENT');
  });
});
