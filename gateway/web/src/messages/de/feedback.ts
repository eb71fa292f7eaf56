import type { feedback as english } from '../en/feedback'

export const feedback: typeof english = {
  reviews: {
    title: 'Prüfung',
  },
}
