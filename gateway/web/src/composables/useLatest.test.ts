import { expect, it } from 'vitest'

import { useLatest } from './useLatest'

/** Requests whose answers are given when the test says so. */
function server() {
  const asked: number[] = []
  const answers: (() => void)[] = []
  const ask = (_: AbortSignal, wanted: number) =>
    new Promise<{ data: string; response: Response }>((resolve) => {
      asked.push(wanted)
      answers.push(() => resolve({ data: `price of ${wanted}`, response: new Response() }))
    })
  const settle = () => new Promise((resolve) => setTimeout(resolve))
  return { ask, asked, answer: (number: number) => (answers[number]?.(), settle()) }
}

it('asks for the first and the last of many wishes', async () => {
  const { ask, asked, answer } = server()
  const { found, loading, want } = useLatest(ask)
  for (const wish of [1, 2, 3, 4]) want(wish)
  expect(asked).toEqual([1])
  await answer(0)
  expect(asked).toEqual([1, 4])
  await answer(1)
  expect(found.value).toEqual({ wanted: 4, data: 'price of 4' })
  expect(loading.value).toBe(false)
})

it('drops an answer to what is wanted no more', async () => {
  const { ask, answer } = server()
  const { found, want, forget } = useLatest(ask)
  want(1)
  forget()
  want(2)
  await answer(0)
  expect(found.value).toBeNull()
  await answer(1)
  expect(found.value?.wanted).toBe(2)
})
