// Lighthouse on each address of the command line, mobile profile, in the Chromium that the machine has: one line of JSON
// for each, as soon as it is there.
import { launch } from 'chrome-launcher'
import lighthouse from 'lighthouse'

const FLAGS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync']
const FIGURES = {
  fcp_ms: 'first-contentful-paint', lcp_ms: 'largest-contentful-paint', tbt_ms: 'total-blocking-time',
  cls: 'cumulative-layout-shift', speed_index_ms: 'speed-index',
}

const chromium = await launch({ chromePath: process.env.CHROMIUM, chromeFlags: FLAGS })
for (const address of process.argv.slice(2)) {
  const { lhr } = await lighthouse(address, {
    port: chromium.port, logLevel: 'error', onlyCategories: ['performance', 'accessibility', 'best-practices'],
  })
  const failed = Object.values(lhr.categories).flatMap(({ auditRefs }) =>
    auditRefs.filter(({ id, weight }) => weight > 0 && lhr.audits[id].score !== null && lhr.audits[id].score < 0.9).map(({ id }) => id))
  console.log(JSON.stringify({
    address,
    scores: Object.fromEntries(Object.values(lhr.categories).map(({ id, score }) => [id, Math.round(score * 100)])),
    figures: Object.fromEntries(Object.entries(FIGURES).map(([name, audit]) => [name, lhr.audits[audit].numericValue])),
    benchmark: lhr.environment.benchmarkIndex,
    failed,
  }))
}
chromium.kill()
