import type { desk as english } from '../en/desk'

export const desk: typeof english = {
  desk: {
    title: 'Arbeitsplatz',
    carTitle: 'Auto',
    batchTitle: 'Viele Autos bewerten',
  },
}
