import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { mockHub } from './dev/mock.ts'

const hub = process.env['HOLDFAST_URL']
const toHub = hub ? { target: hub, changeOrigin: false } : null

/** With HOLDFAST_URL the console talks to that hub; without it, to the invented one of `dev/`. */
export default defineConfig({
  plugins: [react(), ...(hub ? [] : [mockHub()])],
  resolve: { alias: { '#': new URL('./src', import.meta.url).pathname } },
  server: {
    host: '127.0.0.1',
    ...(toHub ? { proxy: { '/api': toHub, '/callback': toHub, '/healthz': toHub, '/readyz': toHub } } : {}),
  },
  preview: { host: '127.0.0.1', ...(toHub ? { proxy: { '/api': toHub } } : {}) },
  build: {
    target: 'es2023',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [{ name: 'react', test: /node_modules\/(react|react-dom|scheduler|@tanstack)\// }],
        },
      },
    },
  },
})
