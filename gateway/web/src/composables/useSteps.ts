import { computed, onBeforeUnmount, ref, shallowRef } from 'vue'

import { readTrouble, type Trouble } from '../lib/trouble'

/** What keeps all further steps from succeeding too: they wait until somebody goes on. */
const HALTING: readonly Trouble['kind'][] = ['unauthorized', 'offline', 'unavailable', 'busy', 'attempts']

export interface Failure<Item> {
  item: Item
  trouble: Trouble
}

type Act<Item> = (item: Item, signal: AbortSignal) => Promise<{ error?: unknown; response: Response }>

async function outcomeOf<Item>(act: Act<Item>, item: Item, signal: AbortSignal): Promise<Trouble | null> {
  try {
    const { error, response } = await act(item, signal)
    return response.ok ? null : readTrouble(response, error, Date.now())
  } catch {
    return { kind: 'offline' }
  }
}

/**
 * The same done to many things, one after another: how far it has come, what failed, and a way to stop it. What is wrong
 * with one thing leaves the others alone; where nothing would succeed, it halts, and goes on from there when told to.
 */
export function useSteps<Item>(act: Act<Item>) {
  const waiting = shallowRef<readonly Item[]>([])
  const done = shallowRef<readonly Item[]>([])
  const failures = shallowRef<readonly Failure<Item>[]>([])
  const halted = shallowRef<Trouble | null>(null)
  const running = ref(false)
  let current = new AbortController()

  const total = computed(() => waiting.value.length + done.value.length + failures.value.length)
  const share = computed(() => (total.value ? 1 - waiting.value.length / total.value : null))

  /** Goes on with what waits; answers whether all of it was tried. */
  async function resume(): Promise<boolean> {
    const { signal } = (current = new AbortController())
    running.value = true
    halted.value = null
    while (waiting.value.length && !signal.aborted) {
      const [item, ...rest] = waiting.value as [Item, ...Item[]]
      const trouble = await outcomeOf(act, item, signal)
      if (signal.aborted) break
      if (trouble && HALTING.includes(trouble.kind)) {
        halted.value = trouble
        break
      }
      if (trouble === null) done.value = [...done.value, item]
      else failures.value = [...failures.value, { item, trouble }]
      waiting.value = rest
    }
    if (signal === current.signal) running.value = false
    return waiting.value.length === 0
  }

  function start(items: readonly Item[]): Promise<boolean> {
    current.abort()
    waiting.value = items
    done.value = []
    failures.value = []
    return resume()
  }

  function stop() {
    current.abort()
    running.value = false
  }

  function forget() {
    stop()
    waiting.value = []
    done.value = []
    failures.value = []
    halted.value = null
  }

  onBeforeUnmount(stop)
  return { waiting, done, failures, halted, running, total, share, start, resume, stop, forget }
}
