/**
 * Excalidraw, served by us alone. Its package falls back to a public CDN for fonts, carries 13 MB of one hand-written
 * font for Chinese, Japanese and Korean (those scripts are drawn in the system's font here), a diagram language that we
 * do not offer, and 50 languages of which the page speaks two.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import type { Plugin } from 'vite';

const HOME = dirname(createRequire(import.meta.url).resolve('@excalidraw/excalidraw'));
const { version } = JSON.parse(readFileSync(join(HOME, '..', '..', 'package.json'), 'utf8')) as { version: string };
/** Where the page finds the fonts; the version makes the address stand for one content, as the server's cache rule wants. */
export const ASSETS = `assets/excalidraw-${version}/`;
const LANGUAGES = /\/locales\/(en|de-DE|percentages)-/;
const LEFT_OUT = 'Xiaolai';
const NOTHING = '\0excalidraw-left-out';

function fonts(): string[] {
  return readdirSync(join(HOME, 'fonts'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.woff2') && !name.startsWith(LEFT_OUT),
  );
}

/** A change that no longer finds its place is an error of the build, not a page that asks a stranger for fonts. */
function replaced(code: string, what: RegExp, by: string): string {
  if (!what.test(code)) throw new Error(`Excalidraw ${version} has changed: ${String(what)} is not in it any more`);
  return code.replaceAll(what, by);
}

export function excalidraw(): Plugin {
  return {
    name: 'homeroom-excalidraw',
    enforce: 'pre',
    config: () => ({
      define: { __EXCALIDRAW_ASSETS__: JSON.stringify(`/${ASSETS}`) },
      optimizeDeps: { exclude: ['@excalidraw/excalidraw'] },
    }),
    resolveId(source, importer) {
      if (importer?.includes('@excalidraw/') !== true) return null;
      if (source === '@excalidraw/mermaid-to-excalidraw') return NOTHING;
      return source.includes('/locales/') && !LANGUAGES.test(source) ? NOTHING : null;
    },
    load: (id) => (id === NOTHING ? 'export default {}; export const parseMermaidToExcalidraw = () => Promise.reject(new Error("left out"));' : null),
    transform(code, id) {
      if (!id.includes('@excalidraw/excalidraw/dist') || !code.includes('https://esm.sh/')) return null;
      const own = replaced(code, /`https:\/\/esm\.sh\//g, '`${location.origin}/assets/');
      return { code: replaced(own, /"\.\/fonts\/Xiaolai\/[^"]*"/g, '"local:"'), map: null };
    },
    generateBundle() {
      for (const name of fonts()) {
        this.emitFile({ type: 'asset', fileName: `${ASSETS}fonts/${name}`, source: readFileSync(join(HOME, 'fonts', name)) });
      }
    },
  };
}
