// Writes the built console as C++ and holds it to its budget:
//   node embed.mjs DIST CSP_FILE OUTPUT.cc
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join, posix } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

// Bytes, in brotli but for the editor, which is counted in gzip; the console's
// design says why. Raise a number only with a measurement of what it buys.
const BUDGET = { firstRoute: 90_000, route: 25_000, editor: 140_000, css: 20_000, all: 700_000 };
/** The one chunk on demand that is no screen, by Vite's name for it. */
const EDITOR = 'editor_code';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

function* files(folder, under = '/') {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = posix.join(under, entry.name);
    if (entry.name === '.vite') continue; // The manifest is for this tool only.
    if (entry.isDirectory()) yield* files(join(folder, entry.name), path);
    else yield { path, bytes: readFileSync(join(folder, entry.name)) };
  }
}

function pack({ path, bytes }) {
  const type = TYPES[extname(path)];
  if (!type) throw new Error(`${path}: no content type is known for it; add one to embed.mjs`);
  const brotli = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  const gzip = gzipSync(bytes, { level: 9 });
  const worth = brotli.length < bytes.length * 0.9;
  return {
    path: path === '/index.html' ? '/' : path,
    type,
    bytes,
    brotli,
    gzip,
    sent: worth ? { gzip, brotli } : { gzip: Buffer.alloc(0), brotli: Buffer.alloc(0) },
    // Vite writes a hash of the content into names under /assets/.
    immutable: path.startsWith('/assets/'),
    etag: createHash('sha256').update(bytes).digest('hex').slice(0, 32),
  };
}

/** The files that a chunk of Vite's manifest loads before it runs, as paths. */
function loadedBy(manifest, key, seen = new Set()) {
  if (seen.has(key)) return [];
  seen.add(key);
  const { file, css = [], imports = [] } = manifest[key];
  return [file, ...css].map((name) => `/${name}`).concat(imports.flatMap((name) => loadedBy(manifest, name, seen)));
}

/** What is counted together: {name, budget, size}. */
function parts(assets, manifest) {
  const known = new Map(assets.map((a) => [a.path, a]));
  const sum = (paths) => [...new Set(paths)].reduce((total, path) => total + (known.get(path)?.brotli.length ?? 0), 0);
  const keys = Object.keys(manifest);
  const page = known.get('/').bytes.toString();
  const first = new Set(['/', ...assets.map((a) => a.path).filter((path) => page.includes(`"${path}"`)),
    ...keys.filter((key) => manifest[key].isEntry).flatMap((key) => loadedBy(manifest, key))]);
  const onDemand = keys.filter((key) => manifest[key].isDynamicEntry);
  return [
    { name: 'the first screen', budget: BUDGET.firstRoute, size: sum(first) },
    ...onDemand.filter((key) => manifest[key].name !== EDITOR).map((key) => ({
      name: `the screen ${manifest[key].name}`, budget: BUDGET.route,
      size: sum(loadedBy(manifest, key).filter((path) => !first.has(path))),
    })),
    ...onDemand.filter((key) => manifest[key].name === EDITOR).map((key) => ({
      name: 'the editor (gzip)', budget: BUDGET.editor, size: known.get(`/${manifest[key].file}`).gzip.length,
    })),
    { name: 'css', budget: BUDGET.css, size: sum(assets.map((a) => a.path).filter((path) => path.endsWith('.css'))) },
    { name: 'all', budget: BUDGET.all, size: sum(known.keys()) },
  ];
}

function holdToBudget(assets, manifest) {
  const counted = parts(assets, manifest);
  const say = ({ name, size, budget }) => `${name} ${size} of ${budget}`;
  console.log(`console: ${counted.map(say).join(', ')} bytes (brotli)`);
  const over = counted.filter(({ size, budget }) => size > budget);
  if (over.length > 0) {
    throw new Error(`the console is over its budget: ${over.map(say).join(', ')} bytes; load what is not ` +
      'needed at once on demand, or drop it');
  }
}

function literal(bytes) {
  let out = '"';
  let column = 0;
  for (const b of bytes) {
    const plain = b >= 32 && b < 127 && b !== 0x22 && b !== 0x5c && b !== 0x3f;
    const piece = plain ? String.fromCharCode(b) : `\\${b.toString(8).padStart(3, '0')}`;
    out += piece;
    column += piece.length;
    if (column > 4000) {
      out += '"\n"';
      column = 0;
    }
  }
  return out + '"';
}

const view = (bytes) => `std::string_view(${literal(bytes)}, ${bytes.length})`;

function main() {
  const [dist, cspFile, output] = process.argv.slice(2);
  const assets = [...files(dist)].map(pack).sort((a, b) => (a.path < b.path ? -1 : 1));
  holdToBudget(assets, JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8')));
  const csp = readFileSync(cspFile, 'utf8').trim();
  const rows = assets.map((a) => `    {.path = "${a.path}",\n     .content_type = "${a.type}",\n` +
    `     .etag = "\\"${a.etag}\\"",\n     .immutable = ${a.immutable},\n` +
    `     .plain = ${view(a.bytes)},\n     .gzip = ${view(a.sent.gzip)},\n` +
    `     .brotli = ${view(a.sent.brotli)}},\n`);
  writeFileSync(output, '// Written by web/tools/embed.mjs.\n#include "api/console/assets.h"\n\n' +
    'namespace hinomi::api {\nnamespace {\nconstexpr Asset kAssets[] = {\n' + rows.join('') +
    '};\n}  // namespace\n' +
    'std::span<const Asset> Assets() { return kAssets; }\n' +
    `std::string_view ConsoleContentSecurityPolicy() { return ${literal(Buffer.from(csp))}; }\n` +
    '}  // namespace hinomi::api\n');
}

try {
  main();
} catch (error) {
  console.error(`embed.mjs: ${error.message}`);
  process.exit(1);
}
