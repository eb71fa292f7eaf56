/** Where the range, the estimate and the asking price lie on the band, in per cent of its width. */
export interface BandPlaces {
  low: number
  price: number
  high: number
  asked: number | null
  /** Set when the asking price lies so far outside that it is drawn at the band's end. */
  askedBeyond: 'below' | 'above' | null
}

const MARGIN = 0.14
// Beyond this many widths of the range the band would shrink to a dot.
const REACH = 1.2

export function placeOnBand(low: number, price: number, high: number, asked: number | null): BandPlaces {
  const width = Math.max(high - low, 1)
  const nearest = low - REACH * width
  const farthest = high + REACH * width
  const shownAsked = asked === null ? price : Math.min(Math.max(asked, nearest), farthest)

  const start = Math.min(low, shownAsked) - MARGIN * width
  const end = Math.max(high, shownAsked) + MARGIN * width
  const place = (value: number) => ((value - start) / (end - start)) * 100

  let askedBeyond: BandPlaces['askedBeyond'] = null
  if (asked !== null && asked < nearest) askedBeyond = 'below'
  if (asked !== null && asked > farthest) askedBeyond = 'above'

  return {
    low: place(low),
    price: place(price),
    high: place(high),
    asked: asked === null ? null : place(shownAsked),
    askedBeyond,
  }
}
