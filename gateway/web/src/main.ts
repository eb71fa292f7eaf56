import { createPinia } from 'pinia'
import { Quasar } from 'quasar'
import { createApp } from 'vue'

import '@fontsource-variable/instrument-sans/wght.css'
import './css/quasar.sass'
import './css/theme.css'
import './css/controls.css'
import App from './App.vue'
import { router } from './router'
import { usePreferences } from './stores/preferences'

const app = createApp(App).use(Quasar).use(createPinia()).use(router)

// Before mounting, so that a remembered theme is the first one painted.
usePreferences().applyTheme()

app.mount('#app')
