import 'swagger-ui-dist/swagger-ui.css'
import './docs.css'

import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js'

import { withCsrfToken } from '../lib/csrf'

SwaggerUI({
  url: '/api/v1/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  // Nobody outside is asked whether our document is valid.
  validatorUrl: null,
  requestInterceptor: (request) => withCsrfToken(request, document.cookie),
})
