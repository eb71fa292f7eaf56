/** One kilowatt in metric horsepower (PS), as the model's contract has it. */
export const HP_PER_KW = 1.35962

export type PowerUnit = 'hp' | 'kw'

export const otherUnit = (unit: PowerUnit): PowerUnit => (unit === 'hp' ? 'kw' : 'hp')

export function convertPower(value: number, from: PowerUnit, to: PowerUnit): number {
  if (from === to) return value
  return to === 'hp' ? value * HP_PER_KW : value / HP_PER_KW
}
