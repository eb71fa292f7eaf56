import type { sell as english } from '../en/sell'

export const sell: typeof english = {
  sell: {
    title: 'Auto verkaufen',
    lead: 'Bieten Sie Ihr Auto in vier kurzen Schritten an.',
    statusTitle: 'Ihr Angebot',
  },
}
