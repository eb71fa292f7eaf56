import { defineStore } from 'pinia'
import { Dark } from 'quasar'
import { computed, ref } from 'vue'

import { usePreferredDark } from '../composables/usePreferredDark'
import type { PowerUnit } from '../lib/power'
import { recall, remember } from '../lib/storage'

const KEY = 'dealership.preferences'

type Theme = 'light' | 'dark'

/** How this reader likes the page: its theme and the unit of power. */
export const usePreferences = defineStore('preferences', () => {
  const remembered = recall(KEY)
  const systemIsDark = usePreferredDark()
  /** null follows the system. */
  const theme = ref<Theme | null>(remembered.theme === 'light' || remembered.theme === 'dark' ? remembered.theme : null)
  const powerUnit = ref<PowerUnit>(remembered.powerUnit === 'kw' ? 'kw' : 'hp')

  const isDark = computed(() => (theme.value === null ? systemIsDark.value : theme.value === 'dark'))

  function save() {
    remember(KEY, { theme: theme.value, powerUnit: powerUnit.value })
  }

  function applyTheme() {
    Dark.set(theme.value === null ? 'auto' : isDark.value)
    document.documentElement.dataset.theme = theme.value ?? ''
  }

  function toggleTheme() {
    const next = !isDark.value
    // Back at what the system wants, the page follows the system again.
    theme.value = next === systemIsDark.value ? null : next ? 'dark' : 'light'
    applyTheme()
    save()
  }

  function setPowerUnit(unit: PowerUnit) {
    powerUnit.value = unit
    save()
  }

  return { isDark, powerUnit, applyTheme, toggleTheme, setPowerUnit }
})
