import { describe, expect, it } from 'vitest'

import { nearest, place, pointsFor, spanOf, widened } from './curve'

const at = (...xs: number[]) => xs.map((x) => ({ x }))
const xs = (points: readonly { x: number }[]) => points.map((point) => point.x)

describe('pointsFor', () => {
  const knots = at(0, 10, 20, 50, 100, 400)

  it('keeps one point beyond either end', () => {
    expect(xs(pointsFor(knots, { min: 12, max: 60 }))).toEqual([10, 20, 50, 100])
  })

  it('needs none beyond an end that is a point itself', () => {
    expect(xs(pointsFor(knots, { min: 10, max: 100 }))).toEqual([10, 20, 50, 100])
  })

  it('keeps what there is where the span is wider than the curve', () => {
    expect(xs(pointsFor(knots, { min: -5, max: 900 }))).toEqual(xs(knots))
    expect(xs(pointsFor(knots, null))).toEqual(xs(knots))
  })

  it('has a line left for a span of no width', () => {
    expect(xs(pointsFor(knots, { min: 30, max: 30 }))).toEqual([20, 50])
    expect(xs(pointsFor(knots, { min: 20, max: 20 }))).toEqual([20])
  })

  it('takes any number of points', () => {
    expect(pointsFor([], { min: 0, max: 1 })).toEqual([])
    expect(xs(pointsFor(at(3), { min: 0, max: 1 }))).toEqual([3])
    expect(pointsFor(at(...Array.from({ length: 200 }, (_, i) => i)), { min: 50, max: 59.5 })).toHaveLength(11)
  })
})

describe('nearest', () => {
  it('finds the point on either side', () => {
    expect(nearest(at(0, 10, 100), 54)).toBe(1)
    expect(nearest(at(0, 10, 100), 56)).toBe(2)
    expect(nearest(at(0, 10, 100), -3)).toBe(0)
  })
})

describe('spanOf', () => {
  it('is never of no width, so that every place on it is a number', () => {
    expect(spanOf([3, 1, 2])).toEqual({ min: 1, max: 3 })
    expect(place(0, spanOf([0, 0]))).toBe(50)
  })

  it('can be widened evenly', () => {
    expect(widened({ min: 0, max: 100 })).toEqual({ min: -4, max: 104 })
  })
})
