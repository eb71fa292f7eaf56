import createClient from 'openapi-fetch'

import type { paths } from './schema'

/** The gateway that served this page; paths and types come from its OpenAPI document. */
export const api = createClient<paths>()
