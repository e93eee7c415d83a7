/** What pdf.js fetches while it draws: fonts that every reader must have, character maps, decoders of scanned pages. From us. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import type { Plugin } from 'vite';

const HOME = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'));
const { version } = JSON.parse(readFileSync(join(HOME, 'package.json'), 'utf8')) as { version: string };
/** The version makes the address stand for one content, as the server's cache rule wants. */
const ASSETS = `assets/pdfjs-${version}/`;
const FOLDERS = ['standard_fonts', 'cmaps', 'wasm'] as const;
const SERVED = /\.(pfb|ttf|bcmap|wasm)$/;

export function pdf(): Plugin {
  return {
    name: 'homeroom-pdf',
    config: () => ({ define: { __PDF_ASSETS__: JSON.stringify(`/${ASSETS}`) } }),
    generateBundle() {
      for (const folder of FOLDERS) {
        for (const name of readdirSync(join(HOME, folder)).filter((one) => SERVED.test(one))) {
          this.emitFile({ type: 'asset', fileName: `${ASSETS}${folder}/${name}`, source: readFileSync(join(HOME, folder, name)) });
        }
      }
    },
  };
}
