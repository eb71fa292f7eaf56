/** Does something after each pause, never a second time before the first is done; answers how to stop it. */
export function repeat(act: () => Promise<unknown>, pauseMs: number): () => void {
  let stopped = false
  let timer: ReturnType<typeof setTimeout>
  async function turn() {
    await act()
    if (!stopped) wait()
  }
  function wait() {
    timer = setTimeout(() => void turn(), pauseMs)
  }
  wait()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}
