import { api } from '../api/client'
import type { Car } from '../api/types'
import { nameOf } from '../lib/cars'
import { format } from '../lib/format'
import { messages } from '../messages'
import { useNotices } from '../stores/notices'
import { useSteps } from './useSteps'

/** Deletes cars, and offers to bring them back. */
export function useDeleting(changed: () => void) {
  const notices = useNotices()
  const deleting = useSteps((car: Car, signal) =>
    api.DELETE('/api/v1/cars/{car_id}', {
      params: { path: { car_id: car.id }, header: { 'If-Match': `"${car.version}"` } },
      signal,
    }),
  )

  async function restore(cars: readonly Car[]) {
    // Whoever undoes it may have gone on to another page, so this is nobody's to stop.
    let restored = 0
    for (const { id } of cars) {
      const answer = await api.POST('/api/v1/cars/{car_id}/restore', { params: { path: { car_id: id } } }).catch(() => null)
      if (answer?.response.ok) restored += 1
    }
    const [only] = cars
    const one = cars.length === 1 && restored === 1 && only
    notices.tell(one ? messages.bulk.restoredOne(nameOf(only.vehicle)) : messages.bulk.restored(format.whole(restored)))
    changed()
  }

  async function remove(cars: readonly Car[]) {
    await deleting.start(cars)
    const done = deleting.done.value
    const [only] = done
    if (only) {
      const text = done.length === 1 ? messages.bulk.deletedOne(nameOf(only.vehicle)) : messages.bulk.deleted(format.whole(done.length))
      notices.tell(text, { label: messages.common.undo, run: () => void restore(done) })
    }
    return done.length > 0
  }

  return { deleting, remove, restore }
}
