import type { BatchKind, Mapping } from '../api/batch'
import type { Deal } from '../api/types'
import { csvLine, csvReader, type Cell } from './csv'

/** What a batch answers of one of its rows. */
export interface BatchResult {
  /** Counted from 1, without the header. */
  row: number
  car: string
  price: number | null
  low: number | null
  high: number | null
  deal: Deal | null
  error: string | null
}

export interface BatchSummary {
  rows: number
  priced: number
  failed: number
  versions: string
  marketAsOf: string
}

/** Columns that a batch reads, by our names. */
export const REQUIRED = ['make', 'model', 'fuel', 'gearbox', 'first_registration', 'mileage_km'] as const
/** One of them is required too. */
export const POWERS = ['power_hp', 'power_kw'] as const
export const OPTIONAL = ['offer_type', 'asking_price_eur'] as const
export const BATCH_COLUMNS = [...REQUIRED, ...POWERS, ...OPTIONAL] as const
export type BatchColumn = (typeof BATCH_COLUMNS)[number]

// In the order of the API; the last ones of a row.
const RESULTS = [
  'price_eur', 'buying_price_eur', 'low_eur', 'high_eur', 'confidence', 'deal', 'base_eur', 'effect_age', 'effect_mileage',
  'effect_power', 'effect_fuel', 'effect_gearbox', 'effect_offer_type', 'model_version', 'error',
] as const // prettier-ignore
const SUMMARY = '# summary'

interface Taker {
  onResult: (result: BatchResult) => void
  onSummary: (summary: BatchSummary) => void
  /** The answer as lines of CSV, whatever it came as. */
  onLine: (line: string) => void
}

export interface BatchReader {
  read: (text: string) => void
  end: () => void
}

const number = (text: string | undefined) => (text ? Number(text) : null)
const place = (header: readonly string[], name: string) =>
  header.findIndex((each) => each.trim().toLowerCase() === name.trim().toLowerCase())

/** Reads a batch's answer in CSV as it comes. */
function csvBatchReader(delimiter: string, mapping: Mapping, { onResult, onSummary, onLine }: Taker): BatchReader {
  const reader = csvReader(delimiter)
  let header: string[] | null = null
  let rows = 0

  function takeRow(cells: string[], names: readonly string[]) {
    if (cells[0] === SUMMARY) {
      const said = new Map(cells.slice(1).map((cell) => cell.split('=', 2) as [string, string]))
      const count = (name: string) => Number(said.get(name) ?? 0)
      onSummary({
        rows: count('rows'),
        priced: count('priced'),
        failed: count('failed'),
        versions: said.get('versions') ?? '',
        marketAsOf: said.get('market_as_of') ?? '',
      })
      return
    }
    // The file may have columns of the same names before them.
    const result = (name: (typeof RESULTS)[number]) => cells[names.length - RESULTS.length + RESULTS.indexOf(name)]
    const column = (name: 'make' | 'model') => cells[place(names, mapping[name] ?? name)] ?? ''
    rows += 1
    onResult({
      row: rows,
      car: `${column('make')} ${column('model')}`.trim(),
      price: number(result('price_eur')),
      low: number(result('low_eur')),
      high: number(result('high_eur')),
      deal: (result('deal') || null) as Deal | null,
      error: result('error') || null,
    })
  }

  function take(found: string[][]) {
    for (const cells of found) {
      onLine(csvLine(cells))
      if (header === null) header = cells
      else takeRow(cells, header)
    }
  }
  return { read: (text) => take(reader.read(text)), end: () => take(reader.end()) }
}

type JsonRow = Record<string, Cell> & { input?: Record<string, unknown> | string; summary?: Record<string, unknown> }

/** Objects by line, as they come. */
export function lineReader<Row>(take: (row: Row) => void): BatchReader {
  let rest = ''
  const takeLine = (line: string) => {
    if (line.trim()) take(JSON.parse(line) as Row)
  }
  return {
    read(text) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      lines.forEach(takeLine)
    },
    end() {
      takeLine(rest)
      rest = ''
    },
  }
}

const asCell = (value: unknown): Cell => (typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as Cell))

/** The same of JSON Lines; its lines of CSV have the columns that its first line has. */
function jsonBatchReader(mapping: Mapping, { onResult, onSummary, onLine }: Taker): BatchReader {
  let names: string[] | null = null
  let rows = 0
  return lineReader<JsonRow>((row) => {
    if (row.summary) {
      const { rows: all, priced, failed, versions, market_as_of: marketAsOf } = row.summary as Record<string, number & string[]>
      onSummary({ rows: all ?? 0, priced: priced ?? 0, failed: failed ?? 0, versions: String(versions), marketAsOf: String(marketAsOf) })
      return
    }
    const input = typeof row.input === 'object' ? row.input : {}
    if (names === null) {
      names = Object.keys(input)
      onLine(csvLine([...names, ...RESULTS]))
    }
    rows += 1
    onLine(csvLine([...names.map((name) => asCell(input[name])), ...RESULTS.map((name) => row[name])]))
    const said = (name: 'make' | 'model') => input[mapping[name] ?? name] ?? ''
    onResult({
      row: rows,
      car: `${said('make')} ${said('model')}`.trim(),
      price: (row.price_eur as number | undefined) ?? null,
      low: (row.low_eur as number | undefined) ?? null,
      high: (row.high_eur as number | undefined) ?? null,
      deal: (row.deal as Deal | undefined) ?? null,
      error: (row.error as string | undefined) ?? null,
    })
  })
}

export const batchReader = (kind: BatchKind, delimiter: string, mapping: Mapping, taker: Taker): BatchReader =>
  kind === 'text/csv' ? csvBatchReader(delimiter, mapping, taker) : jsonBatchReader(mapping, taker)

/** The names of a file's columns by its first line; of JSON Lines, of its first object's fields. */
export function columnsIn(first: string, kind: BatchKind, delimiter: string): string[] {
  if (kind === 'text/csv') return csvReader(delimiter).read(`${first}\n`)[0]?.map((name) => name.trim()) ?? []
  try {
    const object: unknown = JSON.parse(first)
    return typeof object === 'object' && object !== null && !Array.isArray(object) ? Object.keys(object) : []
  } catch {
    return []
  }
}

const LINE_END = 10

/** How many rows a file has, at most: what line ends within quotes there are count too. */
export function countRows(bytes: Uint8Array, kind: BatchKind): number {
  let lines = 0
  for (const byte of bytes) if (byte === LINE_END) lines += 1
  if (bytes.length && bytes.at(-1) !== LINE_END) lines += 1
  return Math.max(lines - (kind === 'text/csv' ? 1 : 0), 0)
}
