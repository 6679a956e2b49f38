import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: 'es2022',
    // The content security policy allows no data: scripts and no inline ones.
    assetsInlineLimit: 0,
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
