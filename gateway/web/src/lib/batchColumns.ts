import { BATCH_COLUMNS, type BatchColumn } from './batch'

/** How columns are often named, so that a good guess stands there already. The gateway reads by what is chosen. */
const NAMES: Record<BatchColumn, readonly string[]> = {
  make: ['make', 'brand', 'marke', 'hersteller', 'manufacturer'],
  model: ['model', 'modell', 'baureihe'],
  fuel: ['fuel', 'fueltype', 'kraftstoff', 'kraftstoffart', 'treibstoff'],
  gearbox: ['gearbox', 'gear', 'transmission', 'getriebe', 'getriebeart', 'schaltung'],
  first_registration: ['firstregistration', 'year', 'erstzulassung', 'ez', 'baujahr', 'registered', 'registration'],
  mileage_km: ['mileagekm', 'mileage', 'kilometer', 'kilometerstand', 'km', 'laufleistung', 'odometer'],
  power_hp: ['powerhp', 'hp', 'ps', 'power', 'leistung', 'leistungps', 'horsepower'],
  power_kw: ['powerkw', 'kw', 'leistungkw'],
  offer_type: ['offertype', 'angebotsart', 'fahrzeugart', 'condition'],
  asking_price_eur: ['askingpriceeur', 'askingprice', 'price', 'preis', 'priceeur', 'angebotspreis', 'verkaufspreis'],
}

const plain = (name: string) => name.toLowerCase().replace(/[^\p{L}]/gu, '')

/** A column of the file for each of ours, null where none looks like it. */
export function guessed(columns: readonly string[]): Record<BatchColumn, string | null> {
  const find = (column: BatchColumn) => columns.find((name) => NAMES[column].includes(plain(name))) ?? null
  return Object.fromEntries(BATCH_COLUMNS.map((column) => [column, find(column)])) as Record<BatchColumn, string | null>
}
