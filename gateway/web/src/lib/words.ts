import { messages } from '../messages'
import { format } from './format'

const NUMBER_AND_UNIT = /^(\d[\d,]*(?:\.\d+)?) (\w+)$/

/** What the server says in English of features and their values, in the reader's language: "Petrol", "60,000 km". */
export function inWords(text: string): string {
  const known = messages.words[text]
  if (known !== undefined) return known
  const [, number, unit] = NUMBER_AND_UNIT.exec(text) ?? []
  if (number === undefined || unit === undefined) return text
  const value = Number(number.replaceAll(',', ''))
  const shown = number.includes('.') ? format.fixedTenths(value) : format.whole(value)
  return `${shown} ${messages.words[unit] ?? unit}`
}
