import { createPinia } from 'pinia'
import { Quasar } from 'quasar'
import { createApp } from 'vue'

import '@fontsource-variable/instrument-sans/wght.css'
import './css/quasar.sass'
import './css/theme.css'
import './css/controls.css'
import './css/print.css'
import App from './App.vue'
import { router } from './router'
import { usePreferences } from './stores/preferences'

const app = createApp(App).use(Quasar).use(createPinia())

// Before mounting, so that a remembered theme and language are the first ones painted.
const preferences = usePreferences()
preferences.applyTheme()

async function start() {
  // A language that cannot be fetched leaves English.
  await preferences.applyLanguage().catch(() => undefined)
  app.use(router).mount('#app')
}

void start()
