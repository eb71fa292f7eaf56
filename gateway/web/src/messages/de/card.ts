/** What cards say in English, as far as it is known by heart. */
const SENTENCES: Record<string, string> = {
  'What dealers ask for a used car in Germany on the market date, given make, model, fuel, gearbox, kind of offer, age, mileage and power; with the reasons in euros and a range.':
    'Was Händler in Deutschland zum Marktstand für ein gebrauchtes Auto verlangen, nach Marke, Modell, Kraftstoff, Getriebe, Angebotsart, Alter, Kilometerstand und Leistung; mit den Gründen in Euro und einer Spanne.',
  'Made for buying, selling and stock-keeping, with a person who sees the car. Not for insurance cases, credit or tax without an appraisal, nor for vans, motorhomes, classics and makes that are not in the vocabulary.':
    'Gemacht für Ankauf, Verkauf und Bestand, mit jemandem, der das Auto sieht. Nicht für Versicherungsfälle, Kredite oder Steuern ohne Gutachten, und nicht für Transporter, Wohnmobile, Oldtimer und Marken, die sie nicht kennt.',
  'Prices are dealers\' asking prices in Germany on the market date, for cars in average condition without accident.':
    'Preise sind Angebotspreise von Händlern in Deutschland zum Marktstand, für unfallfreie Autos in durchschnittlichem Zustand.',
  'Equipment, condition, colour, previous owners and place are not in the data; the range holds what they move.':
    'Ausstattung, Zustand, Farbe, Vorbesitzer und Ort sind nicht in den Daten; was sie bewegen, liegt in der Spanne.',
  'Ages, mileages and powers beyond the listings are priced as the nearest that were seen.':
    'Alter, Kilometerstände und Leistungen jenseits der Inserate werden wie die nächsten bewertet, die es gab.',
  'The range is calibrated over all cars and by the number of listings of the model, not for each single model.':
    'Die Spanne ist über alle Autos und nach der Zahl der Inserate des Modells geeicht, nicht für jedes einzelne Modell.',
  'Every effect is measured against the typical car of the same make and model: its commonest words, the medians of its numbers.':
    'Jede Wirkung ist gegenüber dem typischen Auto derselben Marke und desselben Modells gemessen: seinen häufigsten Wörtern und den Medianen seiner Zahlen.',
  'An effect of +0.10 is exp(0.10) - 1 = 10.5% more than the typical car\'s price, all else being as in the typical car.':
    'Eine Wirkung von +0,10 ist exp(0,10) − 1 = 10,5 % mehr als der Preis des typischen Autos, wenn alles andere ist wie bei diesem.',
  'More kilometres or age never raise a price and more power never lowers it: the curves cannot turn round.':
    'Mehr Kilometer oder Alter erhöhen einen Preis nie, und mehr Leistung senkt ihn nie: Die Kurven können nicht umkehren.',
  'They say what the market asks, not what causes it: an automatic may cost more because it comes with more equipment.':
    'Sie sagen, was der Markt verlangt, nicht warum: Eine Automatik kann mehr kosten, weil sie mit mehr Ausstattung kommt.',
  'Who sells or buys a car is not in the data, and no price depends on it.':
    'Wer ein Auto verkauft oder kauft, steht nicht in den Daten, und kein Preis hängt davon ab.',
}

const LEAST = /^Of the parts of the market with (\d+) cars or more the range holds least often for (.+): ([\d.]+)% of prices, where (\d+)% are promised over all\.$/
const WIDEST = /^It is widest for (.+): (\d+)% of the price\.$/
const NAMES: Record<string, [before: string, unit: string]> = {
  'cars at prices': ['Autos', ' €'],
  'cars at ages': ['Autos im Alter', ' Jahren'],
  'models with listings': ['Modelle mit Inseraten', ''],
}
const BAND = /^(cars at prices|cars at ages|models with listings) (?:below ([\d,]+)|from ([\d,]+))(?: EUR| years)?(?: to ([\d,]+))?(?: EUR| years)?$/

const number = (english: string) => english.replaceAll(',', '.')

/** A part of the market, or the server's words for it between quotation marks. */
function part(english: string): string {
  const [, name = '', end, start, last] = BAND.exec(english) ?? []
  const known = NAMES[name]
  if (!known) return `„${english}“`
  const [before, unit] = known
  if (end) return `${before} unter ${number(end)}${unit}`
  return last ? `${before} von ${number(start ?? '')} bis ${number(last)}${unit}` : `${before} ab ${number(start ?? '')}${unit}`
}

export function saidInGerman(sentence: string): string | null {
  const least = LEAST.exec(sentence)
  if (least) {
    const [, cars, where = '', share = '', promised] = least
    return `Von den Marktteilen mit ${cars} oder mehr Autos hält die Spanne am seltensten hier: ${part(where)}, mit ${share.replace('.', ',')} % der Preise, wo ${promised} % über alle versprochen sind.`
  }
  const widest = WIDEST.exec(sentence)
  if (widest) return `Am breitesten ist sie hier: ${part(widest[1] ?? '')}, mit ${widest[2]} % des Preises.`
  return SENTENCES[sentence] ?? null
}
