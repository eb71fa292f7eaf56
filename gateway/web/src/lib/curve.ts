export interface CurvePoint {
  x: number
  y: number
}

export interface Span {
  min: number
  max: number
}

/**
 * The points of a curve that a span needs: those in it and the nearest beyond either end, so that the line is drawn
 * to the ends and every point on it is one of the model's own. There may be any number of them, evenly spaced or not.
 */
export function pointsFor<Point extends { x: number }>(points: readonly Point[], span: Span | null): readonly Point[] {
  if (span === null) return points
  const before = points.findLastIndex((point) => point.x <= span.min)
  const after = points.findIndex((point) => point.x >= span.max)
  return points.slice(Math.max(before, 0), after < 0 ? undefined : Math.max(after, before) + 1)
}

/** Which point lies nearest to x. */
export function nearest(points: readonly { x: number }[], x: number): number {
  let best = 0
  points.forEach((point, index) => {
    if (Math.abs(point.x - x) < Math.abs((points[best]?.x ?? Infinity) - x)) best = index
  })
  return best
}

/** From the smallest to the largest, never of no width. */
export function spanOf(values: readonly number[]): Span {
  const min = Math.min(...values)
  const max = Math.max(...values)
  return max > min ? { min, max } : { min: min - 1, max: max + 1 }
}

/** A little wider at both ends, so that nothing is drawn on the edge. */
export function widened({ min, max }: Span): Span {
  const margin = (max - min) * 0.04
  return { min: min - margin, max: max + margin }
}

/** A place on a scale, in per cent of its length. */
export const place = (value: number, span: Span) => ((value - span.min) / (span.max - span.min)) * 100
