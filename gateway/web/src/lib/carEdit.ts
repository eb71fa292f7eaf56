import type { Car, CarChange } from '../api/types'
import { parseTenths, parseWhole } from './numbers'

/** A car as it stands in the form: all as texts, empty for what is not there. By the API's names. */
export interface CarDraft {
  make: string
  model: string
  fuel: string
  gearbox: string
  offer_type: string
  first_registration: string
  mileage_km: string
  power_hp: string
  price_eur: string
  note: string
  contact_name: string
  contact_email: string
  contact_phone: string
}

export type CarField = keyof CarDraft
const CONTACT = ['contact_name', 'contact_email', 'contact_phone'] as const

/** An estimate is no price of the car's own: its field is empty. */
export function draftOf(car: Car): CarDraft {
  const { make, model, fuel, gearbox, offer_type, first_registration, mileage_km: mileage, power_hp: power } = car.vehicle
  return {
    make,
    model,
    fuel,
    gearbox,
    offer_type,
    first_registration,
    mileage_km: String(mileage),
    power_hp: String(power),
    price_eur: car.price_is_own && car.price_eur !== null ? String(car.price_eur) : '',
    note: car.note ?? '',
    contact_name: car.contact?.name ?? '',
    contact_email: car.contact?.email ?? '',
    contact_phone: car.contact?.phone ?? '',
  }
}

const FIELDS = (draft: CarDraft) => Object.keys(draft) as CarField[]

export const changedFields = (draft: CarDraft, base: CarDraft): CarField[] =>
  FIELDS(draft).filter((field) => draft[field].trim() !== base[field].trim())

/** What is sent of a draft: its changes alone, so that all else stays as others have made it. */
export function changesOf(draft: CarDraft, base: CarDraft): CarChange {
  const change: Record<string, unknown> = {}
  for (const field of changedFields(draft, base)) {
    const text = draft[field].trim()
    if (CONTACT.includes(field as (typeof CONTACT)[number])) {
      const [name, email, phone] = CONTACT.map((each) => draft[each].trim() || null)
      change.contact = { name, email, phone }
    } else if (field === 'mileage_km') change[field] = parseWhole(text) ?? 0
    else if (field === 'power_hp') change[field] = parseTenths(text) ?? 0
    else if (field === 'price_eur') change[field] = text === '' ? null : (readPrice(text) ?? 0)
    else change[field] = field === 'note' ? text || null : text
  }
  return change
}

/** Whole euros as people type them; a price of cents that was there before stays one. */
export const readPrice = (text: string) => parseWhole(text) ?? (/^\d+\.\d{1,2}$/.test(text.trim()) ? Number(text) : null)

/** The draft over what others have made of the car meanwhile: one's own changes stay, all else is theirs. */
export function rebased(draft: CarDraft, base: CarDraft, theirs: CarDraft): CarDraft {
  const own = Object.fromEntries(changedFields(draft, base).map((field) => [field, draft[field]]))
  return { ...theirs, ...own }
}
