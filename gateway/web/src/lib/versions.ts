import type { Figures, Version } from '../api/types'
import type { CurvePoint, Span } from './curve'

export interface VersionPoint extends CurvePoint {
  version: string
}

/** A figure over the versions that have it, the oldest first; the list of versions begins with the newest. */
export function historyOf(versions: readonly Version[], figure: keyof Figures): VersionPoint[] {
  return [...versions]
    .reverse()
    .flatMap(({ version, figures }) => {
      const y = figures?.[figure]
      return y == null ? [] : [{ version, y }]
    })
    .map((point, x) => ({ ...point, x }))
}

/** At least so much of a figure's own size is in sight, so that a change of nothing does not look like one. */
const LEAST_SHARE = 0.1

/** What a figure's history is drawn on: around its values, and not from nothing, where all changes would be flat. */
export function spanOfHistory(values: readonly number[]): Span {
  const [min, max] = [Math.min(...values), Math.max(...values)]
  const middle = (min + max) / 2
  const half = Math.max((max - min) * 0.6, (Math.abs(middle) * LEAST_SHARE) / 2, 1e-6)
  return { min: middle - half, max: middle + half }
}

/** At most so many of the points, evenly spread, with the first and the last among them. */
export function spread<Point>(points: readonly Point[], most: number): Point[] {
  if (points.length <= most) return [...points]
  return Array.from({ length: most }, (_, index) => points[Math.round((index * (points.length - 1)) / (most - 1))] as Point)
}

/** The two that are chosen, the newer first; null unless there are two. */
export function pairOf(versions: readonly Version[], chosen: ReadonlySet<string>): [string, string] | null {
  const [newer, older, ...others] = versions.filter(({ version }) => chosen.has(version))
  return newer && older && others.length === 0 ? [newer.version, older.version] : null
}

/** The two that a comparison begins with: the one that prices now and the newest other one, the newer first. */
export function firstPair(versions: readonly Version[]): [string, string] | null {
  const served = versions.find((each) => each.served) ?? versions[0]
  const other = versions.find((each) => each !== served)
  return served && other ? pairOf(versions, new Set([served.version, other.version])) : null
}
