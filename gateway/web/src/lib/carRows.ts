import type { Car, NewCarRequest } from '../api/types'
import { asWritten, csvLine, type Cell } from './csv'
import { parseTenths, parseWhole } from './numbers'

/** A car as a row of CSV: names that the import reads again, then what the house knows besides. */
const COLUMNS: readonly [string, (car: Car) => Cell][] = [
  ['id', ({ id }) => id],
  ['state', ({ state }) => state],
  ['make', ({ vehicle }) => vehicle.make],
  ['model', ({ vehicle }) => vehicle.model],
  ['fuel', ({ vehicle }) => vehicle.fuel],
  ['gearbox', ({ vehicle }) => vehicle.gearbox],
  ['offer_type', ({ vehicle }) => vehicle.offer_type],
  ['first_registration', ({ vehicle }) => vehicle.first_registration],
  ['mileage_km', ({ vehicle }) => vehicle.mileage_km],
  ['power_hp', ({ vehicle }) => vehicle.power_hp],
  ['price_eur', (car) => car.price_eur],
  ['estimate_eur', (car) => car.estimate_eur],
  ['sale_price_eur', (car) => car.sale_price_eur],
  ['sold_on', (car) => car.sold_on],
  ['created_at', (car) => car.created_at],
  ['contact_name', ({ contact }) => contact?.name],
  ['contact_email', ({ contact }) => contact?.email],
  ['contact_phone', ({ contact }) => contact?.phone],
  ['note', ({ note }) => note],
]

export const CARS_HEADER = csvLine(COLUMNS.map(([name]) => name))
export const toCarLine = (car: Car) => csvLine(COLUMNS.map(([, cell]) => cell(car)))

const TEXTS = ['make', 'model', 'fuel', 'gearbox', 'offer_type', 'first_registration', 'note'] as const
const WHOLES = ['mileage_km', 'price_eur'] as const
const POWERS = ['power_hp', 'power_kw'] as const
const NEEDED = ['make', 'model', 'fuel', 'gearbox', 'first_registration', 'mileage_km'] as const
export const IMPORTED: readonly string[] = [...NEEDED, ...POWERS, 'offer_type', 'price_eur', 'note']
/** As AutoScout24 names them. */
const THEIRS: Readonly<Record<string, string>> = {
  gear: 'gearbox',
  offertype: 'offer_type',
  year: 'first_registration',
  mileage: 'mileage_km',
  hp: 'power_hp',
  price: 'price_eur',
}

/** Where the columns stand that an import reads, by our names. */
export function placesIn(header: readonly string[]): Map<string, number> {
  const places = new Map<string, number>()
  header.forEach((name, place) => {
    const plain = name.trim().toLowerCase()
    const ours = IMPORTED.includes(plain) ? plain : THEIRS[plain]
    if (ours !== undefined && !places.has(ours)) places.set(ours, place)
  })
  return places
}

/** Columns without which no car can be taken in. */
export function missingIn(places: ReadonlyMap<string, number>): string[] {
  const missing: string[] = NEEDED.filter((name) => !places.has(name))
  return POWERS.some((name) => places.has(name)) ? missing : [...missing, POWERS[0]]
}

/** "62.000" is sixty-two thousand here, as in "62,000"; 62000.5 is a number too. */
function parseNumber(text: string, whole: boolean): number | null {
  const value = (whole ? parseWhole(text) : parseTenths(text)) ?? Number(text)
  return text && Number.isFinite(value) ? value : null
}

/** The request that takes a row's car in, or the names of the columns whose numbers are none. */
export function toNewCar(cells: readonly string[], places: ReadonlyMap<string, number>): { car: NewCarRequest } | { noNumbers: string[] } {
  const cell = (name: string) => asWritten(cells[places.get(name) ?? -1] ?? '').trim()
  const said: Record<string, Cell> = {}
  const noNumbers: string[] = []
  for (const name of TEXTS) if (cell(name)) said[name] = cell(name)
  for (const name of [...WHOLES, ...POWERS]) {
    const text = cell(name)
    if (!text) continue
    const value = parseNumber(text, name === 'mileage_km' || name === 'price_eur')
    if (value === null) noNumbers.push(name)
    else said[name] = value
  }
  // What is missing is the server's to say, in the words it has for it.
  return noNumbers.length ? { noNumbers } : { car: said as unknown as NewCarRequest }
}
