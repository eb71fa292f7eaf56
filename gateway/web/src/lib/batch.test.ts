import { describe, expect, it } from 'vitest'

import { batchReader, columnsIn, countRows, type BatchResult, type BatchSummary } from './batch'

const NAMES =
  'price_eur,buying_price_eur,low_eur,high_eur,confidence,deal,base_eur,effect_age,effect_mileage,effect_power,effect_fuel,' +
  'effect_gearbox,effect_offer_type,model_version,error'
const PRICED = '12000,,10000,14000,high,good,11000,0,0,1000,0,0,0,1,'
const FAILED = ',,,,,,,,,,,,,1,"make: is not known, nor like one"'

function read(kind: 'text/csv' | 'application/jsonl', text: string, mapping = {}) {
  const results: BatchResult[] = []
  const lines: string[] = []
  let summary: BatchSummary | null = null
  const reader = batchReader(kind, ',', mapping, {
    onResult: (result) => results.push(result),
    onSummary: (said) => (summary = said),
    onLine: (line) => lines.push(line),
  })
  for (const piece of text.match(/[^]{1,7}/g) ?? []) reader.read(piece)
  reader.end()
  return { results, lines, summary }
}

describe('batchReader', () => {
  it('reads CSV: prices, errors and the summary', () => {
    const { results, lines, summary } = read(
      'text/csv',
      `Marke,model,price_eur,${NAMES}\r\nVW,Golf,1,${PRICED}\r\nVau,Golf,2,${FAILED}\r\n` +
        `# summary,rows=2,priced=1,failed=1,versions=1,market_as_of=2026-11-25${','.repeat(12)}\r\n`,
      { make: 'marke' },
    )
    expect(results).toEqual([
      { row: 1, car: 'VW Golf', price: 12_000, low: 10_000, high: 14_000, deal: 'good', error: null },
      { row: 2, car: 'Vau Golf', price: null, low: null, high: null, deal: null, error: 'make: is not known, nor like one' },
    ])
    expect(summary).toEqual({ rows: 2, priced: 1, failed: 1, versions: '1', marketAsOf: '2026-11-25' })
    expect(lines).toHaveLength(4)
  })

  it('reads JSON Lines to the same, and makes CSV of them', () => {
    const { results, lines, summary } = read(
      'application/jsonl',
      '{"input":{"make":"VW","model":"Golf","note":"=1"},"price_eur":12000.5,"low_eur":1,"high_eur":2,"deal":null,"error":null}\n' +
        '{"input":"no JSON","price_eur":null,"error":"the line is no JSON"}\n' +
        '{"summary":{"rows":2,"priced":1,"failed":1,"versions":["1"],"market_as_of":["2026-11-25"]}}\n',
    )
    expect(results.map(({ car, price, error }) => [car, price, error])).toEqual([
      ['VW Golf', 12000.5, null],
      ['', null, 'the line is no JSON'],
    ])
    expect(summary).toEqual({ rows: 2, priced: 1, failed: 1, versions: '1', marketAsOf: '2026-11-25' })
    expect(lines[0]).toBe(`make,model,note,${NAMES}\r\n`)
    expect(lines[1]).toMatch(/^VW,Golf,'=1,12000.5,/)
  })
})

describe('a file', () => {
  it('has columns by its first line', () => {
    expect(columnsIn('"Marke";Modell ', 'text/csv', ';')).toEqual(['Marke', 'Modell'])
    expect(columnsIn('{"make":"VW","km":1}', 'application/jsonl', ',')).toEqual(['make', 'km'])
    expect(columnsIn('[1]', 'application/jsonl', ',')).toEqual([])
    expect(columnsIn('{', 'application/jsonl', ',')).toEqual([])
  })

  it('has as many rows as lines', () => {
    const bytes = (text: string) => new TextEncoder().encode(text)
    expect(countRows(bytes('a\n1\n2'), 'text/csv')).toBe(2)
    expect(countRows(bytes('a\n1\n2\n'), 'application/jsonl')).toBe(3)
    expect(countRows(bytes(''), 'text/csv')).toBe(0)
  })
})
