import { messages } from '../messages'
import type { Draft, DraftField } from './draft'
import { format } from './format'
import { parseTenths, parseWhole } from './numbers'

export interface Violation {
  /** Missing fields are shown only once the form was sent: nobody likes to be told while typing. */
  missing: boolean
  text: string
}

export type Violations = Partial<Record<DraftField, Violation>>

// Gates against slips of the hand only; what the model can price is the server's to say.
const FIRST_YEAR = 1950
const MOST_KM = 2_000_000
const MOST_POWER = 2_000

const missing = (text: string): Violation => ({ missing: true, text })
const wrong = (text: string): Violation => ({ missing: false, text })

function checkYear(text: string, today: Date): Violation | null {
  if (text.trim() === '') return missing(messages.invalid.year)
  if (!/^\d{4}$/.test(text.trim())) return wrong(messages.invalid.yearShape)
  const year = Number(text)
  if (year < FIRST_YEAR || year > today.getFullYear()) {
    return wrong(messages.invalid.yearRange(String(FIRST_YEAR), String(today.getFullYear())))
  }
  return null
}

function checkMonth(draft: Draft, today: Date): Violation | null {
  const thisYear = Number(draft.year) === today.getFullYear()
  return thisYear && (draft.month ?? 0) > today.getMonth() + 1 ? wrong(messages.invalid.monthFuture) : null
}

function checkMileage(text: string): Violation | null {
  if (text.trim() === '') return missing(messages.invalid.mileage)
  const mileage = parseWhole(text)
  if (mileage === null) return wrong(messages.invalid.mileageShape)
  return mileage > MOST_KM ? wrong(messages.invalid.mileageRange(format.whole(MOST_KM))) : null
}

function checkPower(text: string): Violation | null {
  if (text.trim() === '') return missing(messages.invalid.power)
  const power = parseTenths(text)
  if (power === null || power === 0) return wrong(messages.invalid.powerShape)
  return power > MOST_POWER ? wrong(messages.invalid.powerRange(format.whole(MOST_POWER))) : null
}

function checkAskingPrice(text: string): Violation | null {
  if (text.trim() === '') return null
  return parseWhole(text) ? null : wrong(messages.invalid.askingPriceShape)
}

/** What stands between this draft and a request, per field; empty when nothing does. */
export function checkDraft(draft: Draft, today: Date): Violations {
  const found: Record<string, Violation | null> = {
    year: checkYear(draft.year, today),
    month: checkMonth(draft, today),
    mileage: checkMileage(draft.mileage),
    power: checkPower(draft.power),
    askingPrice: checkAskingPrice(draft.askingPrice),
  }
  for (const field of ['make', 'model', 'fuel', 'gearbox', 'offerType'] as const) {
    found[field] = draft[field] === null ? missing(messages.invalid[field]) : null
  }
  return Object.fromEntries(Object.entries(found).filter(([, violation]) => violation !== null))
}
