// Lays a gzipped copy beside each script, style and picture of the build: the gateway sends it to whoever takes it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const ASSETS = new URL('../static/assets/', import.meta.url)

for (const name of readdirSync(ASSETS)) {
  if (!/\.(js|css|svg)$/.test(name)) continue
  writeFileSync(new URL(`${name}.gz`, ASSETS), gzipSync(readFileSync(new URL(name, ASSETS)), { level: 9 }))
}
