import type { Rollout, RolloutNow } from '../api/types'
import { messages } from '../messages'
import { format } from './format'
import { percentOfLog } from './logs'

/** What the server says of a rollout that was a switch. */
const AT_ONCE = 'at once'
const TOKEN = /^token:(.+)$/

export const isOpen = ({ state }: Pick<Rollout, 'state'>): boolean => state === 'shadow' || state === 'canary'

/** The colour of each state's badge, which only repeats its word. */
export const TONES = { shadow: 'neutral', canary: 'notice', done: 'good', rolled_back: 'bad' } as const satisfies Record<Rollout['state'], string>

/** Its state, with the share that it is at or was taken back at. */
export function stateInWords({ state, share_percent: at }: Pick<Rollout, 'state' | 'share_percent'>): string {
  const share = format.percent(at)
  if (state === 'canary') return messages.rollouts.pricesShare(share)
  if (state === 'rolled_back') return at === 0 ? messages.rollouts.backInShadow : messages.rollouts.backAt(share)
  return messages.rollouts.states[state]
}

export type Standing = 'passed' | 'here' | 'back' | 'ahead' | 'missed'

/** Its shares with how each stands; none of a switch, which went through none of them. */
export function stepsOf(rollout: Pick<Rollout, 'shares' | 'share_percent' | 'state' | 'end_reason'>): { share: number; standing: Standing }[] {
  const { shares, share_percent: at, state, end_reason: reason } = rollout
  if (state === 'done') return reason === AT_ONCE ? [] : shares.map((share) => ({ share, standing: 'passed' }))
  const [here, above] = state === 'rolled_back' ? (['back', 'missed'] as const) : (['here', 'ahead'] as const)
  return shares.map((share) => ({ share, standing: share < at ? 'passed' : share === at ? here : above }))
}

/** The list of all with what is known by now of the newest, which may have begun after it was fetched. */
export function withNewest(rollouts: readonly Rollout[], newest: Rollout | null): readonly Rollout[] {
  if (newest === null) return rollouts
  return [newest, ...rollouts.filter(({ number }) => number !== newest.number)]
}

/** How far the dearer of two prices lies above the other, of a log of the two without its sign. */
export const apart = (log: number): string => format.tenthPercent(percentOfLog(log))

/** A count beside its share of all: "12 (0.4%)"; none of nothing. */
export function countOf(count: number, all: number): string {
  const shown = format.whole(count)
  return count === 0 || all === 0 ? shown : messages.rollouts.countAndShare(shown, format.share(count / all))
}

/** The alarm in words that need no logarithm. */
export function alarmInWords({ alarm, limits }: Pick<Rollout, 'alarm' | 'limits'>): string | null {
  if (alarm === null) return null
  const { kind, figure, limit } = alarm
  const say = messages.rollouts.alarms
  switch (kind) {
    case 'errors':
      return say.errors(format.tenths(figure), format.tenths(limit))
    case 'slow':
      return say.slow(format.tenths(figure), format.tenths(limit), format.decimals(limits.slow_s ?? 0))
    case 'refusals':
      return say.refusals(format.percent(figure), format.percent(limit))
    case 'differences':
      // Which of the two it was is told by its limit; where they are one, the server has judged the median first.
      return (limit === limits.median_difference ? say.median : say.tail)(apart(figure), apart(limit))
  }
}

/** Why it ended: the server's own reasons in the reader's language, a person's as it was written. */
export function endInWords(rollout: Pick<Rollout, 'state' | 'alarm' | 'limits' | 'end_reason'>): string | null {
  if (rollout.state === 'done') return rollout.end_reason === AT_ONCE ? messages.rollouts.atOnce : messages.rollouts.allShares
  return alarmInWords(rollout) ?? rollout.end_reason
}

/** Who did it: a person by name, and what is no person in words. */
export function whoInWords(actor: string, name: string | null): string {
  const [, token] = TOKEN.exec(actor) ?? []
  if (token !== undefined) return messages.rollouts.program(token)
  return name ?? messages.rollouts.actors[actor] ?? actor.slice(0, 12)
}

const MINUTE_S = 60
const HOUR_S = 3_600

/** Seconds in the largest unit that they are a whole number of. */
export function durationInWords(seconds: number): string {
  if (seconds >= HOUR_S && seconds % HOUR_S === 0) return messages.rollouts.hours(format.whole(seconds / HOUR_S))
  if (seconds >= MINUTE_S && seconds % MINUTE_S === 0) return messages.rollouts.minutes(format.whole(seconds / MINUTE_S))
  return messages.rollouts.seconds(format.whole(seconds))
}

/** What became of a rollout since it was asked for before, to be told to who does not look at the place. */
export function newsOf(before: RolloutNow | null, now: RolloutNow | null): string | null {
  if (before === null || now === null || before.number !== now.number) return null
  if (before.state === now.state && before.share_percent === now.share_percent) return null
  const { told } = messages.rollouts
  if (now.state === 'rolled_back') return told.back(now.version, now.champion)
  return now.state === 'done' ? told.done(now.version) : told.moved(now.version, format.percent(now.share_percent))
}
