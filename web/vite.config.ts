import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { usedTexts } from './tools/catalogue.mjs';

export default defineConfig({
  plugins: [svelte(), usedTexts(fileURLToPath(new URL('src', import.meta.url)))],
  build: {
    target: 'es2022',
    // The content security policy allows no data: scripts and no inline ones.
    assetsInlineLimit: 0,
    // For tools/embed.mjs, which knows by it what each screen loads.
    manifest: true,
    modulePreload: { polyfill: false },
    // Compressed sizes are counted, and held to the budget, by tools/embed.mjs.
    reportCompressedSize: false,
  },
  server: {
    // `npm run dev` beside a running server.
    proxy: { '/api': 'http://127.0.0.1:9140' },
    fs: { allow: ['..'] },
  },
});
