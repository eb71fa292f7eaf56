declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  import type { ApiRequest } from '../lib/csrf'

  interface Options {
    url: string
    dom_id: string
    deepLinking: boolean
    validatorUrl: null
    requestInterceptor: <T extends ApiRequest>(request: T) => T
  }

  export default function SwaggerUI(options: Options): unknown
}
