import type { Messages } from '..'
import { account } from './account'
import { app } from './app'
import { desk } from './desk'
import { feedback } from './feedback'
import { models } from './models'
import { operator } from './operator'
import { rollouts } from './rollouts'
import { sell } from './sell'
import { value } from './value'

export const de: Messages = { ...app, ...value, ...sell, ...desk, ...feedback, ...models, ...rollouts, ...account, ...operator }
