import { defineStore } from 'pinia'
import { Dark } from 'quasar'
import { computed, ref } from 'vue'

import { usePreferredDark } from '../composables/usePreferredDark'
import { writeAs } from '../lib/format'
import { isLanguage, localeOf, preferredLanguage, type Language } from '../lib/language'
import type { PowerUnit } from '../lib/power'
import { recall, remember } from '../lib/storage'
import { speak } from '../messages'
import { en } from '../messages/en'

const KEY = 'dealership.preferences'

export type Theme = 'system' | 'light' | 'dark'

/** How this reader likes the page: its language, its theme and the unit of power. */
export const usePreferences = defineStore('preferences', () => {
  const remembered = recall(KEY)
  const systemIsDark = usePreferredDark()
  const theme = ref<Theme>(remembered.theme === 'light' || remembered.theme === 'dark' ? remembered.theme : 'system')
  const powerUnit = ref<PowerUnit>(remembered.powerUnit === 'kw' ? 'kw' : 'hp')
  /** null follows the browser. */
  const chosenLanguage = ref<Language | null>(isLanguage(remembered.language) ? remembered.language : null)
  const language = computed<Language>(() => chosenLanguage.value ?? preferredLanguage(navigator.languages))

  const isDark = computed(() => (theme.value === 'system' ? systemIsDark.value : theme.value === 'dark'))

  function save() {
    remember(KEY, { theme: theme.value, powerUnit: powerUnit.value, language: chosenLanguage.value })
  }

  function applyTheme() {
    Dark.set(theme.value === 'system' ? 'auto' : isDark.value)
    document.documentElement.dataset.theme = theme.value === 'system' ? '' : theme.value
  }

  function setTheme(wanted: Theme) {
    theme.value = wanted
    applyTheme()
    save()
  }

  function toggleTheme() {
    const next = isDark.value ? 'light' : 'dark'
    // Back at what the system wants, the page follows the system again.
    setTheme((next === 'dark') === systemIsDark.value ? 'system' : next)
  }

  /** English is at hand; another language is fetched first. Without a network the page keeps the one it has. */
  async function applyLanguage() {
    const wanted = language.value
    const texts = wanted === 'en' ? en : (await import('../messages/de')).de
    if (wanted !== language.value) return
    speak(texts)
    writeAs(localeOf(wanted, navigator.languages))
    document.documentElement.lang = wanted
  }

  async function setLanguage(wanted: Language) {
    chosenLanguage.value = wanted
    save()
    await applyLanguage()
  }

  function setPowerUnit(unit: PowerUnit) {
    powerUnit.value = unit
    save()
  }

  return { isDark, theme, language, powerUnit, applyTheme, setTheme, toggleTheme, applyLanguage, setLanguage, setPowerUnit }
})
