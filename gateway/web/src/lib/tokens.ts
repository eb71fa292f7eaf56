import type { Role, Scope, Token } from '../api/types'

/** What tokens of a role can be good for, as the gateway has it (gateway/services/identity.py). */
const SCOPES: Record<Scope, readonly Role[]> = {
  valuations: ['dealer', 'admin'],
  infer: ['dealer', 'admin'],
  cards: ['admin'],
  feedback: ['admin'],
  listings: ['admin'],
}

export const scopesOf = (role: Role | null): Scope[] =>
  (Object.keys(SCOPES) as Scope[]).filter((scope) => role !== null && SCOPES[scope].includes(role))

export type TokenState = 'active' | 'expired' | 'revoked'

export function stateOf(token: Token, now: number): TokenState {
  if (token.revoked_at !== null) return 'revoked'
  return Date.parse(token.expires_at) <= now ? 'expired' : 'active'
}
