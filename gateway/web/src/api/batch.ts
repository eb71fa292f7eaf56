import { readTrouble, type Trouble } from '../lib/trouble'
import { api } from './client'

export type BatchKind = 'text/csv' | 'application/jsonl'

/** Which of its columns a file has for which of ours: { mileage_km: 'Kilometer' }. */
export type Mapping = Readonly<Record<string, string>>

/**
 * Values the cars of a file, and gives the answer piece by piece as it comes. Answers what was wrong, if anything;
 * what had come before that was given all the same. After an abort it answers null.
 */
export async function priceBatch(
  content: Blob,
  kind: BatchKind,
  mapping: Mapping,
  signal: AbortSignal,
  take: (text: string) => void,
): Promise<Trouble | null> {
  try {
    const { data, error, response } = await api.POST('/api/v1/valuations/batch', {
      params: { query: Object.keys(mapping).length ? { mapping: JSON.stringify(mapping) } : {} },
      headers: { 'Content-Type': kind },
      // The document knows no files: a body of text is whatever holds one.
      body: '',
      bodySerializer: () => content,
      parseAs: 'stream',
      signal,
    })
    if (!data) return readTrouble(response, error, Date.now())
    const decoder = new TextDecoder()
    const reader = data.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      take(decoder.decode(value, { stream: !done }))
      if (done) return null
    }
  } catch {
    return signal.aborted ? null : { kind: 'offline' }
  }
}
