// Of the catalogue the page carries only what it can say: the keys that stand
// in its own sources, found as tools/check_catalogue.py finds them. The others
// are the server's.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const CALL = /\bt\(\s*'([^']+)'/g;
const QUOTED = /["'`]([a-z][a-z0-9_]*(?:\.[A-Za-z0-9_]+)+)["'`]/g;

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.(ts|svelte)$/.test(entry.name)) yield readFileSync(path, 'utf8');
  }
}

/** Every text key that the sources under `folder` name. */
export function usedKeys(folder) {
  const used = new Set();
  for (const source of sources(folder)) {
    for (const pattern of [CALL, QUOTED]) for (const [, key] of source.matchAll(pattern)) used.add(key);
  }
  return used;
}

/** For the built page; the development server goes on with the whole. */
export function usedTexts(folder) {
  return {
    name: 'hinomi-used-texts',
    apply: 'build',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('/src/text/catalogue.json')) return null;
      const used = usedKeys(folder);
      const kept = Object.entries(JSON.parse(code)).filter(([key]) => used.has(key));
      return { code: JSON.stringify(Object.fromEntries(kept)), map: null };
    },
  };
}
