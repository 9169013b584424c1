import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { compress } from './vite.compress.ts';

// Where a whole Pic-up runs: RPCs and pictures come from there while the pages come from Vite.
const gateway = process.env['PICUP_GATEWAY'] ?? 'http://127.0.0.1:8080';
const proxy = { '^/picup\\.': gateway, '/u/': gateway };

export default defineConfig({
  plugins: [svelte(), compress()],
  server: { port: 5173, strictPort: true, proxy },
  preview: { port: 5173, strictPort: true, proxy },
  build: {
    target: 'es2022',
    // The content security policy knows no data: URLs but for pictures, and no inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What every page needs comes in one piece: over HTTP/1.1 a browser asks for six files at once.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'app', tags: ['$initial'] }] } } },
  },
  worker: { format: 'es' },
  test: { include: ['{src,scripts}/**/*.test.ts'], environment: 'node' },
});
