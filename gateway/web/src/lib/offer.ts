import type { NewCar, Valuation, ValuationRequest } from '../api/types'
import { messages } from '../messages'
import { parseWhole } from './numbers'

/** The steps of offering a car, in their order. */
export const STEPS = ['start', 'details', 'review', 'listing'] as const
export type Step = (typeof STEPS)[number]

/** The step that an address names, as far as one may go: the value of a car needs the car. */
export function stepOf(query: unknown, carIsComplete: boolean): Step {
  const step = STEPS.find((each) => each === query) ?? 'start'
  return carIsComplete || step === 'start' ? step : 'details'
}

/** What somebody says of his offer besides the car. */
export interface Offering {
  price: 'ours' | 'own'
  ownPrice: string
  name: string
  email: string
  phone: string
  note: string
  consent: boolean
}

export const emptyOffering = (): Offering => ({
  price: 'ours', ownPrice: '', name: '', email: '', phone: '', note: '', consent: false,
})

/** Whole euros, whose parts add up: the market's price, what we keep of it, the bonus, and what remains. */
export interface Sum {
  market: number
  margin: number
  bonus: number
  total: number
}

/** What we pay for a car at our price; a car of the house stands at the market's. */
export function ourPrice(valuation: Pick<Valuation, 'price_eur' | 'buying_price_eur'>, bonusEur: number, isStaff: boolean): Sum {
  const market = Math.round(valuation.price_eur)
  if (isStaff) return { market, margin: 0, bonus: 0, total: market }
  const buying = Math.round(valuation.buying_price_eur ?? valuation.price_eur)
  const bonus = Math.round(bonusEur)
  return { market, margin: buying - market, bonus, total: buying + bonus }
}

export type OfferingField = 'ownPrice' | 'name' | 'reach' | 'consent'

/** What stands between these words and an offer, per field. The dealership's own people need no contact. */
export function checkOffering(offering: Offering, isStaff: boolean): Partial<Record<OfferingField, string>> {
  const wrong: Partial<Record<OfferingField, string>> = {}
  if (offering.price === 'own' && !parseWhole(offering.ownPrice)) wrong.ownPrice = messages.sell.ownPriceShape
  if (isStaff) return wrong
  if (offering.name.trim() === '') wrong.name = messages.sell.nameMissing
  if (offering.email.trim() === '' && offering.phone.trim() === '') wrong.reach = messages.sell.reachMissing
  if (!offering.consent) wrong.consent = messages.sell.consentMissing
  return wrong
}

/** The body of an offer that checkOffering finds no fault with. */
export function toOffer(car: ValuationRequest, offering: Offering, isStaff: boolean): NewCar {
  const { make, model, fuel, gearbox, offer_type, first_registration, mileage_km, power_hp, power_kw } = car
  const [name, email, phone, note] = [offering.name, offering.email, offering.phone, offering.note].map((text) => text.trim() || null)
  return {
    make, model, fuel, gearbox, first_registration, mileage_km,
    ...(offer_type != null && { offer_type }),
    ...(power_hp != null ? { power_hp } : { power_kw: power_kw ?? null }),
    ...(offering.price === 'own' && { price_eur: parseWhole(offering.ownPrice) }),
    ...(!isStaff && { contact: { name: name ?? null, email: email ?? null, phone: phone ?? null } }),
    ...(note && { note }),
  }
}
