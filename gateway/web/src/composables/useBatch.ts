import { onBeforeUnmount, ref, shallowRef } from 'vue'

import { priceBatch, type BatchKind, type Mapping } from '../api/batch'
import { batchReader, columnsIn, countRows, type BatchResult, type BatchSummary } from '../lib/batch'
import { CSV_BEGIN, csvLine, delimiterOf, firstLine } from '../lib/csv'
import { messages } from '../messages'
import type { Trouble } from '../lib/trouble'

/** As the gateway takes it. */
const LARGEST_BYTES = 64 * 1024 * 1024
const HEAD_BYTES = 64 * 1024
/** Rows that the page shows of each kind; the file of results has all. */
export const MOST_SHOWN = 100

export interface BatchFile {
  name: string
  content: File
  kind: BatchKind
  delimiter: string
  columns: readonly string[]
  rows: number
}

export interface BatchCounts {
  rows: number
  priced: number
  failed: number
  worth: number
}

type Phase = 'choose' | 'check' | 'map' | 'run' | 'done'
const NOTHING: BatchCounts = { rows: 0, priced: 0, failed: 0, worth: 0 }

async function describe(file: File): Promise<BatchFile | string> {
  if (file.size > LARGEST_BYTES) return messages.batch.tooLarge
  if (file.size === 0) return messages.batch.empty
  const kind: BatchKind = /\.(jsonl|ndjson)$/i.test(file.name) ? 'application/jsonl' : 'text/csv'
  const first = firstLine(await file.slice(0, HEAD_BYTES).text())
  const delimiter = delimiterOf(first)
  const columns = columnsIn(first, kind, delimiter)
  if (columns.length === 0) return messages.batch.unreadable
  return { name: file.name, content: file, kind, delimiter, columns, rows: countRows(new Uint8Array(await file.arrayBuffer()), kind) }
}

/** A file of cars on its way to prices: chosen, its columns understood, valued row by row, its results at hand. */
export function useBatch() {
  const phase = ref<Phase>('choose')
  const file = shallowRef<BatchFile | null>(null)
  const fault = ref<string | null>(null)
  const trouble = shallowRef<Trouble | null>(null)
  const counts = shallowRef<BatchCounts>(NOTHING)
  const errors = shallowRef<readonly BatchResult[]>([])
  const priced = shallowRef<readonly BatchResult[]>([])
  const summary = shallowRef<BatchSummary | null>(null)
  const stopped = ref(false)
  let pieces: Blob[] = []
  let current = new AbortController()

  function forget() {
    current.abort()
    phase.value = 'choose'
    file.value = fault.value = trouble.value = summary.value = null
    counts.value = NOTHING
    errors.value = priced.value = []
    stopped.value = false
    pieces = []
  }

  async function choose(chosen: File) {
    forget()
    const found = await describe(chosen).catch(() => messages.batch.unreadable)
    if (typeof found === 'string') {
      fault.value = found
      return
    }
    file.value = found
    await check()
  }

  /** Whether the gateway understands the columns is its own to say: it is asked with the header alone. */
  async function check() {
    if (file.value === null) return
    phase.value = 'check'
    const { signal } = (current = new AbortController())
    const header = new Blob([csvLine(file.value.columns)])
    trouble.value = await priceBatch(header, 'text/csv', {}, signal, () => undefined)
    if (signal.aborted) return
    if (trouble.value?.kind === 'refused') {
      trouble.value = null
      phase.value = 'map'
    } else if (trouble.value === null) await start({})
  }

  async function start(mapping: Mapping) {
    const { value: given } = file
    if (given === null) return
    phase.value = 'run'
    trouble.value = summary.value = null
    stopped.value = false
    const { signal } = (current = new AbortController())
    const found: { errors: BatchResult[]; priced: BatchResult[]; counts: BatchCounts; lines: string[] } = {
      errors: [],
      priced: [],
      counts: { ...NOTHING },
      lines: [CSV_BEGIN],
    }
    pieces = []
    const reader = batchReader(given.kind, given.delimiter, mapping, {
      onLine: (line) => found.lines.push(line),
      onSummary: (said) => (summary.value = said),
      onResult(result) {
        found.counts.rows += 1
        found.counts.worth += result.price ?? 0
        const [kind, list] = result.error === null ? (['priced', found.priced] as const) : (['failed', found.errors] as const)
        found.counts[kind] += 1
        if (list.length < MOST_SHOWN) list.push(result)
      },
    })
    const show = () => {
      counts.value = { ...found.counts }
      // The lines are the browser's to keep, outside of the page's memory.
      pieces.push(new Blob(found.lines.splice(0)))
    }
    trouble.value = await priceBatch(given.content, given.kind, mapping, signal, (text) => {
      reader.read(text)
      show()
    })
    if (phase.value !== 'run' || current.signal !== signal) return
    stopped.value = signal.aborted
    if (trouble.value?.kind === 'refused' && found.counts.rows === 0) {
      phase.value = 'map'
      return
    }
    if (!signal.aborted && trouble.value === null) reader.end()
    show()
    errors.value = found.errors
    priced.value = found.priced
    phase.value = trouble.value && found.counts.rows === 0 ? 'check' : 'done'
  }

  const stop = () => current.abort()
  const results = () => new Blob(pieces, { type: 'text/csv' })

  onBeforeUnmount(stop)
  return { phase, file, fault, trouble, counts, errors, priced, summary, stopped, choose, check, start, stop, forget, results }
}
