/** Steps that a reader counts in. */
const STEPS = [1, 2, 5, 10]

/** Round numbers from low to high, about so many; those just inside the ends. */
export function roundTicks(low: number, high: number, about: number): number[] {
  const rough = (high - low) / Math.max(about, 1)
  if (!(rough > 0)) return [low]
  const power = 10 ** Math.floor(Math.log10(rough))
  const far = (step: number) => Math.abs(Math.log((step * power) / rough))
  const step = STEPS.reduce((best, each) => (far(each) < far(best) ? each : best), 1) * power
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step)
}
