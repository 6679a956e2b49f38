// Writes the built console as C++ and holds it to its budget:
//   node embed.mjs DIST CSP_FILE OUTPUT.cc
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join, posix } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

// Brotli, in bytes; the console's design says why. Raise a number only with a
// measurement of what it buys.
const BUDGET = { firstRoute: 90_000, css: 20_000, all: 700_000 };

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

function* files(folder, under = '/') {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = posix.join(under, entry.name);
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
    sent: worth ? { gzip, brotli } : { gzip: Buffer.alloc(0), brotli: Buffer.alloc(0) },
    // Vite writes a hash of the content into names under /assets/.
    immutable: path.startsWith('/assets/'),
    etag: createHash('sha256').update(bytes).digest('hex').slice(0, 32),
  };
}

/** What the first screen loads: the page and all that it names. */
function firstRoute(assets) {
  const page = assets.find((a) => a.path === '/').bytes.toString();
  return assets.filter((a) => a.path === '/' || page.includes(`"${a.path}"`));
}

function holdToBudget(assets) {
  const sum = (list) => list.reduce((total, a) => total + a.brotli.length, 0);
  const sizes = {
    firstRoute: sum(firstRoute(assets)),
    css: sum(assets.filter((a) => a.path.endsWith('.css'))),
    all: sum(assets),
  };
  const text = Object.entries(sizes).map(([k, v]) => `${k} ${v} of ${BUDGET[k]}`);
  console.log(`console: ${text.join(', ')} bytes (brotli)`);
  const over = Object.keys(BUDGET).filter((k) => sizes[k] > BUDGET[k]);
  if (over.length > 0) {
    throw new Error(`the console is over its budget (${over.join(', ')}): load what the first ` +
      'screen does not need on demand, or drop it');
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
  holdToBudget(assets);
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
