// Sums what the first page loads, gzipped, and ends the build where that is more than it may be.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const STATIC = new URL('../static/', import.meta.url)
const MOST_KB = 250

const read = (path) => readFileSync(new URL(path.replace(/^\//, ''), STATIC))
const page = read('index.html').toString()
const files = new Set(['index.html', ...[...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path)])
// Of the font's files a browser fetches the one that has the page's letters.
for (const path of [...files].filter((each) => each.endsWith('.css'))) {
  const font = /url\((\/assets\/[^)]*-latin-wght[^)]*\.woff2)\)/.exec(read(path).toString())
  if (font) files.add(font[1])
}

let total = 0
for (const path of files) {
  const content = read(path)
  const size = (path.endsWith('.woff2') ? content : gzipSync(content, { level: 6 })).length / 1000
  total += size
  console.log(`${size.toFixed(1).padStart(8)} kB  ${path}`)
}
console.log(`${total.toFixed(1).padStart(8)} kB  first load, of ${MOST_KB}`)
if (total > MOST_KB) process.exit(1)
