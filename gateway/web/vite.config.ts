import { quasar } from '@quasar/vite-plugin'
import vue from '@vitejs/plugin-vue'
import { loadEnv } from 'vite'
import { defineConfig } from 'vitest/config'

const gateway = loadEnv('', '.', 'GATEWAY_ADDRESS').GATEWAY_ADDRESS ?? 'http://127.0.0.1:8000'

export default defineConfig({
  plugins: [vue(), quasar()],
  build: {
    // Flask serves this folder; the wheel and the image take it along.
    outDir: '../static',
    emptyOutDir: true,
    // Two pages: the web app, and the API's documentation, which knows nothing of it.
    rolldownOptions: {
      input: ['index.html', 'docs.html'],
      // What several pages share is one file, not one for each set of pages: on a phone each more costs a round trip.
      output: {
        codeSplitting: {
          groups: [
            // Of ours the documentation takes this alone.
            { name: 'csrf', test: /src[\\/]lib[\\/]csrf/ },
            { name: 'others', test: /node_modules[\\/](?!swagger-ui)/ },
            { name: 'shared', test: /src[\\/](?:components[\\/]ui|composables|lib|stores|icons|api)/, minShareCount: 2 },
          ],
        },
      },
    },
    // The page's content security policy knows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  css: {
    preprocessorOptions: {
      // Quasar's own sources still use @import.
      sass: { silenceDeprecations: ['import'] },
    },
  },
  server: {
    // As `make dev` says it; what no page of ours answers is the gateway's.
    proxy: Object.fromEntries(['/api', '/v2', '/readyz', '/livez'].map((path) => [path, gateway])),
  },
  test: {
    include: ['src/**/*.test.ts'],
  },
})
