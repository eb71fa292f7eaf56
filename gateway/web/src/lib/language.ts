/** The languages there are, in their own words. */
export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const
export type Language = keyof typeof LANGUAGES

export const isLanguage = (value: unknown): value is Language => typeof value === 'string' && value in LANGUAGES

const languageOf = (locale: string) => locale.toLowerCase().split('-')[0] ?? ''

/** The first of the browser's languages that there is; English where there is none. */
export function preferredLanguage(browser: readonly string[]): Language {
  return browser.map(languageOf).find(isLanguage) ?? 'en'
}

/** How numbers and dates are written: as the browser has it for this language, else as most of its readers do. */
export function localeOf(language: Language, browser: readonly string[]): string {
  return browser.find((locale) => languageOf(locale) === language) ?? { en: 'en-GB', de: 'de-DE' }[language]
}
