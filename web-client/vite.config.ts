import { fileURLToPath } from 'node:url';

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const SERVER = process.env['HOMEROOM_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  // Browsers that have the WebRTC features the class needs also have this much of the language.
  build: { target: ['chrome111', 'firefox115', 'safari16.4'], assetsInlineLimit: 0, chunkSizeWarningLimit: 800 },
  server: {
    proxy: {
      '/api': { target: SERVER },
      '/healthz': { target: SERVER },
      '/ws': { target: SERVER, ws: true },
    },
  },
  test: { environment: 'node', include: ['tests/**/*.test.{ts,tsx}'], testTimeout: 30_000 },
});
