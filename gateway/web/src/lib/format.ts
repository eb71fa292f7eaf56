import { shallowReactive } from 'vue'

/** A minus as wide as the plus, where the locale's own data has a hyphen. */
const withMinus = (text: string) => text.replace('-', '−')

/** Numbers and dates in the reader's own notation; the texts around them are in messages/. */
export function makeFormat(locale?: string) {
  const euros = new Intl.NumberFormat(locale, { style: 'currency', currency: 'EUR', maximumFractionDigits: 0 })
  const signedEuros = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: 'EUR',
    maximumFractionDigits: 0,
    signDisplay: 'exceptZero',
  })
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 })
  const tenthPercent = new Intl.NumberFormat(locale, {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  })
  const signedPercent = new Intl.NumberFormat(locale, {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
    signDisplay: 'exceptZero',
  })
  const signedWholePercent = new Intl.NumberFormat(locale, {
    style: 'percent',
    maximumFractionDigits: 0,
    signDisplay: 'exceptZero',
  })
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
  const hundredths = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 })
  const tenths = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const decimals = new Intl.NumberFormat(locale, { maximumFractionDigits: 3 })
  const fixedTenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
  const signedTenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: 'exceptZero' })
  const signedHundredths = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: 'exceptZero' })
  // Dates of the contract have no time of day; UTC keeps them on their day everywhere.
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' })
  const monthAndYear = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' })
  const shortMonth = new Intl.DateTimeFormat(locale, { month: 'short', year: 'numeric', timeZone: 'UTC' })
  const month = new Intl.DateTimeFormat(locale, { month: 'long', timeZone: 'UTC' })
  // Moments are the reader's own: when something happened, by his clock.
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
  const dayOfMoment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })

  return {
    euros: (value: number) => euros.format(value),
    signedEuros: (value: number) => withMinus(signedEuros.format(value)),
    share: (value: number) => percent.format(value),
    percent: (value: number) => percent.format(value / 100),
    /** Always with a decimal, where figures stand in a column. */
    tenthPercent: (value: number) => tenthPercent.format(value / 100),
    signedPercent: (value: number) => withMinus(signedPercent.format(value / 100)),
    signedWholePercent: (value: number) => withMinus(signedWholePercent.format(value / 100)),
    whole: (value: number) => whole.format(value),
    tenths: (value: number) => tenths.format(value),
    /** As many decimals as it has, to three. */
    decimals: (value: number) => decimals.format(value),
    fixedTenths: (value: number) => fixedTenths.format(value),
    hundredths: (value: number) => hundredths.format(value),
    signedTenths: (value: number) => withMinus(signedTenths.format(value)),
    signedHundredths: (value: number) => withMinus(signedHundredths.format(value)),
    day: (isoDate: string) => day.format(new Date(isoDate)),
    /** A moment of the API, "2026-05-31T09:15:00Z", by the reader's clock. */
    moment: (iso: string) => moment.format(new Date(iso)),
    dayOfMoment: (iso: string) => dayOfMoment.format(new Date(iso)),
    /** A moment in milliseconds as its month: "Jul 2021". */
    shortMonth: (moment: number) => shortMonth.format(moment),
    monthName: (number: number) => month.format(new Date(Date.UTC(2000, number - 1, 1))),
    /** "2016" stays a year; "2016-05" becomes "May 2016". */
    registration: (value: string) => (value.length > 4 ? monthAndYear.format(new Date(value)) : value),
  }
}

export type Format = ReturnType<typeof makeFormat>

/** By the reader's locale, and by another once he switches: what reads it in a template or computed value follows. */
export const format: Format = shallowReactive(makeFormat(globalThis.navigator?.language))

export function writeAs(locale: string): void {
  Object.assign(format, makeFormat(locale))
}
