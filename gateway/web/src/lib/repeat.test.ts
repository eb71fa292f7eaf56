import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { repeat } from './repeat'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('does it after each pause, until it is stopped', async () => {
  const act = vi.fn(async () => {})
  const stop = repeat(act, 5_000)
  expect(act).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(15_000)
  expect(act).toHaveBeenCalledTimes(3)
  stop()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(act).toHaveBeenCalledTimes(3)
})

it('waits for what takes longer than the pause, and goes on no more if it was stopped meanwhile', async () => {
  let finish = () => {}
  const act = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)))
  const stop = repeat(act, 5_000)
  await vi.advanceTimersByTimeAsync(30_000)
  expect(act).toHaveBeenCalledTimes(1)
  finish()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(act).toHaveBeenCalledTimes(2)
  stop()
  finish()
  await vi.advanceTimersByTimeAsync(30_000)
  expect(act).toHaveBeenCalledTimes(2)
})
